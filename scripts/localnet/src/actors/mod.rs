//! The people of the market and what each can do.

mod consumer;
mod provider;
mod stranger;

pub use consumer::{Consumer, Deal, minutes};
pub use provider::Provider;

use settlement_interface::instructions::JobKeys;
use solana_keypair::Keypair;

/// A job as its parties know it.
pub struct Hire {
    /// Its addresses.
    pub keys: JobKeys,
    /// Who pays, by place among the consumers.
    pub consumer: usize,
    /// Who works, by place among the providers.
    pub provider: usize,
    /// The consumer's session key, which signs receipts.
    pub meter: Keypair,
    /// The session key before the last rotation, and when it was replaced (Unix seconds).
    pub previous: Option<(Keypair, i64)>,
    /// GPUs rented.
    pub gpus: u64,
}
