//! The buyback: where the stable rail's take is sold for compute tokens, which burn.

#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// The Dutch auction of the buyback vault, round by round; see [`crate::rules::buyback`]. Exists from
/// when the stable rail is opened. Dollars are base units of the stablecoin, which are micro-dollars.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Buyback {
    /// Dollars for sale in the present round: what the vault held when it started; 0 before the first.
    pub lot: u64,
    /// Dollars left of them; 0 if no round is running. Never more than the vault holds.
    pub left: u64,
    /// When the round started, Unix seconds.
    pub started_at: i64,
    /// Up to when the round's time was counted, Unix seconds.
    pub ticked_at: i64,
    /// Seconds of the round that count, at most [`crate::rules::buyback::FALL`].
    pub elapsed: u64,
    /// Rounds started ever.
    pub rounds: u64,
    /// Dollars sold ever.
    pub sold: u64,
    /// Compute tokens burned for them ever, base units.
    pub burned: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 55],
}
