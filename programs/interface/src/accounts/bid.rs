//! Bids.

use crate::Address;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// What one provider bids for one job in an auction. Its account exists until bidding has ended, even
/// if the bid was withdrawn before, so that its events are numbered without a break; then it is closed
/// by its acceptance or by `withdraw_bid`.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Bid {
    /// The `Job`.
    pub job: Address,
    /// The `Provider` that bids.
    pub provider: Address,
    /// Who paid the account's rent and gets it back.
    pub rent_payer: Address,
    /// Offered, micro-dollars per unit of the job; 0 if the bid was withdrawn.
    pub rate: u64,
    /// Locked of the provider's stake, base units of the compute token; 0 if the bid was withdrawn.
    pub bond: u64,
    /// The job's escrow when the bid was placed, which the bond is a share of.
    pub escrow: u64,
    /// When it was last placed, Unix seconds.
    pub placed_at: i64,
    /// Its number among the job's bids, from 0.
    pub index: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 31],
}
