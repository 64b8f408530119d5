//! Numbers as the specification has them: whole, signed, and wide enough that nothing wraps. Overflow
//! would stop the test, since it is built with checks.

/// Any amount or time.
pub type N = i128;

/// Whole of a share.
pub const WHOLE: N = 10_000;
pub const HOUR: N = 3_600;
pub const DAY: N = 24 * HOUR;

/// `floor(a / b)` of what is not negative.
pub fn floor(a: N, b: N) -> N {
    assert!(a >= 0 && b > 0, "{a} / {b}");
    a / b
}

/// `ceil(a / b)` of what is not negative.
pub fn ceil(a: N, b: N) -> N {
    assert!(a >= 0 && b > 0, "{a} / {b}");
    (a + b - 1) / b
}

/// A share in basis points, rounded down.
pub fn share_down(amount: N, bps: u16) -> N {
    floor(amount * N::from(bps), WHOLE)
}

/// A share in basis points, rounded up.
pub fn share_up(amount: N, bps: u16) -> N {
    ceil(amount * N::from(bps), WHOLE)
}

/// Whether it can be stored as an amount.
pub fn fits(amount: N) -> bool {
    u64::try_from(amount).is_ok()
}
