//! The buyback's auction: every second of a round, every small ask, lot and fill, and moments around an hour.

use crate::{is_ceil, is_floor, wide};
use settlement_interface::math::power_of_ten;
use settlement_interface::rules::buyback::{asked, counted, factor_bps, fill, is_within};

/// Factors of a round: both ends, their neighbours and some between.
const FACTORS: [u64; 8] = [9_700, 9_701, 9_999, 10_000, 10_001, 10_350, 10_999, 11_000];

#[test]
fn the_factor_at_every_second_of_a_round() {
    let mut last = 11_000;
    for elapsed in (0..=21_700).chain([1 << 32, u64::MAX - 1, u64::MAX]) {
        let factor = factor_bps(elapsed).unwrap();
        // As buyback.smt2 defines it.
        assert!(is_floor(wide(11_000 - factor), 1_300 * wide(elapsed.min(21_600)), 21_600), "{elapsed}");
        assert!(9_700 <= factor && factor <= last, "{elapsed}");
        assert!(elapsed > 0 || factor == 11_000);
        assert!(elapsed < 21_600 || factor == 9_700);
        last = factor;
    }
}

#[test]
fn every_small_ask() {
    for (price, scale) in (1..=40u64).flat_map(|price| (0..=3).map(move |scale| (price, scale))) {
        let s = power_of_ten(scale).unwrap();
        for dollars in 0..=100u64 {
            let mut last = 0;
            for factor in FACTORS {
                let tokens = asked(dollars, factor, price, scale).unwrap();
                let (worth, exact) = (wide(tokens) * wide(price) * 10_000, wide(dollars) * s);
                assert!(is_ceil(wide(tokens), exact * wide(factor), 10_000 * wide(price)));
                // Worth 97% at least, and no whole base unit more than 110%.
                assert!(worth >= 9_700 * exact);
                assert!(tokens == 0 || worth - wide(price) * 10_000 < 11_000 * exact);
                assert!(last <= tokens && (tokens > 0) == (dollars > 0));
                last = tokens;
            }
        }
    }
}

#[test]
fn every_small_fill_split_in_two_burns_no_less() {
    for (price, scale) in (1..=24u64).flat_map(|price| (0..=2).map(move |scale| (price, scale))) {
        for factor in FACTORS {
            let of = |dollars| asked(dollars, factor, price, scale).unwrap();
            for (one, other) in (0..=32u64).flat_map(|one| (0..=32u64).map(move |other| (one, other))) {
                assert!(of(one) + of(other) >= of(one + other), "{one} and {other} at {factor} of {price}");
            }
        }
    }
}

/// At the edges of every width there is the ceiling where it fits in 64 bits, and else nothing.
#[test]
fn no_corner_of_an_ask_is_wrapped() {
    let edges =
        [0, 1, 2, 9_999, (1 << 32) - 1, 1 << 32, (1 << 50) - 1, 1 << 50, 1 << 63, u64::MAX - 1, u64::MAX];
    let prices = [1, 2, 9_999, 10_000, 1 << 32, (1 << 63) - 1, u64::MAX];
    for (dollars, price) in
        edges.iter().flat_map(|dollars| prices.iter().map(move |price| (*dollars, *price)))
    {
        for (factor, scale) in FACTORS.iter().flat_map(|factor| (0..=13).map(move |scale| (*factor, scale))) {
            let (exact, d) = (wide(dollars) * wide(factor) * 10u128.pow(scale), 10_000 * wide(price));
            match asked(dollars, factor, price, scale) {
                Some(tokens) => assert!(is_ceil(wide(tokens), exact, d), "{dollars} at {price}, {scale}"),
                None => assert!(exact > wide(u64::MAX) * d, "{dollars} at {price}, {scale}"),
            }
        }
        assert_eq!(asked(dollars, 11_000, 0, 0), None);
        assert_eq!(asked(dollars, 11_000, price, 14), None);
    }
}

/// What may be taken of a lot, by the definition that the theorem starts from.
fn fillable(wanted: u64, lot: u64, left: u64) -> Option<u64> {
    let tenth = (lot / 10..=lot / 10 + 1).find(|tenth| is_ceil(wide(*tenth), wide(lot), 10)).unwrap();
    let filled = wanted.min(left);
    (filled > 0 && filled >= tenth.min(left)).then_some(filled)
}

#[test]
fn every_way_to_buy_every_small_lot_conserves_it_and_takes_ten_fills_at_most() {
    for lot in 0..=160u64 {
        // The most fills that what is left can still be sold in, over every way to go on.
        let mut most = vec![0u32];
        for left in 1..=lot {
            let found = (0..=lot + 2).chain([u64::MAX]).filter_map(|wanted| {
                let filled = fill(wanted, lot, left);
                assert_eq!(filled, fillable(wanted, lot, left), "{wanted} of {left} of {lot}");
                filled
            });
            let next = found.map(|filled| 1 + most[usize::try_from(left - filled).unwrap()]).max();
            most.push(next.unwrap()); // whoever wants all that is left can have it
        }
        assert!(most.iter().all(|fills| *fills <= 10), "{lot}: {most:?}");
        assert_eq!(fill(u64::MAX, lot, 0), None);
    }
}

#[test]
fn the_largest_lots_are_gone_after_ten_least_fills() {
    for lot in (u64::MAX - 40..=u64::MAX).chain((1 << 63) - 20..=(1 << 63) + 20) {
        let (mut left, mut fills) = (lot, 0u64);
        while left > 0 {
            let least = lot.div_ceil(10).min(left);
            assert_eq!(fill(least - 1, lot, left), None);
            assert_eq!(fill(least, lot, left), Some(least));
            left -= least;
            fills += 1;
            assert!(left == 0 || wide(left) + wide(fills) * wide(lot.div_ceil(10)) <= wide(lot));
        }
        assert!(fills <= 10, "{fills} fills of {lot}");
    }
}

/// A second counts if a price was known to qualify within the hour before its end.
#[test]
fn what_counts_of_a_round_is_the_hour_after_each_moment_at_which_a_price_was_known() {
    let moments = [0, 1, 2, 1_800, 3_599, 3_600, 3_601, 5_400, 7_199, 7_200, 7_201, 9_000, 14_400];
    for (ticked, seen) in moments.iter().flat_map(|ticked| moments.iter().map(move |seen| (*ticked, *seen))) {
        for now in moments {
            let known = |at: i64| ticked < at && at <= now;
            let sees = |from: i64, at: i64| from < at && at <= from + 3_600;
            let between = ticked < seen && seen < now;
            let counts = |at: &i64| known(*at) && (sees(ticked, *at) || between && sees(seen, *at));
            let seconds = (0..=14_400).filter(counts).count();
            assert_eq!(counted(ticked, seen, now), u64::try_from(seconds).unwrap(), "{ticked} {seen} {now}");
        }
    }
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for (ticked, seen) in extremes.iter().flat_map(|ticked| extremes.iter().map(move |seen| (*ticked, *seen)))
    {
        for now in extremes {
            let seconds = counted(ticked, seen, now);
            assert!(seconds <= 7_200 && i128::from(seconds) <= (i128::from(now) - i128::from(ticked)).max(0));
        }
    }
}

#[test]
fn every_small_limit_is_a_price() {
    for (wanted, max) in (1..=16u64).flat_map(|wanted| (0..=16u64).map(move |max| (wanted, max))) {
        for (filled, tokens) in
            (1..=wanted).flat_map(|filled| (0..=18u64).map(move |tokens| (filled, tokens)))
        {
            // tokens <= ceil(max * filled / wanted)
            let within = tokens == 0 || wide(tokens - 1) * wide(wanted) < wide(max) * wide(filled);
            assert_eq!(is_within(tokens, filled, max, wanted), within, "{tokens} for {filled} of {wanted}");
        }
    }
}
