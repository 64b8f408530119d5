//! The reference arithmetic: integers without a width, so that nothing in it can overflow.

use num_bigint::BigInt;

/// Any integer as one without a width.
pub fn big(value: impl Into<BigInt>) -> BigInt {
    value.into()
}

/// `10^e`.
pub fn ten_to(e: u32) -> BigInt {
    big(10).pow(e)
}

/// Quotient rounded down; both are not negative.
pub fn floor(n: &BigInt, d: &BigInt) -> BigInt {
    n / d
}

/// Quotient rounded up; both are not negative.
pub fn ceil(n: &BigInt, d: &BigInt) -> BigInt {
    (n + d - 1) / d
}

/// Whether two results are the same number, and `None` where the reference has none or leaves the type.
pub fn same<T: Into<BigInt> + TryFrom<BigInt>>(found: Option<T>, expected: Option<BigInt>) {
    let fits = expected.filter(|value| T::try_from(value.clone()).is_ok());
    assert_eq!(found.map(Into::into), fits);
}
