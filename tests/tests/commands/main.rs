//! The command line on the compiled program: every command is run as a person would, against a JSON-RPC
//! node over the VM, and what it signed is carried out there. [`coverage`] holds that none is left out.
//!
//! Needs the compiled program: `scripts/build-program`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod cases;
mod coverage;
mod desk;
mod disputing;
mod endings;
mod governing;
mod market;
mod meters;
mod network;
mod node;
mod stable;
mod ways;
