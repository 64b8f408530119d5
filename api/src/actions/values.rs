//! Values of parameters as people write them.

use super::refusal::refused;
use crate::error::{Kind, Problem, Result};
use serde::{Deserialize, Deserializer, de};
use std::fmt::Display;
use std::ops::Deref;
use std::str::FromStr;
use tally_client::amounts::{PERCENT_DECIMALS, USD_DECIMALS, decimal, parse_decimal};
use tally_client::digest::Digest;
use tally_client::order::GPU_HOUR;
use utoipa::ToSchema;

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

/// Declares a decimal in a query by its most digits before and after the point, and its pattern.
macro_rules! written {
    ($(#[doc = $doc:literal])* $name:ident, $digits:literal, $places:literal, $pattern:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
        #[schema(value_type = String, pattern = $pattern)]
        pub struct $name(String);

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                is_written(&text, $digits, $places).map_err(de::Error::custom)?;
                Ok(Self(text))
            }
        }
    };
}

written!(
    /// USD.
    Dollars, 12, 6, "^[0-9]{1,12}([.][0-9]{1,6})?$"
);
written!(
    /// USD per token.
    Price, 9, 8, "^[0-9]{1,9}([.][0-9]{1,8})?$"
);
written!(
    /// Tokens, or on the stable rail dollars; its mint's decimals are looked up.
    Tokens, 9, 9, "^[0-9]{1,9}([.][0-9]{1,9})?$"
);
written!(
    /// A share in percent.
    Percent, 3, 2, "^(100([.]0{1,2})?|[0-9]{1,2}([.][0-9]{1,2})?)$"
);

impl Dollars {
    /// So many micro-dollars.
    pub fn of(micros: u64) -> Self {
        Self(decimal(micros, USD_DECIMALS))
    }
}

/// Whether a decimal has no more digits than that before and after the point.
fn is_written(text: &str, digits: usize, places: u32) -> Result<(), String> {
    parse_decimal(text, places).map_err(|error| error.to_string())?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.len() > digits {
        return Err(format!("\"{text}\" has more than {digits} digits; write less"));
    }
    Ok(())
}

/// A rate card: `CLASS=USD`, several of them with commas between.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^(none|(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4})=[0-9]{1,12}([.][0-9]{1,6})?(,(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4})=[0-9]{1,12}([.][0-9]{1,6})?)*)$"
)]
pub struct Rates(Vec<(u16, u64)>);

impl Rates {
    /// Hardware classes and micro-dollars per GPU hour.
    ///
    /// # Errors
    /// [`Kind::Refused`] for a rate of nothing.
    pub fn entries(&self) -> Result<Vec<(u16, u64)>> {
        match self.0.iter().find(|(_, rate)| *rate == 0) {
            Some((class, _)) => {
                Err(refused(format!("rates: that of class {class} must be greater than zero.")))
            }
            None => Ok(self.0.clone()),
        }
    }
}

impl FromStr for Rates {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let entry = |text: &str| -> Result<(u16, u64), String> {
            let wrong = || {
                format!("\"{text}\" is no rate; write a hardware class and USD per GPU hour, such as 1=2.50")
            };
            let (class, usd) = text.split_once('=').ok_or_else(wrong)?;
            let usd = parse_decimal(usd, USD_DECIMALS).map_err(|error| error.to_string())?;
            Ok((class.parse().map_err(|_| wrong())?, usd))
        };
        text.split(',').map(entry).collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for Rates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A hash of 32 bytes in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^(0x)?[0-9a-fA-F]{64}$")]
pub struct Hash(pub [u8; 32]);

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(|Digest(hash)| Self(hash)).map_err(de::Error::custom)
    }
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
        let rates: Rates = "1=2.50,3=0.1".parse().unwrap();
        assert_eq!(rates.entries().unwrap(), [(1, 2_500_000), (3, 100_000)]);
        assert_eq!("none".parse::<Rates>().unwrap().entries().unwrap(), []);
        assert_eq!("1=0".parse::<Rates>().unwrap().entries().unwrap_err().kind, Kind::Refused);
        for bad in ["", "1", "=2", "x=2", "1=", "70000=1", "1=-2", "1=2,"] {
            assert!(bad.parse::<Rates>().is_err(), "{bad}");
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
