//! Events of a job's life. Token amounts in base units, USD in micro-dollars.

use super::{Quoted, Touched};
use crate::Address;
use crate::terms::Terms;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// A job was opened and paid into escrow. Entities: consumer, job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobOpened {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds; the job's `opened_at`.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Its vault.
    pub vault: Address,
    /// Who paid the rent.
    pub rent_payer: Address,
    /// Its terms.
    pub terms: Terms,
    /// Hash of job, time and terms.
    pub terms_hash: [u8; 32],
    /// Nonce among the consumer's jobs.
    pub nonce: u64,
    /// Deposited.
    pub escrow: u64,
    /// Code of the job's state.
    pub state: u64,
}

/// Tokens, budget or both were added. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobToppedUp {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Tokens added.
    pub amount: u64,
    /// Escrow after.
    pub escrow: u64,
    /// Budget after, micro-dollars.
    pub budget: u64,
    /// Hash of the terms after.
    pub terms_hash: [u8; 32],
}

/// The provider accepted its offer.
pub const BY_OFFER: u64 = 1;
/// The provider's bid was accepted.
pub const BY_BID: u64 = 2;
/// The job fitted the provider's standing offer.
pub const BY_STANDING_OFFER: u64 = 3;

/// The job is assigned; the provider's bond is locked. Entities: job, provider, totals, price; the bid that
/// was accepted, for the last time.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobAccepted {
    /// Header.
    pub entities: [Touched; 5],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Hash of the terms as accepted.
    pub terms_hash: [u8; 32],
    /// Escrow at acceptance.
    pub escrow: u64,
    /// Budget at acceptance, micro-dollars; what a failure would count.
    pub budget: u64,
    /// What brought the provider's consent: `BY_*`.
    pub by: u64,
    /// The `Bid` that was accepted and closed; zero if none was.
    pub bid: Address,
    /// Rate as accepted, micro-dollars per `unit`.
    pub rate: u64,
    /// Units that the rate pays for.
    pub unit: u64,
    /// Hardware class.
    pub hardware: u64,
    /// Bond of the job.
    pub bond: u64,
    /// Of it what this locked; 0 if a bid had locked it before.
    pub locked: u64,
    /// Provider's locked bonds after.
    pub provider_locked: u64,
    /// The price that qualified.
    pub quoted: Quoted,
}

/// The provider started. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobStarted {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Units promised until a wait is over: missing them is excused.
    pub excused: u64,
}

/// The consumer replaced the meter key. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct MeterRotated {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Key before.
    pub previous: Address,
    /// Key now.
    pub meter: Address,
}

/// A missed deadline or a halt was put on record; the grace runs. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobMarked {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Who marked it, or took the mark off.
    pub by: Address,
    /// Slot.
    pub slot: u64,
    /// `MARK_*`: what is marked from now on, nothing if a price showed that there is no halt.
    pub mark: u64,
}

/// The job ended before it started, without fault. Entities: job; provider and totals if a bond was released.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobCancelled {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Due to the consumer.
    pub refund: u64,
    /// Due to the provider for the cancellation.
    pub fee: u64,
    /// Bond released.
    pub bond: u64,
    /// `REASON_*`.
    pub reason: u64,
}

/// The provider never started and lost a share of its bond. Entities: job, provider, totals.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobFailed {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Who marked it; zero if a party did.
    pub reporter: Address,
    /// Due to the consumer out of the escrow: all of it.
    pub refund: u64,
    /// Bond unlocked, slashed part included.
    pub bond: u64,
    /// Slashed: the sum of the next three.
    pub slashed: u64,
    /// Due to the consumer out of the stake vault.
    pub harmed: u64,
    /// Due to the reporter out of the stake vault.
    pub reported: u64,
    /// Burned out of the stake vault.
    pub burned: u64,
    /// Provider's stake after.
    pub stake: u64,
    /// Added to the provider's bad record, micro-dollars.
    pub bad: u64,
}

/// The job ended; late receipts count for one grace. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobClosing {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds; the job's `closing_at`.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// `REASON_*`.
    pub reason: u64,
}

/// Receipts are over; only converting remains. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobSettling {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Accepted and not converted, micro-dollars.
    pub outstanding: u64,
}

/// The job is settled: the rest of the escrow is due back, the bond released. Entities: job, provider, totals.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobClosed {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Due to the consumer.
    pub refund: u64,
    /// Bond released.
    pub bond: u64,
    /// Outstanding work that the escrow could not pay, micro-dollars: void.
    pub void: u64,
    /// Outstanding work that was paid in kind, micro-dollars; settled by it.
    pub in_kind_usd: u64,
    /// Tokens due to the provider in kind.
    pub in_kind_paid: u64,
    /// Tokens burned in kind.
    pub in_kind_burned: u64,
    /// Added to the provider's record, micro-dollars: what was settled and not recorded before.
    pub recorded: u64,
}

/// Vault and job are closed and their rent is back with its payer. Entity: job, for the last time.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobReclaimed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Who got the rent.
    pub rent_payer: Address,
    /// Tokens that strangers had sent to the vault, paid to the consumer.
    pub stray: u64,
    /// Lamports returned.
    pub lamports: u64,
}
