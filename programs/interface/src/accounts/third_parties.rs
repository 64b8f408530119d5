//! Third parties that vouch with a bond: meters for what they count, arbiters for how they rule.

use crate::Address;
use bytemuck::{Pod, Zeroable};

/// What a third party has in the stake vault, base units of the compute token.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Vouched {
    /// All of it, what is unbonding included.
    pub stake: u64,
    /// Of it on its way out: the one unbonding ticket; 0 if there is none.
    pub unbonding: u64,
    /// When the ticket may be withdrawn, Unix seconds; 0 if there is none.
    pub available_at: i64,
    /// What cases or rulings hold of the rest until they are resolved. For a meter, whose cases share it, it
    /// may be more than there is.
    pub locked: u64,
}

/// A third party that signs receipts. Never closed.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Meter {
    /// The key that signs receipts; it signs nothing else.
    pub key: Address,
    /// Wallet that stakes for it.
    pub authority: Address,
    /// Its stake.
    pub vouched: Vouched,
    /// Its number among meters, from 0.
    pub index: u64,
    /// Unix seconds of registration.
    pub registered_at: i64,
    /// Cases decided on its words that took something.
    pub upheld: u64,
    /// Cases in which better words of its own contradicted it.
    pub overturned: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 55],
}

/// A third party that rules on the last step of a dispute. Never closed.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Arbiter {
    /// Wallet that rules, stakes and is paid.
    pub wallet: Address,
    /// Its stake.
    pub vouched: Vouched,
    /// Its number among arbiters, from 0.
    pub index: u64,
    /// Unix seconds of registration.
    pub registered_at: i64,
    /// Rulings given ever.
    pub rulings: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 55],
}
