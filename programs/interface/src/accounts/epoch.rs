//! Epochs and the credits of their rebate.

use crate::Address;
use crate::math::Wide;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// The take of one epoch. Its index is `floor(now / epoch_len)`, and only the current epoch is ever
/// opened: one that was closed after it had ended never comes back.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Who paid this account's rent and gets it back.
    pub rent_payer: Address,
    /// Index.
    pub index: u64,
    /// Take of all conversions within it, base units.
    pub take: u64,
    /// Sum of take times quality (basis points).
    pub weight: Wide,
    /// Rebates minted so far, base units.
    pub rebated: u64,
    /// Credits opened in it.
    pub credits: u64,
    /// Credits claimed and closed.
    pub claimed: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Share of the take that rebates may mint; copied when its first take is booked.
    pub rebate_bps: u16,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 37],
}

/// One provider's part in an epoch; closed by claiming its rebate.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Credit {
    /// The `Provider`.
    pub provider: Address,
    /// Who paid this account's rent and gets it back.
    pub rent_payer: Address,
    /// The epoch's index.
    pub epoch: u64,
    /// Take of its conversions, base units.
    pub take: u64,
    /// Sum of take times quality (basis points).
    pub weight: Wide,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 23],
}
