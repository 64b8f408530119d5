//! Integer arithmetic with stated rounding. Everything that cannot be represented is `None`,
//! never a wrapped or saturated number, unless a function says that it saturates.

/// Whole of a share: 10,000 basis points.
pub const BPS: u64 = 10_000;

/// Products of what is below this and a share fit in a word; those of 128 bits are slow in the VM.
pub(crate) const SMALL: u64 = 1 << 50;

/// The product of two numbers if it fits in a word and both in half of one: the VM has no cheap way to
/// tell of others whether it fits.
#[inline(always)]
pub(crate) fn small_product(a: u64, b: u64) -> Option<u64> {
    ((a | b) >> 32 == 0).then(|| a.wrapping_mul(b))
}

/// Largest scale `e` in `10^e` that a price may have, so that all products fit in 128 bits.
pub const MAX_SCALE: u32 = 13;

/// `10^0` to `10^MAX_SCALE`, which all fit in a word: computing one takes more compute units than a
/// conversion's three products.
const POWERS_OF_TEN: [u64; 14] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
];

/// `10^e` for `e` in 0 to [`MAX_SCALE`].
#[inline(always)]
pub fn power_of_ten(e: u32) -> Option<u128> {
    POWERS_OF_TEN.get(usize::try_from(e).ok()?).map(|power| u128::from(*power))
}

/// `floor(a * b / d)`; `None` if `d` is zero or the product exceeds 128 bits.
#[inline(always)]
pub fn mul_div_floor(a: u128, b: u128, d: u128) -> Option<u128> {
    a.checked_mul(b)?.checked_div(d)
}

/// `ceil(a * b / d)`; `None` if `d` is zero or the product exceeds 128 bits.
#[inline(always)]
pub fn mul_div_ceil(a: u128, b: u128, d: u128) -> Option<u128> {
    let product = a.checked_mul(b)?;
    let quotient = product.checked_div(d)?;
    // Multiplying back is cheaper in the VM than a second division; it cannot exceed the product.
    if quotient.wrapping_mul(d) == product { Some(quotient) } else { quotient.checked_add(1) }
}

/// `floor(amount * bps / 10^4)` for a share of at most 10,000 basis points.
#[inline(always)]
pub fn share_floor(amount: u64, bps: u16) -> Option<u64> {
    if u64::from(bps) > BPS {
        return None;
    }
    if amount < SMALL {
        return amount.wrapping_mul(u64::from(bps)).checked_div(BPS);
    }
    let product = u128::from(amount).checked_mul(u128::from(bps))?;
    u64::try_from(product.checked_div(u128::from(BPS))?).ok()
}

/// `ceil(amount * bps / 10^4)` for a share of at most 10,000 basis points.
#[inline(always)]
pub fn share_ceil(amount: u64, bps: u16) -> Option<u64> {
    if u64::from(bps) > BPS {
        return None;
    }
    if amount < SMALL {
        return Some(amount.wrapping_mul(u64::from(bps)).div_ceil(BPS));
    }
    u64::try_from(mul_div_ceil(u128::from(amount), u128::from(bps), u128::from(BPS))?).ok()
}

/// `floor(amount * part / whole)`, exact although the product needs up to 192 bits; zero of nothing.
///
/// Horner's scheme over the bits of `amount`: before each bit, `prefix * part = quotient * whole +
/// rest`. `part` must not exceed `whole`, and `whole` must be below 2^126, else `None`.
pub fn proportion_floor(amount: u64, part: u128, whole: u128) -> Option<u64> {
    if part > whole || whole >> 126 != 0 {
        return None;
    }
    // Where the product fits, as it does below 2^64 of both, one division does.
    if let Some(product) = u128::from(amount).checked_mul(part) {
        return product.checked_div(whole.max(1)).and_then(|share| u64::try_from(share).ok());
    }
    let (mut quotient, mut rest) = (0u64, 0u128);
    for bit in (0..u64::BITS).rev() {
        quotient = quotient.checked_mul(2)?;
        rest = rest.checked_mul(2)?;
        if amount >> bit & 1 == 1 {
            rest = rest.checked_add(part)?;
        }
        while rest >= whole {
            rest = rest.checked_sub(whole)?;
            quotient = quotient.checked_add(1)?;
        }
    }
    Some(quotient)
}

/// A 128-bit number as two words, so that it keeps 8-byte alignment inside an account on every target.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Wide {
    /// Low 64 bits.
    pub low: u64,
    /// High 64 bits.
    pub high: u64,
}

impl Wide {
    /// The number.
    #[inline(always)]
    pub fn get(self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }
}

impl From<u128> for Wide {
    #[inline(always)]
    fn from(value: u128) -> Self {
        Self { low: value as u64, high: (value >> 64) as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_proportion_equals_the_exact_quotient(amount: u64, part in 0u128..1 << 64, more in 0u128..1 << 40) {
            let whole = part + more;
            prop_assume!(whole > 0);
            // amount * part fits in 128 bits here, so the direct quotient is the reference.
            let expected = u128::from(amount) * part / whole;
            prop_assert_eq!(proportion_floor(amount, part, whole).map(u128::from), Some(expected));
        }

        #[test]
        fn a_proportion_of_wide_weights_never_exceeds_the_amount(amount: u64, part: u128, whole: u128) {
            let (part, whole) = (part >> 3, whole >> 3);
            let result = proportion_floor(amount, part.min(whole), part.max(whole));
            prop_assert!(result.is_some_and(|share| share <= amount));
        }

        #[test]
        fn shares_bracket_the_exact_value(amount: u64, bps in 0u16..=10_000) {
            let exact = u128::from(amount) * u128::from(bps);
            let (low, high) = (share_floor(amount, bps).unwrap(), share_ceil(amount, bps).unwrap());
            prop_assert!(u128::from(low) * 10_000 <= exact && exact <= u128::from(high) * 10_000);
            prop_assert!(high - low <= 1);
        }
    }

    #[test]
    fn the_proportion_of_nothing_is_nothing() {
        assert_eq!(proportion_floor(7, 0, 0), Some(0));
        assert_eq!(proportion_floor(7, 2, 1), None);
        assert_eq!(proportion_floor(u64::MAX, 1 << 125, 1 << 125), Some(u64::MAX));
    }

    #[test]
    fn rounding_up_does_not_overflow_at_the_edge() {
        assert_eq!(mul_div_ceil(u128::MAX, 1, 1), Some(u128::MAX));
        assert_eq!(mul_div_ceil(u128::MAX, 2, 1), None);
        assert_eq!(mul_div_ceil(1, 1, 0), None);
        assert_eq!(share_ceil(u64::MAX, 10_000), Some(u64::MAX));
        assert_eq!(share_ceil(1, 10_001), None);
    }

    #[test]
    fn wide_numbers_survive_the_round_trip() {
        for value in [0, 1, u128::from(u64::MAX), 1 << 64, u128::MAX] {
            assert_eq!(Wide::from(value).get(), value);
        }
    }
}
