//! Events of the stable rail and the buyback. Dollars are base units of the stablecoin, which are
//! micro-dollars; tokens are base units of the compute token.

use super::{Quoted, Touched};
use crate::Address;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// The network has its stablecoin: jobs can be escrowed in it. Entities: config, buyback.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct StableOpened {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// The stablecoin.
    pub mint: Address,
    /// Its token program.
    pub token_program: Address,
    /// The `Buyback`.
    pub buyback: Address,
    /// The vault that buybacks sell from.
    pub vault: Address,
}

/// Accepted work was paid in dollars: dues of provider, buyback and treasury were booked. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct StableSettled {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Left the escrow: the sum of the next three.
    pub usd: u64,
    /// Due to the provider.
    pub earned: u64,
    /// Due to the buyback vault: its part of the take.
    pub buyback: u64,
    /// Due to the treasury: its part of the take.
    pub treasury: u64,
    /// Escrow after.
    pub escrow: u64,
    /// Outstanding after: what the escrow could not pay.
    pub outstanding: u64,
    /// Settled of this job so far.
    pub settled: u64,
    /// Taken of this job so far.
    pub take: u64,
}

/// Time of a buyback round was counted; the round was started if this is its first event.
/// Entities: buyback, price.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct BuybackTicked {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// Number of the round, from 1.
    pub round: u64,
    /// Dollars that the round sells.
    pub lot: u64,
    /// Of them left.
    pub left: u64,
    /// Seconds of the round that count.
    pub elapsed: u64,
    /// Asking price, basis points of what the oracle says.
    pub factor_bps: u64,
    /// The price.
    pub quoted: Quoted,
}

/// Dollars of the buyback vault were sold for compute tokens, which burned; the round was started if
/// this is its first event. Entities: buyback, price.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct BuybackFilled {
    /// Header.
    pub entities: [Touched; 2],
    /// Unix seconds.
    pub at: i64,
    /// Who bought.
    pub buyer: Address,
    /// Token account that the dollars went to.
    pub destination: Address,
    /// Number of the round, from 1.
    pub round: u64,
    /// Dollars that the round sells.
    pub lot: u64,
    /// Dollars sold by this.
    pub paid: u64,
    /// Tokens burned for them, the buyer's own.
    pub burned: u64,
    /// Dollars left of the lot; 0 ends the round.
    pub left: u64,
    /// Seconds of the round that count.
    pub elapsed: u64,
    /// Asking price, basis points of what the oracle says.
    pub factor_bps: u64,
    /// USD per token that it is a share of: a mantissa like those of `quoted`.
    pub worth: u64,
    /// Dollars sold ever.
    pub total_sold: u64,
    /// Tokens burned ever by buybacks.
    pub total_burned: u64,
    /// The price.
    pub quoted: Quoted,
}
