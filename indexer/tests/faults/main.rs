//! The fault suite: one test for each row of `docs/operations/faults.md`.
//!
//! The real indexer runs against a real PostgreSQL, and nodes, a stream or the server misbehave on purpose. While
//! a fault holds, `/readyz`, `/metrics` and `indexer status` have to say the same, and what the row says. When it
//! is over they have to say that all is well, and every table has to be that of a run without a fault.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod database;
mod disk;
mod forks;
mod killed;
mod list;
mod nodes;
mod pages;
mod proxy;
mod running;
mod slots;
#[cfg(feature = "yellowstone")]
mod stream;
mod table;
mod transactions;
mod trial;
mod two_processes;

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../support/mod.rs"]
mod support;
