//! HTTP requests paid for out of a job's escrow: by [x402](https://github.com/x402-foundation/x402) version 2, after which the
//! crate is named, and by the [Machine Payments Protocol](https://github.com/tempoxyz/mpp-specs).
//!
//! A consumer pays into a job's escrow once, and each request carries a receipt of that job, signed by its session key, which
//! the provider's server checks, keeps, and serves at once. One transaction settles the newest receipt, and with it all before
//! it. To x402 this is its scheme `batch-settlement`, capital-backed; to the other its intent `session`, by a method of our
//! own. One server serves both out of the same books. See `docs/payments.md`.
//!
//! | for | module |
//! |---|---|
//! | the messages and headers of x402 | [`protocol`] |
//! | those of the Machine Payments Protocol | [`mpp`], [`problem`] |
//! | its challenges, bound to the server that asks | [`realm`] |
//! | a provider's server: what was authorized, what was charged | [`till`], [`vouchers`], [`chain`] |
//! | the same before a handler of axum | [`gate`] |
//! | the same for servers in other languages | [`facilitator`] |
//! | a consumer's program, within a budget | [`payer`] |
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

pub mod chain;
pub mod facilitator;
pub mod gate;
mod header;
pub mod mpp;
pub mod payer;
pub mod problem;
pub mod protocol;
pub mod realm;
pub mod till;
pub mod vouchers;
