//! The buyback's Dutch auction: dollars of the stable rail's take for compute tokens that burn.
//!
//! A lot is what the vault holds when a round starts; later inflow waits for the next round. The asking
//! price, in tokens per dollar, starts at 110% of what the oracle says and falls linearly to 97% over
//! six hours of the round, where it stays until the lot is sold. Nothing restarts it within a round.
//!
//! A round's time runs only near moments at which a price is known to have qualified: each counts for
//! one hour after it. So a halt stops the clock, whoever chooses when to send what; and since anyone
//! can make such moments, nothing stops a round for good.
//!
//! What keeps dust from mattering: no round starts below [`MIN_LOT`], a fill is at least a tenth of the
//! lot, and what is left below a tenth can always be taken whole. So a round is at most ten
//! fills, and no fill moves the price.

use crate::math::{BPS, mul_div_ceil, power_of_ten};
use crate::oracle::Quote;

/// Asking price at the start of a round, basis points of what the oracle says.
pub const START_BPS: u64 = 11_000;
/// Asking price that is never gone below, basis points of what the oracle says.
pub const FLOOR_BPS: u64 = 9_700;
/// Seconds in which it falls from the one to the other.
pub const FALL: u64 = 6 * 3_600;
/// Seconds for which a price that qualified lets the round's time run.
pub const SIGHT: u64 = 3_600;
/// Least lot, micro-dollars: 10 USD. Less waits for more.
pub const MIN_LOT: u64 = 10_000_000;
/// A fill is at least the lot by this, rounded up.
const FILLS: u64 = 10;

/// Seconds of a round to count between `ticked_at`, when a price was known to qualify and time was last
/// counted, and `now`, when one does again; `seen_at` is when one was last seen before now.
pub fn counted(ticked_at: i64, seen_at: i64, now: i64) -> u64 {
    let stretch = |from: i64, to: i64| u64::try_from(to.saturating_sub(from)).unwrap_or(0).min(SIGHT);
    if seen_at > ticked_at && seen_at < now {
        stretch(ticked_at, seen_at).saturating_add(stretch(seen_at, now))
    } else {
        stretch(ticked_at, now)
    }
}

/// The asking price after so many seconds of a round, basis points of what the oracle says, rounded up.
pub fn factor_bps(elapsed: u64) -> Option<u64> {
    let fallen = START_BPS.checked_sub(FLOOR_BPS)?.checked_mul(elapsed.min(FALL))?.checked_div(FALL)?;
    START_BPS.checked_sub(fallen)
}

/// What the oracle says a whole token is worth: the lower of spot and average, so that who drives the
/// spot price up for a moment buys no cheaper.
pub fn worth(quote: &Quote) -> Option<u64> {
    Some(quote.spot.min(u64::try_from(quote.message.average).ok()?))
}

/// Base units of the compute token asked for `dollars` (micro-dollars), rounded up:
/// `ceil(dollars * 10^e * factor / (10^4 * price))`.
pub fn asked(dollars: u64, factor_bps: u64, price: u64, scale: u32) -> Option<u64> {
    // 64 + 14 + 44 bits.
    let scaled = u128::from(dollars).checked_mul(u128::from(factor_bps))?;
    let price = u128::from(price).checked_mul(u128::from(BPS))?;
    u64::try_from(mul_div_ceil(scaled, power_of_ten(scale)?, price)?).ok()
}

/// What a buyer who wants `wanted` gets of what is `left` of a `lot`, micro-dollars: no more than
/// is left; `None` if that is too little.
pub fn fill(wanted: u64, lot: u64, left: u64) -> Option<u64> {
    let filled = wanted.min(left);
    let least = lot.div_ceil(FILLS).min(left);
    (filled >= least && filled > 0).then_some(filled)
}

/// Whether `tokens` for `filled` is within a limit of `max_tokens` for `wanted`: the same price or a
/// better one, but for less than one base unit of rounding.
pub fn is_within(tokens: u64, filled: u64, max_tokens: u64, wanted: u64) -> bool {
    let limit = mul_div_ceil(u128::from(max_tokens), u128::from(filled), u128::from(wanted));
    limit.is_some_and(|limit| u128::from(tokens) <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_asked_is_never_below_the_floor_and_never_rises_with_time(
            dollars in 1u64..1 << 50, a: u64, b: u64, price in 1_000u64..1 << 40, scale in 5u32..=13,
        ) {
            let (early, late) = (a.min(b), a.max(b));
            let (first, then) = (factor_bps(early).unwrap(), factor_bps(late).unwrap());
            prop_assert!(first >= then && then >= FLOOR_BPS && first <= START_BPS);
            let Some(tokens) = asked(dollars, then, price, scale) else { return Ok(()) };
            let floor = u128::from(dollars) * u128::from(FLOOR_BPS) * 10u128.pow(scale);
            prop_assert!(u128::from(tokens) * u128::from(price) * 10_000 >= floor);
            prop_assert!(tokens >= 1);
            if let Some(before) = asked(dollars, first, price, scale) {
                prop_assert!(before >= tokens);
            }
        }

        #[test]
        fn many_fills_never_cost_less_than_one(
            parts in prop::collection::vec(1u64..1 << 40, 1..12), factor in FLOOR_BPS..=START_BPS,
            price in 1_000u64..1 << 40, scale in 5u32..=11,
        ) {
            let total: u64 = parts.iter().sum();
            let whole = asked(total, factor, price, scale);
            let split: Option<u64> = parts.iter().map(|part| asked(*part, factor, price, scale)).sum();
            prop_assume!(whole.is_some() && split.is_some());
            prop_assert!(split >= whole);
        }

        #[test]
        fn a_lot_is_sold_out_in_at_most_ten_fills_and_conserved(lot in MIN_LOT..1 << 50, asks in prop::collection::vec(1u64.., 64)) {
            let (mut left, mut sold, mut fills) = (lot, 0, 0);
            for wanted in asks {
                if left == 0 { break }
                // Whoever wants all of it can always have it.
                prop_assert_eq!(fill(u64::MAX, lot, left), Some(left));
                prop_assert_eq!(fill(left, lot, left), Some(left));
                let least = lot.div_ceil(10).min(left);
                prop_assert_eq!(fill(least - 1, lot, left), None);
                let filled = fill(wanted.max(least), lot, left).unwrap();
                left -= filled;
                sold += filled;
                fills += 1;
            }
            prop_assert_eq!(sold + left, lot);
            prop_assert!(fills <= 10);
        }

        #[test]
        fn no_more_time_counts_than_passed_and_two_hours_at_most(ticked in 0i64..1 << 40, seen in 0i64..1 << 40, passed in 0i64..1 << 30) {
            let now = ticked + passed;
            let seconds = counted(ticked, seen, now);
            prop_assert!(seconds <= u64::try_from(passed).unwrap());
            prop_assert!(seconds <= 2 * SIGHT);
        }

        #[test]
        fn ticking_often_counts_all_the_time_that_passed(gaps in prop::collection::vec(0i64..=3_600, 1..20)) {
            let (mut now, mut elapsed) = (1_000i64, 0);
            for gap in &gaps {
                elapsed += counted(now, now, now + gap);
                now += gap;
            }
            prop_assert_eq!(elapsed, gaps.iter().sum::<i64>() as u64);
        }
    }

    #[test]
    fn the_price_falls_from_110_to_97_percent_in_six_hours() {
        assert_eq!(factor_bps(0), Some(11_000));
        assert_eq!(factor_bps(16), Some(11_000));
        assert_eq!(factor_bps(17), Some(10_999));
        assert_eq!(factor_bps(3 * 3_600), Some(10_350));
        assert_eq!(factor_bps(FALL - 1), Some(9_701));
        assert_eq!(factor_bps(FALL), Some(9_700));
        assert_eq!(factor_bps(u64::MAX), Some(9_700));
    }

    #[test]
    fn a_halt_stops_the_clock_whoever_observes_just_after_it() {
        // Ten hours without a price, then one is observed a second before the round is ticked.
        assert_eq!(counted(0, 35_999, 36_000), 3_600 + 1);
        assert_eq!(counted(0, -5, 36_000), 3_600);
        assert_eq!(counted(0, 36_000, 36_000), 3_600);
        assert_eq!(counted(0, 3_600, 7_200), 7_200);
        assert_eq!(counted(100, 50, 40), 0);
    }

    #[test]
    fn a_limit_is_a_price() {
        // Five tokens for ten dollars at most; four dollars are left.
        assert!(is_within(2, 4, 5, 10));
        assert!(!is_within(3, 4, 5, 10));
        assert!(is_within(5, 10, 5, 10));
        assert!(!is_within(6, 10, 5, 10));
        assert!(!is_within(0, 1, 1, 0));
        assert!(is_within(u64::MAX, u64::MAX, u64::MAX, u64::MAX));
    }

    #[test]
    fn the_largest_amounts_are_refused_not_wrapped() {
        assert_eq!(asked(u64::MAX, START_BPS, 1, 13), None);
        assert_eq!(asked(1, START_BPS, 0, 0), None);
        assert_eq!(asked(1, START_BPS, 1, 14), None);
        // 100 USD at 2 USD a token of 9 decimals: 55 tokens at the start.
        assert_eq!(asked(100_000_000, START_BPS, 200_000_000, 11), Some(55_000_000_000));
    }
}
