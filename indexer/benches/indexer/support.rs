//! The market that the tests have.
#![allow(dead_code, reason = "tests use all of it")]

#[path = "../../tests/support/chain.rs"]
pub mod chain;
#[path = "../../tests/support/market/mod.rs"]
pub mod market;
#[path = "../../tests/support/random.rs"]
pub mod random;
