//! HTTP requests paid for out of a job's escrow, by [x402](https://github.com/x402-foundation/x402) version 2.
//!
//! The scheme is `batch-settlement`, capital-backed: a consumer pays into a job's escrow once, and each request carries
//! a receipt of that job, signed by its session key, which the provider's server checks, keeps, and serves at once. One
//! transaction settles the newest receipt, and with it all before it. See `docs/x402.md` for the binding.
//!
//! | for | module |
//! |---|---|
//! | the messages and headers | [`protocol`] |
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
pub mod payer;
pub mod protocol;
pub mod till;
pub mod vouchers;
