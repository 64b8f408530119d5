//! The market that the tests have.
#![allow(dead_code, reason = "tests use all of it")]

#[path = "../../tests/it/support/chain.rs"]
pub mod chain;
#[path = "../../tests/it/support/market/mod.rs"]
pub mod market;
#[path = "../../tests/it/support/random.rs"]
pub mod random;
