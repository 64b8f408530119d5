//! Events of meters and arbiters. Amounts in base units of the compute token.

use super::Touched;
use crate::Address;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// A meter exists. Entities: config, meter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct MeterRegistered {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Meter`.
    pub meter: Address,
    /// The key that signs receipts.
    pub key: Address,
    /// Wallet that stakes for it.
    pub authority: Address,
    /// Its number among meters, from 0.
    pub index: u64,
}

/// An arbiter exists. Entities: config, arbiter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ArbiterRegistered {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Arbiter`.
    pub arbiter: Address,
    /// Wallet that rules, stakes and is paid.
    pub wallet: Address,
    /// Its number among arbiters, from 0.
    pub index: u64,
}

/// A third party's stake grew. Entity: the meter or arbiter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct StakeVouched {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Meter` or `Arbiter`.
    pub party: Address,
    /// Owner of the tokens.
    pub from: Address,
    /// Added.
    pub amount: u64,
    /// Stake after.
    pub stake: u64,
}

/// A third party's stake was asked back. Entity: the meter or arbiter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct UnvouchRequested {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Meter` or `Arbiter`.
    pub party: Address,
    /// Added to the ticket.
    pub amount: u64,
    /// The ticket after.
    pub unbonding: u64,
    /// When it can be withdrawn, Unix seconds.
    pub available_at: i64,
}

/// Unbonded stake of a third party was paid back. Entity: the meter or arbiter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct VouchedWithdrawn {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Meter` or `Arbiter`.
    pub party: Address,
    /// Wallet paid.
    pub to: Address,
    /// Paid.
    pub amount: u64,
    /// Stake after.
    pub stake: u64,
}
