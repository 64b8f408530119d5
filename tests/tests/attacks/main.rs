//! The record of attacks: one test for each row of `docs/attacks.md`, told from the attacker's side.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod accounts;
mod bytes;
mod claim;
mod common;
mod config;
mod dispute;
mod epoch;
mod gifts;
mod job;
mod oracle;
mod own;
mod receipt;
mod settle;
mod slash;
mod stable;
mod stake;
mod table;
