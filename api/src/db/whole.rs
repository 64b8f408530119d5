//! Whole numbers of the database's NUMERIC columns, which hold what BIGINT cannot.

use crate::error::{Problem, Result};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// A whole number of a NUMERIC column; all domains of the schema lie within 128 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole(pub i128);

impl From<Whole> for i128 {
    fn from(whole: Whole) -> Self {
        whole.0
    }
}

impl Whole {
    /// As an amount that the program counts.
    ///
    /// # Errors
    /// If it is negative or beyond 64 bits, which the schema's domain `u64` rules out.
    pub fn u64(self) -> Result<u64> {
        u64::try_from(self.0).map_err(Problem::internal)
    }

    /// As a weight.
    ///
    /// # Errors
    /// If it is negative.
    pub fn u128(self) -> Result<u128> {
        u128::try_from(self.0).map_err(Problem::internal)
    }
}

impl Type<Postgres> for Whole {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("NUMERIC")
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        use sqlx::TypeInfo;
        info.name() == "NUMERIC"
    }
}

impl Encode<'_, Postgres> for Whole {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        let mut rest = self.0.unsigned_abs();
        let mut digits = Vec::new();
        while rest > 0 {
            digits.push(u16::try_from(rest % 10_000)?);
            rest /= 10_000;
        }
        let weight = i16::try_from(digits.len())?.saturating_sub(1);
        let sign: u16 = if self.0 < 0 { 0x4000 } else { 0 };
        buffer.extend(&u16::try_from(digits.len())?.to_be_bytes());
        buffer.extend(&weight.to_be_bytes());
        buffer.extend(&sign.to_be_bytes());
        buffer.extend(&0u16.to_be_bytes());
        for digit in digits.iter().rev() {
            buffer.extend(&digit.to_be_bytes());
        }
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Whole {
    fn decode(value: PgValueRef<'_>) -> std::result::Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Ok(Self(value.as_str()?.parse()?));
        }
        decode_binary(value.as_bytes()?).map(Self).ok_or_else(|| "not a whole number within 128 bits".into())
    }
}

/// PostgreSQL's binary form: count, weight, sign, scale, then digits of base 10,000, greatest first.
fn decode_binary(bytes: &[u8]) -> Option<i128> {
    let mut words = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let count = words.next()?;
    let weight = i16::from_be_bytes(words.next()?.to_be_bytes());
    let negative = match words.next()? {
        0 => false,
        0x4000 => true,
        _ => return None,
    };
    words.next()?;
    let mut value: i128 = 0;
    for position in 0..i32::from(weight).checked_add(1)? {
        let digit = if position < i32::from(count) { words.next()? } else { 0 };
        value = value.checked_mul(10_000)?.checked_add(i128::from(digit))?;
    }
    // Digits after the point would be a fraction.
    let fraction = words.any(|digit| digit != 0);
    (!fraction).then_some(if negative { value.checked_neg()? } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn postgres_digits_are_read_exactly() {
        assert_eq!(decode_binary(&words(&[0, 0, 0, 0])), Some(0));
        assert_eq!(decode_binary(&words(&[1, 0, 0, 0, 7])), Some(7));
        assert_eq!(decode_binary(&words(&[1, 2, 0, 0, 7])), Some(700_000_000));
        assert_eq!(decode_binary(&words(&[2, 1, 0x4000, 0, 1, 2])), Some(-10_002));
        assert_eq!(
            decode_binary(&words(&[5, 4, 0, 0, 1844, 6744, 737, 955, 1615])),
            Some(i128::from(u64::MAX))
        );
    }

    #[test]
    fn fractions_and_not_a_number_are_refused() {
        assert_eq!(decode_binary(&words(&[2, 0, 0, 4, 1, 5000])), None);
        assert_eq!(decode_binary(&words(&[0, 0, 0xC000, 0])), None);
        assert_eq!(decode_binary(&[0, 1]), None);
    }
}
