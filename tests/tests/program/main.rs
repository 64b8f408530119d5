//! The program's specification: the compiled program in a real VM, one module a theme.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod accepting;
mod accounts;
mod admin;
mod batches;
mod bytes;
mod cancelling;
mod claims;
mod closing;
mod conversion;
mod coverage;
mod digits;
mod disputing;
mod halts;
mod initialize;
mod interface;
mod lifecycle;
mod no_show;
mod offers;
mod oracle;
mod pause;
mod pending;
mod receipt_forms;
mod receipts;
mod registering;
mod revealing;
mod rotation;
mod ruling;
mod scenes;
mod stake;
mod terms;
mod verdicts;
mod withdrawals;
