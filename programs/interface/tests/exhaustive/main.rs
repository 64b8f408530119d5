//! Every input of a small domain, through the very functions that the program calls.
//!
//! `programs/proofs` proves theorems about formulas: `q = floor(n / d)` and the like. These tests tie
//! the code to the formulas: over each domain a function's results satisfy exactly the definitions that
//! the theorems start from, and the theorems' conclusions hold of them too.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod buyback;
mod stable;
mod tokens;

/// Shares worth trying: the edges, the bounds of parameters and some between, in basis points.
const SHARES: [u16; 12] = [0, 1, 99, 500, 2_000, 2_500, 3_333, 5_000, 8_000, 9_500, 9_999, 10_000];

/// `q = floor(n / d)`, as `prelude.smt2` defines it.
fn is_floor(q: u128, n: u128, d: u128) -> bool {
    q * d <= n && n < (q + 1) * d
}

/// `q = ceil(n / d)`, as `prelude.smt2` defines it.
fn is_ceil(q: u128, n: u128, d: u128) -> bool {
    n <= q * d && (q == 0 || (q - 1) * d < n)
}

fn wide(value: u64) -> u128 {
    u128::from(value)
}
