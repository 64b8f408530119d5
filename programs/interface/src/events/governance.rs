//! Events of changes to the network's configuration.

use super::Touched;
use crate::Address;
use crate::parameters::Parameters;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// A change waits for its timelock. Entities: config, change.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ChangeQueued {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// Admin.
    pub by: Address,
    /// Who paid the change's rent.
    pub rent_payer: Address,
    /// The new parameters; zero if the kind is one of an address.
    pub parameters: Parameters,
    /// The new address; zero if the kind is parameters.
    pub address: Address,
    /// What it replaces: the sha256 of the parameters in force, or the address.
    pub base: [u8; 32],
    /// Its number among all changes, from 0.
    pub index: u64,
    /// Code of [`crate::change::ChangeKind`].
    pub kind: u64,
    /// From when on it may be applied, Unix seconds.
    pub applies_from: i64,
    /// Until when, Unix seconds.
    pub expires_at: i64,
}

/// A change is in force. Entities: config, change (for the last time).
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ChangeApplied {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// Admin.
    pub by: Address,
    /// Who got the change's rent.
    pub rent_payer: Address,
    /// The parameters from now on; zero if the kind is one of an address.
    pub parameters: Parameters,
    /// The parameters until now; zero if the kind is one of an address.
    pub previous_parameters: Parameters,
    /// The address from now on; zero if the kind is parameters.
    pub address: Address,
    /// The address until now; zero if the kind is parameters.
    pub previous_address: Address,
    /// Its number among all changes.
    pub index: u64,
    /// Code of [`crate::change::ChangeKind`].
    pub kind: u64,
    /// Rent that was returned, lamports.
    pub lamports: u64,
}

/// A change was given up or had expired. Entity: change (for the last time).
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ChangeCancelled {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The admin, or anyone once it had expired.
    pub by: Address,
    /// Who got the change's rent.
    pub rent_payer: Address,
    /// Its number among all changes.
    pub index: u64,
    /// Code of [`crate::change::ChangeKind`].
    pub kind: u64,
    /// Until when it could have been applied, Unix seconds.
    pub expires_at: i64,
    /// Rent that was returned, lamports.
    pub lamports: u64,
}

/// An epoch whose credits are all claimed was closed. Entity: epoch (for the last time).
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct EpochClosed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// Index of the epoch.
    pub epoch: u64,
    /// Take that was booked in it.
    pub take: u64,
    /// Rebates that were minted for it.
    pub rebated: u64,
    /// Credits that it had, all claimed.
    pub credits: u64,
    /// Who got the epoch's rent.
    pub rent_payer: Address,
    /// Rent that was returned, lamports.
    pub lamports: u64,
}
