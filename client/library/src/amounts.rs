//! Amounts as people write them: decimals, read and written exactly. No figure passes through a float.

use settlement_interface::oracle::Quote;

/// Decimals of a basis point in percent.
pub const PERCENT_DECIMALS: u32 = 2;
/// Decimals of a micro-dollar.
pub const USD_DECIMALS: u32 = 6;
/// Decimals of a lamport.
pub const SOL_DECIMALS: u32 = 9;

/// Why text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    /// Not a number, or one with a sign, an exponent or a comma.
    #[error("\"{0}\" is not an amount; write digits with at most one point, such as 12.5")]
    Form(String),
    /// More decimals than the unit has.
    #[error("\"{0}\" has more than {1} decimals, which is all that can be counted here; round it to {1}")]
    Decimals(String, u32),
    /// More than 64 bits hold.
    #[error("\"{0}\" is larger than any amount can be; write less")]
    Large(String),
}

/// Reads a decimal without a sign as an integer of `10^-decimals`.
///
/// # Errors
/// [`BadAmount`], with the text and what to do.
pub fn parse_decimal(text: &str, decimals: u32) -> Result<u64, BadAmount> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(part) || text.ends_with('.') {
        return Err(BadAmount::Form(text.to_owned()));
    }
    let width = usize::try_from(decimals).unwrap_or(usize::MAX);
    let part = part.trim_end_matches('0');
    if part.len() > width {
        return Err(BadAmount::Decimals(text.to_owned(), decimals));
    }
    format!("{whole}{part:0<width$}").parse().map_err(|_| BadAmount::Large(text.to_owned()))
}

/// `value / 10^decimals`, exact, without trailing zeros after the point.
pub fn decimal(value: impl Into<i128>, decimals: u32) -> String {
    let value = value.into();
    let width = usize::try_from(decimals).unwrap_or(usize::MAX).min(64);
    let digits = format!("{:0>1$}", value.unsigned_abs(), width.saturating_add(1));
    let (whole, part) = digits.split_at(digits.len().saturating_sub(width));
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// `mantissa * 10^exponent`, exact: a price as the oracle gives it.
pub fn scaled(mantissa: u64, exponent: i32) -> String {
    let size = exponent.unsigned_abs();
    if exponent <= 0 {
        return decimal(mantissa, size);
    }
    // A price qualifies only with an exponent that the mint's decimals allow, so that this is small.
    i128::from(mantissa).saturating_mul(10i128.saturating_pow(size)).to_string()
}

/// USD per whole token, exact.
pub fn usd_per_token(quote: &Quote) -> String {
    scaled(quote.spot, quote.message.exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use settlement_interface::oracle::PriceMessage;

    #[test]
    fn decimals_are_read_exactly_or_refused_with_the_value_and_the_remedy() {
        assert_eq!(parse_decimal("12.5", 6), Ok(12_500_000));
        assert_eq!(parse_decimal("12.500", 1), Ok(125));
        assert_eq!(parse_decimal("0.000001", 6), Ok(1));
        assert_eq!(parse_decimal("7", 0), Ok(7));
        assert_eq!(parse_decimal("18446744073709.551615", 6), Ok(u64::MAX));
        assert_eq!(
            parse_decimal("18446744073709.551616", 6),
            Err(BadAmount::Large("18446744073709.551616".into()))
        );
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1.2.3", "٣"] {
            assert_eq!(parse_decimal(bad, 6), Err(BadAmount::Form(bad.into())), "{bad}");
        }
        let error = parse_decimal("0.0000001", 6).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"0.0000001\" has more than 6 decimals, which is all that can be counted here; round it to 6"
        );
    }

    #[test]
    fn the_point_moves_and_nothing_is_lost() {
        assert_eq!(decimal(0, 9), "0");
        assert_eq!(decimal(1, 9), "0.000000001");
        assert_eq!(decimal(-1_500_000_000, 9), "-1.5");
        assert_eq!(decimal(12, 0), "12");
    }

    #[test]
    fn a_price_is_written_whatever_the_sign_of_its_exponent() {
        assert_eq!(scaled(201_000_000, -8), "2.01");
        assert_eq!(scaled(7, 0), "7");
        assert_eq!(scaled(7, 3), "7000");
        let message = PriceMessage { spot: 25, confidence: 0, exponent: -1, publish_time: 0, average: 25 };
        assert_eq!(usd_per_token(&Quote { message, spot: 25, burn: 1, mint: 1, scale: 0 }), "2.5");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value: u64, decimals in 0u32..=13) {
            prop_assert_eq!(parse_decimal(&decimal(value, decimals), decimals), Ok(value));
        }
    }
}
