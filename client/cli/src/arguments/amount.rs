//! Amounts in whole tokens or dollars, without floats.

use crate::failure::{Failure, Result};
use serde::Serialize;
use std::str::FromStr;
use tally_client::amounts::{BadAmount, USD_DECIMALS, parse_decimal};

/// Most decimals that any unit has, for a first look at the form.
const MOST_DECIMALS: u32 = 13;

/// A decimal such as 12.5, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Amount(String);

impl FromStr for Amount {
    type Err = BadAmount;
    fn from_str(text: &str) -> std::result::Result<Self, BadAmount> {
        // How many decimals there are is known once the network was read; the form is known now.
        match parse_decimal(text, MOST_DECIMALS) {
            Err(error @ BadAmount::Form(_)) => Err(error),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl Amount {
    /// As an integer of `10^-decimals`; `what` names it in a refusal.
    pub fn units(&self, what: &str, decimals: u32) -> Result<u64> {
        parse_decimal(&self.0, decimals).map_err(|error| Failure::Refused(format!("{what}: {error}")))
    }

    /// The same, which must not be zero.
    pub fn positive(&self, what: &str, decimals: u32) -> Result<u64> {
        match self.units(what, decimals)? {
            0 => Err(Failure::Refused(format!("{what}: it must be greater than zero"))),
            units => Ok(units),
        }
    }

    /// Micro-dollars.
    pub fn usd(&self, what: &str) -> Result<u64> {
        self.positive(what, USD_DECIMALS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_integers_or_refused_with_value_and_remedy() {
        let amount: Amount = "12.5".parse().unwrap();
        assert_eq!(amount.units("stake", 9), Ok(12_500_000_000));
        assert_eq!(amount.usd("budget"), Ok(12_500_000));
        assert!("12,5".parse::<Amount>().is_err() && "-1".parse::<Amount>().is_err());
        let fine: Amount = "0.0000001".parse().unwrap();
        let told = fine.usd("budget").unwrap_err();
        assert!(
            told.sentence().contains("0.0000001") && told.sentence().contains("round it to 6"),
            "{told:?}"
        );
        let zero: Amount = "0.0".parse().unwrap();
        assert_eq!(zero.usd("rate").unwrap_err().sentence(), "rate: it must be greater than zero");
        assert_eq!(zero.units("rate", 6), Ok(0));
    }
}
