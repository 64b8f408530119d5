//! The indexer against a real PostgreSQL: a private cluster that the tests start, one database each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail
#![allow(clippy::arithmetic_side_effects)] // small numbers that the tests choose
#![allow(missing_docs)] // names say it

mod accounts;
mod against_the_chain;
mod dead_letters;
mod exactly_once;
mod fail_over;
mod figures;
mod finalized;
mod from_a_node;
mod history;
mod lease;
mod markets;
mod missing;
mod operations;
mod partitions;
mod recomputed;
mod recorded;
mod recorded_file;
mod setup;
mod several_nodes;
mod skipped_slots;
#[cfg(feature = "yellowstone")]
mod streamed;
mod vaults;
mod verify;

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../support/mod.rs"]
mod support;
