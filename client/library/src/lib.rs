//! What a wallet, a provider's node or a service needs to use the settlement program.
//!
//! | for | module |
//! |---|---|
//! | instructions, addresses, layouts, rules | [`interface`], re-exported |
//! | signing and checking what meters attest | [`receipts`], [`batch`], [`absence`] |
//! | compute units and fees | [`budget`] |
//! | many jobs in few transactions | [`batch`], [`many`], [`pack`], [`tables`] |
//! | sending, once | [`sender`] |
//! | reading accounts, simulating | [`node`], [`reading`] |
//! | the network and its jobs as they are now | [`facts`], [`jobs`] |
//! | amounts and hashes as people write them | [`amounts`], [`digest`] |
//! | what a job costs | [`order`] |
//! | token accounts and mints | [`tokens`] |
//!
//! Nothing here holds a key: whoever signs is passed in.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects,
        reason = "tests: a failed expectation is a failed test"
    )
)]

pub mod absence;
pub mod amounts;
pub mod batch;
pub mod budget;
pub mod digest;
pub mod error;
#[cfg(feature = "rpc")]
pub mod facts;
pub mod jobs;
pub mod many;
#[cfg(feature = "rpc")]
pub mod node;
pub mod order;
pub mod pack;
#[cfg(feature = "rpc")]
pub mod reading;
pub mod receipts;
#[cfg(feature = "rpc")]
pub mod sender;
pub mod tables;
pub mod tokens;
#[cfg(feature = "rpc")]
mod transport;

pub use settlement_interface as interface;
