//! Events of receipts, conversions and payments. Token amounts in base units, USD in micro-dollars.

use super::{Quoted, Touched};
use crate::Address;
use crate::math::Wide;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// A receipt was accepted. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ReceiptAccepted {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Key that signed it.
    pub meter: Address,
    /// Its number among the job's receipts, from 1.
    pub index: u64,
    /// Cumulative units.
    pub units: u64,
    /// Unix seconds up to which they were counted.
    pub through: i64,
    /// Charged so far, micro-dollars.
    pub accepted: u64,
    /// Accepted and not converted before any conversion that follows, micro-dollars.
    pub outstanding: u64,
    /// Why no conversion follows: code of [`crate::oracle::Halt`], 64 for the consumer's minimum
    /// price, 65 for nothing to convert; 0 if one does.
    pub halt: u64,
}

/// Accepted work was converted: tokens burned, earnings booked. Entities: job, provider, price, epoch, credit.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Converted {
    /// Header.
    pub entities: [Touched; 5],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Settled by it, micro-dollars.
    pub usd: u64,
    /// Burned out of the escrow.
    pub burned: u64,
    /// Of it the take.
    pub take: u64,
    /// Of it what the provider may mint.
    pub earned: u64,
    /// Escrow after.
    pub escrow: u64,
    /// Outstanding after, micro-dollars.
    pub outstanding: u64,
    /// Provider's claimable after.
    pub claimable: u64,
    /// Index of the epoch in which the take is booked.
    pub epoch: u64,
    /// Take times quality, added to epoch and credit.
    pub weight: Wide,
    /// Quality of the provider, basis points.
    pub quality: u64,
    /// The epoch's rebate share, basis points.
    pub rebate_bps: u64,
    /// Who paid the rent of a credit opened by this; zero if it existed.
    pub credit_payer: Address,
    /// The price used.
    pub quoted: Quoted,
}

/// A party was paid what a job owed it. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct DueWithdrawn {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Wallet paid.
    pub wallet: Address,
    /// Code of the party.
    pub party: u64,
    /// Paid from the job's vault.
    pub escrow: u64,
    /// Paid from the stake vault.
    pub stake: u64,
}

/// Earnings were minted to the provider. Entity: provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Wallet paid.
    pub wallet: Address,
    /// Minted.
    pub amount: u64,
    /// Minted ever for this provider.
    pub minted: u64,
}

/// A quality rebate was minted and its credit closed. Entities: epoch, credit (for the last time), provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct RebateClaimed {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Wallet paid.
    pub wallet: Address,
    /// Index of the epoch.
    pub epoch: u64,
    /// The epoch's pool.
    pub pool: u64,
    /// Minted.
    pub amount: u64,
    /// Minted ever for this provider.
    pub minted: u64,
    /// Who got the credit's rent.
    pub rent_payer: Address,
}

/// `ReceiptAccepted.halt`: the price is below the consumer's minimum.
pub const HALT_MINIMUM: u64 = 64;
/// `ReceiptAccepted.halt`: there is nothing to convert.
pub const HALT_NOTHING: u64 = 65;
