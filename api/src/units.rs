//! How figures are written: integers as strings, and beside them the decimal a reader expects, made
//! by moving the point. No figure passes through a float, here or in a reader's JSON parser.

use serde::Serialize;
pub use tally_client::amounts::decimal;
use tally_client::amounts::{SOL_DECIMALS, USD_DECIMALS};
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

/// An amount of SOL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SolAmount {
    /// Lamports, an integer.
    #[schema(pattern = r"^[0-9]+$", example = "5000")]
    pub lamports: String,
    /// The same in SOL, exact.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", example = "0.000005")]
    pub sol: String,
}

/// An amount of a token that is named beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Amount {
    /// Base units of the token (lamports of SOL), an integer.
    #[schema(pattern = r"^-?[0-9]+$", example = "1500000000")]
    pub base: String,
    /// The same in whole tokens, exact.
    #[schema(pattern = r"^-?[0-9]+(\.[0-9]+)?$", example = "1.5")]
    pub decimal: String,
}

/// An amount of base units of a token with these decimals.
pub fn amount(base: impl Into<i128>, decimals: u32) -> Amount {
    let base = base.into();
    Amount { base: base.to_string(), decimal: decimal(base, decimals) }
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

/// An amount of lamports.
pub fn sol(lamports: u64) -> SolAmount {
    SolAmount { lamports: lamports.to_string(), sol: decimal(lamports, SOL_DECIMALS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_its_integer_and_its_decimal() {
        let amount = Units { decimals: 9 }.tokens(-1_500_000_000);
        assert_eq!((amount.base.as_str(), amount.tokens.as_str()), ("-1500000000", "-1.5"));
        assert_eq!((usd(2_500_000).micro.as_str(), usd(2_500_000).usd.as_str()), ("2500000", "2.5"));
        assert_eq!((sol(5_000).lamports.as_str(), sol(5_000).sol.as_str()), ("5000", "0.000005"));
    }
}
