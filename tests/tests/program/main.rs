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
mod auctions;
mod batch;
mod batches;
mod bids;
mod bids_withdrawn;
mod bonds;
mod budgets;
mod buyback;
mod bytes;
mod cancelling;
mod change_bounds;
mod changes;
mod claims;
mod closing;
mod commitments;
mod conversion;
mod coverage;
mod digits;
mod disputing;
mod epochs;
mod halts;
mod in_kind;
mod initialize;
mod interface;
mod lifecycle;
mod mass;
mod no_show;
mod offers;
mod oracle;
mod outages;
mod outages_answered;
mod outages_together;
mod packing;
mod pause;
mod pending;
mod rail;
mod receipt_forms;
mod receipts;
mod recording;
mod registering;
mod revealing;
mod rotation;
mod ruling;
mod scenes;
mod scenes_of_meters;
mod service_level;
mod signing;
mod stable_coin;
mod stable_dues;
mod stable_jobs;
mod stake;
mod stakes;
mod standing_offers;
mod terms;
mod third_parties;
mod verdicts;
mod vouching;
mod withdrawals;
