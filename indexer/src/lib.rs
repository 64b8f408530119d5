//! Reads the settlement program's events from a cluster and keeps in PostgreSQL what they amount to.
//!
//! ```text
//! source  ->  decode  ->  store            reconcile
//! blocks      events      one transaction  chain accounts against tables
//! ```
//!
//! Data flows one way through bounded channels that wait and never drop. The store is the only
//! module with SQL; [`fold`] is what events mean and does no input or output; the API never calls
//! into this crate, the two meet in the database's schema alone.

pub mod backfill;
pub mod cli;
pub mod commands;
pub mod decode;
pub mod error;
pub mod fold;
pub mod gaps;
pub mod health;
pub mod lease;
pub mod metrics;
pub mod patience;
pub mod pipeline;
pub mod progress;
pub mod recompute;
pub mod reconcile;
pub mod serve;
pub mod settings;
pub mod source;
pub mod status;
pub mod store;
pub mod term;
pub mod verify;

pub use error::Error;
