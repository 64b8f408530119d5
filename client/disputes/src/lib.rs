//! What the sides of a dispute and its arbiters do off chain. The tree, and whose move it is, are the
//! very rules that the program applies; here is what has to be kept and computed to play by them.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "tests: a failed expectation is a failed test"
    )
)]

pub mod digits;
pub mod file;
mod trace;

pub use trace::{Answer, Move, Trace, TraceError, verdict};
