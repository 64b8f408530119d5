//! Events of the network as a whole.

use super::Touched;
use crate::Address;
use crate::parameters::Parameters;
use bytemuck::{Pod, Zeroable};

/// A price that was used or observed; mantissas of `10^exponent` USD per whole compute token.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Quoted {
    /// Price as published.
    pub spot: u64,
    /// Half-width of the confidence interval.
    pub confidence: u64,
    /// Moving average.
    pub average: u64,
    /// What burned tokens were valued at.
    pub burn: u64,
    /// What minted tokens were valued at.
    pub mint: u64,
    /// Unix seconds of publication.
    pub publish_time: i64,
    /// Slot in which it was read.
    pub slot: u64,
    /// Decimal exponent of the mantissas.
    pub exponent: i32,
    /// `10^scale` base units times micro-dollars per mantissa: `decimals - exponent - 6`.
    pub scale: u32,
}

/// The network exists. Entities: config, price, totals.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Initialized {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// Admin.
    pub admin: Address,
    /// Guardian; zero for nobody.
    pub guardian: Address,
    /// Treasury's wallet.
    pub treasury: Address,
    /// Compute token.
    pub mint: Address,
    /// Stake vault.
    pub stake_vault: Address,
    /// Pinned feed account.
    pub feed: Address,
    /// Feed id.
    pub feed_id: [u8; 32],
    /// Genesis hash of the cluster.
    pub cluster: [u8; 32],
    /// Receipt domain.
    pub receipt_domain: [u8; 32],
    /// Parameters.
    pub parameters: Parameters,
    /// Supply of the compute token, base units.
    pub genesis_supply: u64,
    /// Decimals of the compute token.
    pub decimals: u64,
}

/// Somebody was proposed as admin. Entity: config.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct AdminProposed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// Admin who proposes.
    pub admin: Address,
    /// Proposed; zero withdraws the proposal.
    pub proposed: Address,
}

/// The proposed admin accepted. Entity: config.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct AdminAccepted {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// Admin before.
    pub previous: Address,
    /// Admin now.
    pub admin: Address,
}

/// Opening and accepting is paused. Entity: config.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Paused {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// Admin or guardian.
    pub by: Address,
    /// When it ends by itself, Unix seconds.
    pub until: i64,
}

/// The pause was lifted early. Entity: config.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Unpaused {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// Admin.
    pub by: Address,
}

/// A pause that had ended by itself was put on record. Entity: config.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// When it had ended, Unix seconds.
    pub ended: i64,
}

/// A qualifying price was recorded. Entity: price.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct PriceObserved {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The price.
    pub quoted: Quoted,
}
