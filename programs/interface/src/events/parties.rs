//! Events of consumers and providers. Amounts in base units of the compute token.

use super::Touched;
use crate::Address;
use crate::accounts::{RATES, RateEntry};
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// A consumer exists. Entities: config, consumer.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ConsumerRegistered {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Consumer`.
    pub consumer: Address,
    /// Its wallet.
    pub wallet: Address,
    /// Its number, from 0.
    pub index: u64,
}

/// A provider exists. Entities: config, provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderRegistered {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Wallet that signs for it and is paid.
    pub authority: Address,
    /// Hash of its description.
    pub metadata_hash: [u8; 32],
    /// Rate card.
    pub rates: [RateEntry; RATES],
    /// Its number, from 0.
    pub index: u64,
}

/// A provider changed its rate card or description. Entity: provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderUpdated {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Hash of its description.
    pub metadata_hash: [u8; 32],
    /// Rate card.
    pub rates: [RateEntry; RATES],
}

/// Stake was added. Entity: provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Staked {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Owner of the tokens.
    pub from: Address,
    /// Added.
    pub amount: u64,
    /// Stake after.
    pub stake: u64,
}

/// Stake was asked back. Entity: provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct UnstakeRequested {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Added to the ticket.
    pub amount: u64,
    /// The ticket after.
    pub unbonding: u64,
    /// When it can be withdrawn, Unix seconds.
    pub available_at: i64,
}

/// Unbonded stake was paid back. Entity: provider.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct StakeWithdrawn {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Provider`.
    pub provider: Address,
    /// Wallet paid.
    pub to: Address,
    /// Paid.
    pub amount: u64,
    /// Stake after.
    pub stake: u64,
}
