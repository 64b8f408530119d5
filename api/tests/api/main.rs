//! The API against a real PostgreSQL: every answer is held against the OpenAPI document, every figure
//! against a small market that is worked out by hand in `support/market.rs`. Its Actions are signed and sent on the
//! compiled program in `signed`, which needs it: `scripts/build-program`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs
)] // tests

mod support;

mod action_costs;
mod action_moves;
mod actions;
mod consistency;
mod economics;
mod epochs;
mod events;
mod exports;
mod flows;
mod health;
mod jobs;
mod market;
mod mcp;
mod memory;
mod network;
mod openapi;
mod pages;
mod process;
mod protocol;
mod providers;
mod replica;
mod revenue;
mod revenue_views;
mod signed;
mod slow_node;
mod solana_pay;
mod standing;
mod stream;
mod supply;
