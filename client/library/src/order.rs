//! What people leave open when they open a job for GPU time, worked out: units, rate, hours, escrow.

use crate::amounts::decimal;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{RATES, RateEntry};
use settlement_interface::math::{mul_div_ceil, mul_div_floor};
use settlement_interface::oracle::Quote;
use settlement_interface::rules::tokens_ceil;

/// Decimals of `min_price`.
pub const PRICE_DECIMALS: u32 = 8;
/// GPU milliseconds in an hour: what a rate pays for.
pub const GPU_HOUR: u64 = 3_600_000;
/// GPU milliseconds that one GPU works in a second.
pub const GPU_SECOND: u64 = 1_000;
/// Escrow taken if none is named: what the budget is worth at the price that qualifies now, and a
/// quarter more, so that a falling price does not leave work unpaid.
const MARGIN: (u128, u128) = (5, 4);
/// Most hours that are worked out: a year less the time to start.
const MOST_HOURS: i64 = 360 * 24;

/// Hardware class and its rate (micro-dollars per GPU hour) off a rate card: of the class named, else the
/// first on the card; without a rate if the card has none for it.
pub fn listed(card: &[RateEntry], hardware: Option<u16>) -> (u16, Option<u64>) {
    let mut entries = card.iter().filter(|entry| entry.rate > 0);
    let entry = match hardware {
        Some(class) => entries.find(|entry| entry.hardware == class),
        None => entries.next(),
    };
    (hardware.or(entry.map(|entry| entry.hardware)).unwrap_or(0), entry.map(|entry| entry.rate))
}

/// Entries (hardware class, micro-dollars per GPU hour) as a rate card.
///
/// # Errors
/// [`SettlementError::TooManyRates`] for more than fit, or two of one class.
pub fn rate_card(entries: &[(u16, u64)]) -> Result<[RateEntry; RATES], SettlementError> {
    let mut card = [RateEntry::default(); RATES];
    let distinct: std::collections::BTreeSet<_> = entries.iter().map(|(class, _)| class).collect();
    if entries.len() > RATES || distinct.len() != entries.len() {
        return Err(SettlementError::TooManyRates);
    }
    card.iter_mut().zip(entries).for_each(|(entry, (hardware, rate))| {
        *entry = RateEntry { rate: *rate, hardware: *hardware, reserved: [0; 6] };
    });
    Ok(card)
}

/// Whole hours that a budget pays for at a rate (both micro-dollars, the rate per GPU hour), begun ones
/// included, and one more; at most a year less the time to start.
pub fn affordable_hours(budget: u64, rate: u64, gpus: u64) -> i64 {
    let hourly = u128::from(rate).saturating_mul(u128::from(gpus));
    let hours = mul_div_ceil(u128::from(budget), 1, hourly).unwrap_or(0).saturating_add(1);
    i64::try_from(hours).unwrap_or(i64::MAX).min(MOST_HOURS)
}

/// GPU milliseconds as GPU hours, rounded down to millionths.
pub fn gpu_hours(units: u64) -> String {
    let millionths = mul_div_floor(u128::from(units), 1_000_000, u128::from(GPU_HOUR)).unwrap_or_default();
    decimal(i128::try_from(millionths).unwrap_or(i128::MAX), 6)
}

/// Base units of the compute token that a budget (micro-dollars) is worth, and a quarter more; `None` if
/// there cannot be as many.
pub fn escrow(budget: u64, quote: &Quote) -> Option<u64> {
    let tokens = tokens_ceil(budget, quote.spot, quote.scale)?;
    let (times, per) = MARGIN;
    u64::try_from(mul_div_ceil(tokens, times, per)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::oracle::PriceMessage;

    #[test]
    fn a_card_answers_for_the_class_named_or_by_its_first_entry() {
        let entry = |hardware, rate| RateEntry { rate, hardware, reserved: [0; 6] };
        let card = [entry(0, 0), entry(3, 5), entry(4, 6)];
        assert_eq!(listed(&card, None), (3, Some(5)));
        assert_eq!(listed(&card, Some(4)), (4, Some(6)));
        assert_eq!(listed(&card, Some(7)), (7, None));
        assert_eq!(listed(&[], None), (0, None));
    }

    #[test]
    fn a_rate_card_has_eight_classes_at_most_and_none_twice() {
        let entries: Vec<_> = (1..=8u16).map(|class| (class, 5)).collect();
        let card = rate_card(&entries).unwrap();
        assert_eq!((card[7].hardware, card[7].rate), (8, 5));
        assert_eq!(rate_card(&[]).unwrap()[0], RateEntry::default());
        let nine: Vec<_> = (1..=9u16).map(|class| (class, 5)).collect();
        for bad in [nine.as_slice(), &[(1, 5), (1, 6)]] {
            assert_eq!(rate_card(bad), Err(SettlementError::TooManyRates));
        }
    }

    #[test]
    fn begun_hours_are_paid_for_and_one_is_added() {
        assert_eq!(affordable_hours(25, 2, 1), 14);
        assert_eq!(affordable_hours(24, 2, 4), 4);
        assert_eq!(affordable_hours(u64::MAX, 1, 1), 8_640);
        assert_eq!(affordable_hours(5, 0, 1), 1);
    }

    #[test]
    fn gpu_hours_are_floored() {
        assert_eq!(gpu_hours(3_600_000), "1");
        assert_eq!(gpu_hours(5_400_000), "1.5");
        assert_eq!(gpu_hours(1), "0");
        assert_eq!(gpu_hours(u64::MAX).split_once('.').unwrap().0, "5124095576030");
    }

    #[test]
    fn an_escrow_is_the_budgets_worth_and_a_quarter() {
        let message = PriceMessage { spot: 2, confidence: 0, exponent: 0, publish_time: 0, average: 2 };
        let quote = Quote { message, spot: 200_000_000, burn: 1, mint: 1, scale: 11 };
        assert_eq!(escrow(25_000_000, &quote), Some(15_625_000_000));
        assert_eq!(escrow(u64::MAX, &Quote { spot: 1, ..quote }), None);
    }
}
