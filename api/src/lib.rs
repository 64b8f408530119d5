//! Tally's API: serves what the indexer recorded, and builds unsigned transactions for wallets.
//!
//! It never writes to the database, holds no keys, sends no transactions and knows nothing of the
//! indexer but the schema that both are written for.

// A test that fails may panic, and its sums are small.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::arithmetic_side_effects))]

pub mod actions;
pub mod answer;
pub mod cli;
pub mod config;
pub mod connections;
pub mod db;
pub mod error;
pub mod extract;
pub mod front;
pub mod given_up;
pub mod limits;
pub mod live;
pub mod mcp;
pub mod memory;
pub mod metrics;
pub mod middleware;
pub mod moment;
pub mod openapi;
pub mod pagination;
pub mod router;
pub mod routes;
pub mod run;
pub mod seats;
pub mod state;
pub mod units;
