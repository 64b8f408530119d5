//! Shares in percent, to two decimals: basis points.

use serde::{Serialize, Serializer};
use std::str::FromStr;
use tally_client::amounts::{PERCENT_DECIMALS, decimal, parse_decimal};

/// Basis points, written in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent(pub u16);

impl FromStr for Percent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let bps = parse_decimal(digits, PERCENT_DECIMALS).ok().and_then(|bps| u16::try_from(bps).ok());
        bps.map(Self).ok_or_else(|| {
            format!("\"{text}\" is no share; write percent with at most two decimals, such as 99.5")
        })
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&decimal(self.0, PERCENT_DECIMALS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_in_percent() {
        assert_eq!("99.5".parse(), Ok(Percent(9_950)));
        assert_eq!("100%".parse(), Ok(Percent(10_000)));
        for bad in ["", "1.234", "-1", "700", "x"] {
            assert!(bad.parse::<Percent>().is_err(), "{bad}");
        }
    }
}
