//! Amounts as people say them, and a die whose throws a seed decides.

use tally_client::amounts::{USD_DECIMALS, decimal};

/// Decimals of the compute token.
pub const DECIMALS: u8 = 9;
/// Decimals of the stablecoin, whose base units are micro-dollars.
pub const STABLE_DECIMALS: u8 = 6;
/// Base units of one compute token.
pub const TOKEN: u64 = 1_000_000_000;
/// Micro-dollars of one dollar.
pub const DOLLAR: u64 = 1_000_000;
/// Compute units of one GPU hour: GPU milliseconds.
pub const GPU_HOUR: u64 = 3_600_000;
/// Seconds of a minute.
pub const MINUTE: i64 = 60;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Base units of so many whole tokens.
pub fn tokens(whole: u64) -> u64 {
    whole.saturating_mul(TOKEN)
}

/// A token amount for people: base units as a decimal with at least two places.
pub fn show_tokens(base: u64) -> String {
    show(u128::from(base), DECIMALS.into())
}

/// A dollar amount for people: micro-dollars as a decimal with at least two places.
pub fn show_usd(micro: u64) -> String {
    show(u128::from(micro), USD_DECIMALS)
}

/// `amount / 10^places`, exact, with thousands apart and at least two places.
pub fn show(amount: u128, places: u32) -> String {
    let exact = decimal(i128::try_from(amount).unwrap_or(i128::MAX), places);
    let (whole, part) = exact.split_once('.').unwrap_or((&exact, ""));
    format!("{}.{part:0<2}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// SplitMix64: small, and the same everywhere.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A die that always falls the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from `least` to `greatest`, both included.
    pub fn between(&mut self, least: u64, greatest: u64) -> u64 {
        let span = greatest.saturating_sub(least).saturating_add(1);
        least.saturating_add(self.throw().checked_rem(span).unwrap_or(0))
    }
}

/// SplitMix64's finaliser: a number that looks like chance.
pub fn mix(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_readable() {
        assert_eq!(show_tokens(1_234_567_891_000_000_000), "1,234,567,891.00");
        assert_eq!(show_tokens(1), "0.000000001");
        assert_eq!(show_usd(1_500_000), "1.50");
        assert_eq!(show_usd(999), "0.000999");
        assert_eq!(show(0, 9), "0.00");
    }

    #[test]
    fn the_die_repeats_itself_and_stays_within_bounds() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        for _ in 0..1_000 {
            let throw = a.between(3, 9);
            assert_eq!(throw, b.between(3, 9));
            assert!((3..=9).contains(&throw));
        }
    }
}
