//! What the `settlement` program and everything off-chain agree on, each defined once:
//! account and event layouts, addresses, the signed receipt, error codes, and the rules and
//! arithmetic of settlement as pure functions.
//!
//! Nothing here knows a framework unless the feature `anchor` is on (the program turns it on, so
//! that the very same structs become its accounts and events); nothing here does input or output.

#![cfg_attr(not(any(test, feature = "std")), no_std)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "tests: a failed expectation is a failed test"
    )
)]
#![cfg_attr(feature = "idl-build", allow(missing_docs))] // Anchor's IDL code carries no docs

#[cfg(feature = "anchor")]
extern crate alloc;

pub mod absence;
pub mod accounts;
pub mod batch;
pub mod change;
pub mod ed25519;
pub mod error;
pub mod events;
pub mod hash;
#[cfg(feature = "std")]
pub mod instructions;
pub mod math;
pub mod merkle;
pub mod oracle;
pub mod panel;
pub mod parameters;
pub mod pda;
pub mod receipt;
pub mod reputation;
pub mod rules;
pub mod stablecoin;
pub mod terms;
pub mod wire;

pub use error::SettlementError;
pub use solana_address::Address;

/// The program's address. `settlement` declares the same and checks that they agree.
pub const ID: Address = Address::from_str_const("TaLLyzw5Nc2bxrsE5rGGEFwmZ5EyjBdoYDU4aFyQ31c");
