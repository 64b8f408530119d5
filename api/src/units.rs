//! How figures are written: integers as strings, and beside them the decimal a reader expects, made
//! by moving the point. No figure passes through a float, here or in a reader's JSON parser.

use serde::Serialize;
pub use tally_client::amounts::decimal;
use tally_client::amounts::{self, BadAmount, USD_DECIMALS};
use utoipa::ToSchema;

/// An amount of the compute token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenAmount {
    /// Base units of the mint, an integer.
    #[schema(pattern = r"^-?[0-9]+$", example = "1500000000")]
    pub base: String,
    /// The same in whole tokens, exact.
    #[schema(pattern = r"^-?[0-9]+(\.[0-9]+)?$", example = "1.5")]
    pub tokens: String,
}

/// An amount of US dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsdAmount {
    /// Micro-dollars, an integer.
    #[schema(pattern = r"^-?[0-9]+$", example = "2500000")]
    pub micro: String,
    /// The same in dollars, exact.
    #[schema(pattern = r"^-?[0-9]+(\.[0-9]+)?$", example = "2.5")]
    pub usd: String,
}

/// Writes amounts of one mint.
#[derive(Clone, Copy, Debug)]
pub struct Units {
    /// Decimals of the mint.
    pub decimals: u32,
}

impl Units {
    /// An amount of base units.
    pub fn tokens(self, base: impl Into<i128>) -> TokenAmount {
        let base = base.into();
        TokenAmount { base: base.to_string(), tokens: decimal(base, self.decimals) }
    }
}

/// An amount of micro-dollars.
pub fn usd(micro: impl Into<i128>) -> UsdAmount {
    let micro = micro.into();
    UsdAmount { micro: micro.to_string(), usd: decimal(micro, USD_DECIMALS) }
}

/// Reads a decimal without a sign as an integer of `10^-decimals`; says what is wrong with it.
pub fn parse_decimal(text: &str, decimals: u32) -> Result<u64, String> {
    amounts::parse_decimal(text, decimals).map_err(|error| match error {
        BadAmount::Form(_) => format!("\"{text}\" is not a decimal number such as 12.5"),
        BadAmount::Decimals(..) => {
            format!("\"{text}\" has more than the {decimals} decimals that can be counted")
        }
        BadAmount::Large(_) => format!("\"{text}\" is larger than this service can count"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_its_integer_and_its_decimal() {
        let amount = Units { decimals: 9 }.tokens(-1_500_000_000);
        assert_eq!((amount.base.as_str(), amount.tokens.as_str()), ("-1500000000", "-1.5"));
        assert_eq!((usd(2_500_000).micro.as_str(), usd(2_500_000).usd.as_str()), ("2500000", "2.5"));
    }

    #[test]
    fn decimals_are_read_exactly_or_refused() {
        assert_eq!(parse_decimal("12.5", 6), Ok(12_500_000));
        assert_eq!(parse_decimal("0.000001", 6), Ok(1));
        assert_eq!(parse_decimal("18446744073709.551615", 6), Ok(u64::MAX));
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "0.0000001", "18446744073709.551616"]
        {
            assert!(parse_decimal(bad, 6).is_err(), "{bad}");
        }
    }
}
