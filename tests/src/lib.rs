//! What tests of the compiled program share: a network in LiteSVM, its actors, and refusals that
//! prove that nothing changed. The program is the file that `scripts/build-program` made; there is
//! no native stand-in.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "test support: a failed expectation is a failed test, and names say what things are"
)]

mod changes;
mod dispute;
mod job;
mod market;
mod outage;
mod outcome;
mod recording;
mod reports;
pub mod rpc;
mod stable;
mod steps;
mod third_parties;
mod tokens;
mod world;

pub use dispute::{ARBITER_STAKE, Trace, Verifiable};
pub use job::{Actors, ESCROW, JobFixture, STAKE, order};
pub use market::{BIDDING, auction};
pub use outage::Outage;
pub use outcome::{Call, Expected, Outcome, Refusal, Sent};
pub use recording::hex;
pub use stable::{COIN, DOLLARS, PROGRAMS, stable_order};
pub use steps::{touched, units};
pub use third_parties::{MeterFixture, arbiter};
pub use world::{CLUSTER, FEED_ID, GENESIS_SUPPLY, World, keypair, program_data};
