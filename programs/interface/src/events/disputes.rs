//! Events of pending receipts and of disputes. Token amounts in base units of the compute token, USD
//! in micro-dollars.

use super::Touched;
use crate::Address;
use crate::accounts::Bucket;
use crate::panel::Panel;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// What is pending in a verifiable job changed: a receipt added to it, time released some of it.
/// Comes before the event that says what follows. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct PendingMoved {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Number of the receipt that was accepted; 0 if none was.
    pub receipt: u64,
    /// Root that it commits to; zero if there is no receipt.
    pub root: [u8; 32],
    /// Steps under it.
    pub steps: u64,
    /// Charged by it and pending from now on.
    pub added: u64,
    /// Released: outstanding from now on.
    pub released: u64,
    /// The old bucket after.
    pub old: Bucket,
    /// The young bucket after.
    pub young: Bucket,
}

/// The consumer disputes a receipt; its bond is in the stake vault. Entities: job, dispute.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct DisputeOpened {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Dispute`.
    pub dispute: Address,
    /// The `Provider`.
    pub provider: Address,
    /// The consumer's wallet.
    pub challenger: Address,
    /// Who paid the rent.
    pub rent_payer: Address,
    /// Slot.
    pub slot: u64,
    /// Number among the job's disputes, from 0.
    pub index: u64,
    /// Number of the disputed receipt.
    pub receipt: u64,
    /// Root that the receipt commits to.
    pub provider_root: [u8; 32],
    /// The challenger's root.
    pub challenger_root: [u8; 32],
    /// Steps under either.
    pub steps: u64,
    /// Pending in the job, all of which is void if the provider loses.
    pub pending: u64,
    /// The challenger's bond.
    pub bond: u64,
    /// The job's bond.
    pub job_bond: u64,
    /// Least free stake of an arbiter that rules.
    pub arbiter_stake: u64,
    /// Who rules.
    pub panel: Panel,
    /// Zero.
    pub reserved: [u8; 6],
}

/// A side revealed the step that was due, and proved it under its root. Entity: dispute.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct StepRevealed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Dispute`.
    pub dispute: Address,
    /// Who revealed it.
    pub by: Address,
    /// Slot, in which the next turn begins.
    pub slot: u64,
    /// The step.
    pub index: u64,
    /// Its hash.
    pub step: [u8; 32],
    /// Last step known to be equal, after.
    pub lo: u64,
    /// First step known to differ, after.
    pub hi: u64,
    /// Midpoints compared.
    pub rounds: u64,
    /// Code of the stage after.
    pub stage: u64,
    /// Code of the outcome after.
    pub outcome: u64,
}

/// A missed turn was put on record; the grace runs. Entity: dispute.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct TurnMarked {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Dispute`.
    pub dispute: Address,
    /// Slot.
    pub slot: u64,
    /// Code of the stage that it waits at.
    pub stage: u64,
}

/// An arbiter ruled on the step that was left. Entities: dispute, arbiter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Ruled {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Dispute`.
    pub dispute: Address,
    /// The arbiter's wallet.
    pub arbiter: Address,
    /// 1 for the provider, 0 for the challenger.
    pub for_provider: u64,
    /// Votes for the provider after.
    pub votes_for_provider: u64,
    /// Votes for the challenger after.
    pub votes_for_challenger: u64,
    /// Of the arbiter's stake, locked until the dispute is resolved.
    pub locked: u64,
    /// Code of the stage after.
    pub stage: u64,
}

/// Stake that an arbiter had locked for its ruling is free again. Entities: dispute, arbiter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ArbiterReleased {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Dispute`.
    pub dispute: Address,
    /// The arbiter's wallet.
    pub arbiter: Address,
    /// Free again.
    pub amount: u64,
    /// Of its stake still locked for other rulings.
    pub locked: u64,
}

/// A dispute was executed. Nothing is paid yet. Entities: job, dispute; provider and totals if the
/// provider lost.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct DisputeResolved {
    /// Header.
    pub entities: [Touched; 4],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Dispute`.
    pub dispute: Address,
    /// The `Provider`.
    pub provider: Address,
    /// `OUTCOME_*`.
    pub outcome: u64,
    /// `CAUSE_*`.
    pub cause: u64,
    /// Pending receipts that are void.
    pub void: u64,
    /// Of the provider's bond: unlocked and slashed whole. To arbiters and consumer.
    pub slashed: u64,
    /// The challenger's bond: to arbiters and provider, or back.
    pub bond: u64,
    /// Arbiters who are due a fee, a bit each by place on the panel.
    pub arbiters: u64,
    /// What each of them is due.
    pub fee: u64,
    /// Due to the consumer through the job, out of the stake vault.
    pub to_consumer: u64,
    /// Due to the provider through the job, out of the stake vault.
    pub to_provider: u64,
    /// Due back to the challenger through the dispute.
    pub refund: u64,
    /// Provider's stake after; 0 if it did not change.
    pub stake: u64,
    /// Added to the provider's bad record.
    pub bad: u64,
    /// Charged so far by the job's receipts, after.
    pub accepted: u64,
    /// The old bucket after.
    pub old: Bucket,
    /// The young bucket after.
    pub young: Bucket,
    /// Code of the job's state after.
    pub state: u64,
}

/// An arbiter or the challenger was paid. Entity: dispute.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct DisputeWithdrawn {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Dispute`.
    pub dispute: Address,
    /// Wallet paid.
    pub wallet: Address,
    /// Place on the panel; 7 for the challenger.
    pub member: u64,
    /// Paid from the stake vault.
    pub amount: u64,
}

/// A dispute that owes nothing is closed and its rent is back with its payer. Entity: dispute, for
/// the last time.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct DisputeClosed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Dispute`.
    pub dispute: Address,
    /// Who got the rent.
    pub rent_payer: Address,
    /// Lamports returned.
    pub lamports: u64,
}
