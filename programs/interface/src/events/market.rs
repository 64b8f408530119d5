//! Events of auctions, standing offers and bonds. Amounts in base units of the compute token, rates in
//! micro-dollars.

use super::Touched;
use crate::Address;
use crate::accounts::StandingOffer;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// A provider bid, or bid lower than before. Entities: job, bid, provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct BidPlaced {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Bid`.
    pub bid: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Who paid the bid's rent.
    pub rent_payer: Address,
    /// Hash of the terms that were bid for.
    pub terms_hash: [u8; 32],
    /// Its number among the job's bids, from 0.
    pub index: u64,
    /// Bid, micro-dollars per unit of the job.
    pub rate: u64,
    /// Escrow that the bond is a share of.
    pub escrow: u64,
    /// Bond of the bid.
    pub bond: u64,
    /// Of it what this locked.
    pub locked: u64,
    /// Provider's locked bonds after.
    pub provider_locked: u64,
    /// The job's best bid after.
    pub best_bid: Address,
    /// Its rate.
    pub best_rate: u64,
}

/// A bid was withdrawn or its account closed; its bond is free again. Entities: bid (for the last time
/// if `closed`), provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct BidWithdrawn {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Bid`.
    pub bid: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Bond released; 0 if it was before.
    pub bond: u64,
    /// Provider's locked bonds after.
    pub provider_locked: u64,
    /// 1 if the account is closed and its rent back with its payer.
    pub closed: u64,
    /// Lamports returned.
    pub lamports: u64,
    /// Who paid the rent.
    pub rent_payer: Address,
}

/// A provider set, replaced or took back its standing offer. Entity: provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct StandingOfferSet {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// The offer; all zero for none.
    pub offer: StandingOffer,
}

/// A provider added to a job's bond. Entities: job, provider, totals.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct BondToppedUp {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Locked by this.
    pub amount: u64,
    /// Bond of the job after.
    pub bond: u64,
    /// What the terms ask for all that was deposited, at the moment: the most that the bond can be.
    pub asked: u64,
    /// The escrow that the bond is a share of from now on.
    pub bonded_escrow: u64,
    /// Provider's locked bonds after.
    pub provider_locked: u64,
}
