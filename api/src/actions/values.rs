//! Values of parameters as people write them.

use super::refusal::refused;
use crate::error::{Kind, Problem, Result};
use std::fmt::Display;
use tally_client::amounts::{PERCENT_DECIMALS, USD_DECIMALS, decimal, parse_decimal};
use tally_client::digest::Digest;
use tally_client::order::GPU_HOUR;

/// A parameter that cannot be read: its name, and why, as a clause.
pub fn invalid(name: &str, why: impl Display) -> Problem {
    Problem::new(Kind::InvalidParameter, format!("{name}: {why}."))
}

/// A decimal as an integer of `10^-decimals`.
///
/// # Errors
/// [`Kind::InvalidParameter`].
pub fn units(name: &str, text: &str, decimals: u32) -> Result<u64> {
    parse_decimal(text, decimals).map_err(|error| invalid(name, error))
}

/// The same, which must be more than nothing.
///
/// # Errors
/// [`Kind::InvalidParameter`], [`Kind::Refused`].
pub fn positive(name: &str, text: &str, decimals: u32) -> Result<u64> {
    match units(name, text, decimals)? {
        0 => Err(refused(format!("{name} must be greater than zero."))),
        amount => Ok(amount),
    }
}

/// Micro-dollars, more than none.
///
/// # Errors
/// As [`positive`].
pub fn dollars(name: &str, text: &str) -> Result<u64> {
    positive(name, text, USD_DECIMALS)
}

/// A percentage as basis points.
///
/// # Errors
/// [`Kind::InvalidParameter`].
pub fn percent(name: &str, text: &str) -> Result<u16> {
    let bps = units(name, text, PERCENT_DECIMALS)?;
    let bps = u16::try_from(bps).ok().filter(|bps| *bps <= 10_000);
    bps.ok_or_else(|| invalid(name, format!("\"{text}\" is more than 100 percent")))
}

/// A hash of 32 bytes; `None` if it is not given.
///
/// # Errors
/// [`Kind::InvalidParameter`].
pub fn digest(name: &str, text: Option<&str>) -> Result<Option<[u8; 32]>> {
    text.map(|text| text.parse().map(|Digest(hash)| hash).map_err(|error| invalid(name, error))).transpose()
}

/// A rate card as `CLASS=USD`, several of them with commas between: hardware classes and micro-dollars.
///
/// # Errors
/// [`Kind::InvalidParameter`], [`Kind::Refused`].
pub fn rates(name: &str, text: &str) -> Result<Vec<(u16, u64)>> {
    let entry = |text: &str| {
        let wrong = || {
            invalid(
                name,
                format!("\"{text}\" is no rate; write a hardware class and USD per GPU hour, such as 1=2.50"),
            )
        };
        let (class, usd) = text.split_once('=').ok_or_else(wrong)?;
        Ok((class.parse().map_err(|_| wrong())?, dollars(name, usd)?))
    };
    text.split(',').map(entry).collect()
}

/// Micro-dollars per `unit` in words.
pub fn per_hour(rate: u64, unit: u64) -> String {
    let usd = decimal(rate, USD_DECIMALS);
    if unit == GPU_HOUR { format!("{usd} USD per GPU hour") } else { format!("{usd} USD per {unit} units") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_card_is_classes_and_dollars() {
        assert_eq!(rates("rates", "1=2.50,3=0.1").unwrap(), [(1, 2_500_000), (3, 100_000)]);
        for bad in ["", "1", "=2", "x=2", "1=", "70000=1", "1=-2", "1=0", "1=2,"] {
            let problem = rates("rates", bad).unwrap_err();
            assert!(problem.detail.starts_with("rates"), "{bad}: {problem}");
        }
    }

    #[test]
    fn percentages_are_basis_points_up_to_all() {
        assert_eq!((percent("x", "95").unwrap(), percent("x", "0.01").unwrap()), (9_500, 1));
        assert_eq!(percent("x", "100").unwrap(), 10_000);
        assert!(percent("x", "100.01").unwrap_err().detail.contains("more than 100"));
        assert!(percent("x", "0.001").is_err());
    }

    #[test]
    fn rates_are_told_in_gpu_hours() {
        assert_eq!(per_hour(2_500_000, GPU_HOUR), "2.5 USD per GPU hour");
        assert_eq!(per_hour(1, 7), "0.000001 USD per 7 units");
    }
}
