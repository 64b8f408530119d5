//! How revenue is shown: figures as DefiLlama names them, by bucket, rail and hardware class.

use super::Rail;
use crate::moment::Interval;
use crate::units::{TokenAmount, UsdAmount};
use serde::Serialize;
use utoipa::ToSchema;

/// A series of buckets and their sum.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueSeries {
    /// Version of what the figures mean.
    #[schema(example = "revenue/2")]
    pub(super) definition: &'static str,
    /// Length of a bucket.
    #[schema(inline)]
    pub(super) interval: Interval,
    /// Start of the first bucket.
    pub(super) from: String,
    /// End of the last bucket.
    pub(super) to: String,
    /// The provider's account, if only its jobs are counted.
    pub(super) provider: Option<String>,
    /// The rail, if only its jobs are counted.
    #[schema(inline)]
    pub(super) rail: Option<Rail>,
    /// The hardware class, if only its jobs are counted.
    pub(super) hardware: Option<u16>,
    /// Sum of all buckets.
    pub(super) total: Revenue,
    /// The same by rail; of one rail only if only its jobs are counted.
    pub(super) by_rail: Vec<RailRevenue>,
    /// The same by hardware class, in order, those with jobs in the range.
    pub(super) by_hardware: Vec<HardwareRevenue>,
    /// Every bucket, in order of time, empty ones included.
    pub(super) buckets: Vec<RevenueBucket>,
}

/// The whole range's figures of one rail.
#[derive(Debug, Serialize, ToSchema)]
pub struct RailRevenue {
    /// The rail.
    #[schema(inline)]
    pub(super) rail: Rail,
    #[serde(flatten)]
    pub(super) figures: Revenue,
}

/// The whole range's figures of one hardware class.
#[derive(Debug, Serialize, ToSchema)]
pub struct HardwareRevenue {
    /// The class; null for what belongs to no job: claims, rebates and buybacks.
    pub(super) hardware: Option<u64>,
    #[serde(flatten)]
    pub(super) figures: Revenue,
}

/// One bucket.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueBucket {
    /// First second.
    pub(super) start: String,
    /// First second after it.
    pub(super) end: String,
    /// Whether the whole bucket lies before `as_of`, so that nothing is added to it any more.
    pub(super) complete: bool,
    #[serde(flatten)]
    pub(super) figures: Revenue,
}

/// Figures as DefiLlama names them. `fees = supply_side + revenue` and `revenue = holders + treasury`, to the micro-dollar.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revenue {
    /// First and last slot with events of the program whose block time lies in the range; null if there is none.
    pub(super) slots: Option<SlotRange>,
    /// All that consumers paid for work: settled by conversions, in kind or in dollars. Deposits are not revenue.
    pub(super) fees: UsdAmount,
    /// Of it paid to a provider of the consumer's own wallet: no sign of demand. Counted in every other figure.
    pub(super) self_dealt: UsdAmount,
    /// Of it what providers earned: dollars, or tokens valued at each conversion's mint price.
    pub(super) supply_side: UsdAmount,
    /// `fees - supply_side`: what the protocol kept.
    pub(super) revenue: UsdAmount,
    /// Of it the token holders': burned and never minted back, before rebates; on the stable rail the part of the take that buys tokens back to burn them.
    pub(super) holders: UsdAmount,
    /// Of it the treasury's part of the stable rail's take; zero on the token rail.
    pub(super) treasury: UsdAmount,
    /// Quality rebates minted to providers out of the holders' share of epochs past: the network's only subsidy. It
    /// is part of neither fees nor supply side; `holders - rebated` is what holders are left with.
    pub(super) rebated: UsdAmount,
    /// Compute tokens moved.
    pub(super) tokens: TokenFlows,
    /// Dollars of the stablecoin moved.
    pub(super) dollars: DollarFlows,
    /// How often things happened.
    pub(super) counts: Counts,
}

/// First and last slot.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SlotRange {
    /// First.
    pub(super) first: u64,
    /// Last.
    pub(super) last: u64,
}

/// Dollars moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct DollarFlows {
    /// Deposited into escrows of the stable rail.
    pub(super) deposited: UsdAmount,
    /// Due back to consumers out of them.
    pub(super) refunded: UsdAmount,
    /// Due to providers for jobs cancelled after they had accepted.
    pub(super) cancel_fees: UsdAmount,
    /// Paid for the tokens that buybacks burned: what these were worth to their sellers. It spends
    /// holders' revenue of before and is none again.
    pub(super) bought_back: UsdAmount,
}

/// Compute tokens moved. `burned` is the sum of the four that follow it, `minted = claimed + rebated`.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenFlows {
    /// Burned by the program.
    pub(super) burned: TokenAmount,
    /// Burned by converting work.
    pub(super) burned_by_conversions: TokenAmount,
    /// Burned as the take of work paid in kind.
    pub(super) burned_in_kind: TokenAmount,
    /// Burned out of slashed bonds.
    pub(super) burned_by_slashing: TokenAmount,
    /// Bought with dollars of the stable rail's take, and burned.
    pub(super) burned_by_buybacks: TokenAmount,
    /// The protocol's take, part of what conversions burned.
    pub(super) take: TokenAmount,
    /// Earned by providers: what they may mint.
    pub(super) earned: TokenAmount,
    /// Paid to providers in kind, out of escrows.
    pub(super) paid_in_kind: TokenAmount,
    /// Minted to providers.
    pub(super) minted: TokenAmount,
    /// Of it claimed earnings.
    pub(super) claimed: TokenAmount,
    /// Of it quality rebates.
    pub(super) rebated: TokenAmount,
    /// Taken from bonds of providers that failed and of meters whose words were overturned.
    pub(super) slashed: TokenAmount,
    /// Of it due to those harmed and to reporters.
    pub(super) compensated: TokenAmount,
    /// Due to providers for jobs cancelled after they had accepted.
    pub(super) cancel_fees: TokenAmount,
    /// Deposited into escrows.
    pub(super) deposited: TokenAmount,
    /// Due back to consumers out of escrows.
    pub(super) refunded: TokenAmount,
}

/// How often things happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Conversions, in kind included.
    pub(super) conversions: u64,
    /// Receipts accepted.
    pub(super) receipts: u64,
    /// Compute units that they added, summed whatever their kind.
    #[schema(pattern = "^[0-9]+$")]
    pub(super) units: String,
    /// Jobs opened.
    pub(super) jobs_opened: u64,
    /// Jobs accepted.
    pub(super) jobs_accepted: u64,
    /// Jobs settled to their end.
    pub(super) jobs_closed: u64,
    /// Jobs whose provider failed.
    pub(super) jobs_failed: u64,
    /// Jobs that ended before they started, without fault.
    pub(super) jobs_cancelled: u64,
}
