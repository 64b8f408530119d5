//! How figures are written: integers as strings, and beside them the decimal a reader expects, made
//! by moving the point. No figure passes through a float, here or in a reader's JSON parser.

use serde::Serialize;
use utoipa::ToSchema;

/// Decimals of a micro-dollar.
const USD_DECIMALS: u32 = 6;

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

/// `value / 10^decimals`, exact, without trailing zeros after the point.
pub fn decimal(value: i128, decimals: u32) -> String {
    let width = usize::try_from(decimals).unwrap_or(usize::MAX).min(64);
    let digits = format!("{:0>1$}", value.unsigned_abs(), width.saturating_add(1));
    let (whole, part) = digits.split_at(digits.len().saturating_sub(width));
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Reads a decimal without a sign as an integer of `10^-decimals`; says what is wrong with it.
pub fn parse_decimal(text: &str, decimals: u32) -> Result<u64, String> {
    let bad = || format!("\"{text}\" is not a decimal number such as 12.5");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(part) || text.ends_with('.') {
        return Err(bad());
    }
    let width = usize::try_from(decimals).unwrap_or(usize::MAX);
    if part.len() > width {
        return Err(format!("\"{text}\" has more than the {decimals} decimals that can be counted"));
    }
    let digits = format!("{whole}{part:0<width$}");
    digits.parse().map_err(|_| format!("\"{text}\" is larger than this service can count"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_moves_and_nothing_is_lost() {
        assert_eq!(decimal(0, 9), "0");
        assert_eq!(decimal(1, 9), "0.000000001");
        assert_eq!(decimal(-1_500_000_000, 9), "-1.5");
        assert_eq!(decimal(1_000_000_000, 9), "1");
        assert_eq!(decimal(12, 0), "12");
        assert_eq!(decimal(i128::from(u64::MAX), 6), "18446744073709.551615");
        assert_eq!(usd(2_500_000).usd, "2.5");
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
