//! The people of the market and what each can do.

mod consumer;
mod disputants;
mod dollars;
mod market;
mod provider;
mod stranger;
mod third_parties;

pub use consumer::{Consumer, Deal, minutes};
pub use provider::Provider;
pub use third_parties::{Seen, ThirdParties};

use settlement_interface::accounts::Job;
use settlement_interface::instructions::JobKeys;
use solana_keypair::Keypair;

/// A job as its parties know it.
pub struct Hire {
    /// Its addresses.
    pub keys: JobKeys,
    /// Who pays, by place among the consumers.
    pub consumer: usize,
    /// Who works, by place among the providers; nobody while an auction runs.
    pub provider: Option<usize>,
    /// The key that signs receipts: the consumer's session key, or the registered meter's.
    pub meter: Keypair,
    /// The session key before the last rotation, and when it was replaced (Unix seconds).
    pub previous: Option<(Keypair, i64)>,
    /// GPUs rented.
    pub gpus: u64,
    /// Whether it is paid in dollars.
    pub dollars: bool,
    /// What its next receipt commits to, if it is verifiable: root and number of steps.
    pub commitment: Option<([u8; 32], u32)>,
}

impl Hire {
    /// Units of 97 percent of its GPUs since the last receipt, through then: a little less than the cap
    /// allows, so that figures differ.
    pub fn busy(&self, job: &Job, through: i64) -> u64 {
        let seconds = u64::try_from(through.saturating_sub(job.through)).unwrap_or(0);
        self.gpus.saturating_mul(970).saturating_mul(seconds)
    }
}
