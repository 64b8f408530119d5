//! Revenue over time: gapless buckets, zeros included.
//!
//! It sums what the indexer booked by hour; it computes no figure of its own but differences.

use super::count;
use crate::answer::Answer;
use crate::db::revenue::{Slots, Sums};
use crate::db::{View, Whole};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Address, Commitment, Query};
use crate::moment::{Interval, Moment, rfc3339};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Version of what the figures mean; a changed meaning raises it.
const DEFINITION: &str = "revenue/2";
/// Most buckets of one answer.
const MOST_BUCKETS: usize = 1_000;

/// What a job's escrow holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rail {
    /// The compute token: burned and minted.
    Token,
    /// A dollar stablecoin: paid, and its take sold for compute tokens, which burn.
    Stable,
}

crate::extract::choice!(Rail { Token = "token", Stable = "stable" });

impl Rail {
    const ALL: [Self; 2] = [Self::Token, Self::Stable];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Stable => "stable",
        }
    }
}

/// Which series.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Length of a bucket, aligned to UTC.
    #[serde(default)]
    #[param(inline)]
    interval: Interval,
    /// A moment in the first bucket; if not given, the series has 24 hours, 30 days or 12 months.
    #[param(inline)]
    from: Option<Moment>,
    /// The first moment after the series; the end of what is indexed if not given.
    #[param(inline)]
    to: Option<Moment>,
    /// Only jobs of this provider: its account or its authority's wallet.
    #[param(inline)]
    provider: Option<Address>,
    /// Only jobs of this rail: token or stable.
    #[param(inline)]
    rail: Option<Rail>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// A series of buckets and their sum.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueSeries {
    /// Version of what the figures mean.
    #[schema(example = "revenue/2")]
    definition: &'static str,
    /// Length of a bucket.
    #[schema(inline)]
    interval: Interval,
    /// Start of the first bucket.
    from: String,
    /// End of the last bucket.
    to: String,
    /// The provider's account, if only its jobs are counted.
    provider: Option<String>,
    /// The rail, if only its jobs are counted.
    #[schema(inline)]
    rail: Option<Rail>,
    /// Sum of all buckets.
    total: Revenue,
    /// The same by rail; of one rail only if only its jobs are counted.
    by_rail: Vec<RailRevenue>,
    /// Every bucket, in order of time, empty ones included.
    buckets: Vec<RevenueBucket>,
}

/// The whole range's figures of one rail.
#[derive(Debug, Serialize, ToSchema)]
pub struct RailRevenue {
    /// The rail.
    #[schema(inline)]
    rail: Rail,
    #[serde(flatten)]
    figures: Revenue,
}

/// One bucket.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueBucket {
    /// First second.
    start: String,
    /// First second after it.
    end: String,
    /// Whether the whole bucket lies before `as_of`, so that nothing is added to it any more.
    complete: bool,
    #[serde(flatten)]
    figures: Revenue,
}

/// Figures as DefiLlama names them. `fees = supply_side + revenue` and `revenue = holders + treasury`, to the micro-dollar.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revenue {
    /// First and last slot with events of the program whose block time lies in the range; null if there is none.
    slots: Option<SlotRange>,
    /// All that consumers paid for work: settled by conversions, in kind or in dollars. Deposits are not revenue.
    fees: UsdAmount,
    /// Of it what providers earned: dollars, or tokens valued at each conversion's mint price.
    supply_side: UsdAmount,
    /// `fees - supply_side`: what the protocol kept.
    revenue: UsdAmount,
    /// Of it the token holders': burned and never minted back, before rebates; on the stable rail the part of the take that buys tokens back to burn them.
    holders: UsdAmount,
    /// Of it the treasury's part of the stable rail's take; zero on the token rail.
    treasury: UsdAmount,
    /// Quality rebates minted to providers out of the holders' share of epochs past.
    rebated: UsdAmount,
    /// Compute tokens moved.
    tokens: TokenFlows,
    /// Dollars of the stablecoin moved.
    dollars: DollarFlows,
    /// How often things happened.
    counts: Counts,
}

/// First and last slot.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SlotRange {
    /// First.
    first: u64,
    /// Last.
    last: u64,
}

/// Dollars moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct DollarFlows {
    /// Deposited into escrows of the stable rail.
    deposited: UsdAmount,
    /// Due back to consumers out of them.
    refunded: UsdAmount,
    /// Due to providers for jobs cancelled after they had accepted.
    cancel_fees: UsdAmount,
    /// Paid for the tokens that buybacks burned: what these were worth to their sellers. It spends
    /// holders' revenue of before and is none again.
    bought_back: UsdAmount,
}

/// Compute tokens moved. `burned` is the sum of the four that follow it, `minted = claimed + rebated`.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenFlows {
    /// Burned by the program.
    burned: TokenAmount,
    /// Burned by converting work.
    burned_by_conversions: TokenAmount,
    /// Burned as the take of work paid in kind.
    burned_in_kind: TokenAmount,
    /// Burned out of slashed bonds.
    burned_by_slashing: TokenAmount,
    /// Bought with dollars of the stable rail's take, and burned.
    burned_by_buybacks: TokenAmount,
    /// The protocol's take, part of what conversions burned.
    take: TokenAmount,
    /// Earned by providers: what they may mint.
    earned: TokenAmount,
    /// Paid to providers in kind, out of escrows.
    paid_in_kind: TokenAmount,
    /// Minted to providers.
    minted: TokenAmount,
    /// Of it claimed earnings.
    claimed: TokenAmount,
    /// Of it quality rebates.
    rebated: TokenAmount,
    /// Taken from bonds of providers that failed and of meters whose words were overturned.
    slashed: TokenAmount,
    /// Of it due to those harmed and to reporters.
    compensated: TokenAmount,
    /// Due to providers for jobs cancelled after they had accepted.
    cancel_fees: TokenAmount,
    /// Deposited into escrows.
    deposited: TokenAmount,
    /// Due back to consumers out of escrows.
    refunded: TokenAmount,
}

/// How often things happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Conversions, in kind included.
    conversions: u64,
    /// Receipts accepted.
    receipts: u64,
    /// Compute units that they added, summed whatever their kind.
    #[schema(pattern = "^[0-9]+$")]
    units: String,
    /// Jobs opened.
    jobs_opened: u64,
    /// Jobs accepted.
    jobs_accepted: u64,
    /// Jobs settled to their end.
    jobs_closed: u64,
    /// Jobs whose provider failed.
    jobs_failed: u64,
    /// Jobs that ended before they started, without fault.
    jobs_cancelled: u64,
}

/// Revenue by hour, day or month
///
/// Fees, supply side, protocol revenue, holders' and treasury's share in USD at the prices of each
/// conversion, and the tokens burned and minted. Every bucket of the range is there, zeros included.
#[utoipa::path(get, path = "/v1/revenue", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Answer<RevenueSeries>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn revenue(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Answer<RevenueSeries>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let (starts, end) = range(&wanted, view.as_of)?;
    let provider = match wanted.provider {
        None => None,
        Some(id) => Some(super::provider(&mut view, &id.0).await?.provider),
    };
    let rows = view.revenue(&starts, end, provider.as_deref(), wanted.rail.map(Rail::name)).await?;
    let slots = view.revenue_slots(&starts, end).await?;
    let range = Range { interval: wanted.interval, rail: wanted.rail, starts, end };
    let data = series(&view, &range, provider, rows, &slots);
    Ok(view.answer(data))
}

/// Starts of the buckets asked for, and where the last one ends.
fn range(wanted: &Wanted, as_of: i64) -> Result<(Vec<i64>, i64)> {
    let refused = |detail: String| Problem::new(Kind::InvalidParameter, detail);
    // Buckets before the last one; months are counted, for they differ in length.
    let before = match wanted.interval {
        Interval::Hour => 23,
        Interval::Day => 29,
        Interval::Month => 11,
    };
    let to = wanted.to.map_or(as_of.saturating_add(1), |to| to.0);
    let first = || wanted.interval.back(wanted.interval.floor(to.saturating_sub(1))?, before);
    let from = wanted.from.map(|from| from.0).or_else(first).unwrap_or(to);
    if from >= to {
        let (from, to) = (rfc3339(from), rfc3339(to));
        return Err(refused(format!(
            "from: {from} does not lie before the series' end, {to}; exchange or widen them."
        )));
    }
    let starts = wanted.interval.buckets(from, to, MOST_BUCKETS).ok_or_else(|| {
        let detail =
            "from: the range has more than 1000 buckets; ask for a shorter one or a longer interval.";
        refused(detail.to_owned())
    })?;
    let end = starts.last().and_then(|last| wanted.interval.next(*last)).unwrap_or(to);
    Ok((starts, end))
}

/// The buckets of a series.
struct Range {
    interval: Interval,
    /// The rail asked for.
    rail: Option<Rail>,
    /// Their first seconds.
    starts: Vec<i64>,
    /// Where the last one ends.
    end: i64,
}

fn series(
    view: &View,
    range: &Range,
    provider: Option<String>,
    rows: Vec<Sums>,
    slots: &[Slots],
) -> RevenueSeries {
    let Range { interval, rail, starts, end } = range;
    let mut total = Sums::default();
    let rails = Rail::ALL.into_iter().filter(|one| rail.is_none_or(|rail| rail == *one));
    let mut by_rail: Vec<(Rail, Sums)> = rails.map(|rail| (rail, Sums::default())).collect();
    let mut sums = vec![Sums::default(); starts.len()];
    for row in rows {
        add(&mut total, &row);
        if let Some((_, sums)) = by_rail.iter_mut().find(|(rail, _)| rail.name() == row.rail) {
            add(sums, &row);
        }
        let place = usize::try_from(row.bucket).ok().and_then(|number| number.checked_sub(1));
        if let Some(slot) = place.and_then(|place| sums.get_mut(place)) {
            add(slot, &row);
        }
    }
    let within = |bucket: usize| {
        let bucket = i32::try_from(bucket).unwrap_or(i32::MAX).saturating_add(1);
        let found = slots.iter().find(|slots| slots.bucket == bucket);
        found.map(|slots| SlotRange { first: count(slots.first), last: count(slots.last) })
    };
    let whole = slots.first().zip(slots.last());
    let whole = whole.map(|(first, last)| SlotRange { first: count(first.first), last: count(last.last) });
    let ends = starts.iter().skip(1).chain([end]);
    let buckets =
        starts.iter().zip(ends).zip(&sums).enumerate().map(|(place, ((start, end), sums))| RevenueBucket {
            start: rfc3339(*start),
            end: rfc3339(*end),
            complete: *end <= view.as_of,
            figures: figures(sums, within(place), view.units),
        });
    let of_rail = |rail, sums| RailRevenue { rail, figures: figures(sums, whole, view.units) };
    RevenueSeries {
        definition: DEFINITION,
        interval: *interval,
        from: rfc3339(starts.first().copied().unwrap_or(*end)),
        to: rfc3339(*end),
        provider,
        rail: *rail,
        by_rail: by_rail.iter().map(|(rail, sums)| of_rail(*rail, sums)).collect(),
        buckets: buckets.collect(),
        total: figures(&total, whole, view.units),
    }
}

/// Adds a bucket to the total. Sums of what 64-bit amounts moved stay far below 128 bits.
fn add(total: &mut Sums, row: &Sums) {
    macro_rules! sum {
        ($($amount:ident),*; $($count:ident),*) => {
            $(total.$amount = Whole(total.$amount.0.saturating_add(row.$amount.0));)*
            $(total.$count = total.$count.saturating_add(row.$count);)*
        };
    }
    sum!(fees_usd, supply_side_usd, holders_usd, treasury_usd, rebated_usd, burned, burned_converted,
        burned_in_kind, burned_slashed, take, earned, paid_in_kind, minted, claimed, rebated, slashed,
        compensated, cancel_fees, deposited, refunded, units, burned_buyback, buyback_usd, dollars_deposited,
        dollars_refunded, dollars_cancel_fees;
        conversions, receipts, jobs_opened, jobs_accepted, jobs_closed, jobs_failed, jobs_cancelled);
}

fn figures(sums: &Sums, slots: Option<SlotRange>, units: Units) -> Revenue {
    Revenue {
        slots,
        fees: usd(sums.fees_usd),
        supply_side: usd(sums.supply_side_usd),
        revenue: usd(sums.fees_usd.0.saturating_sub(sums.supply_side_usd.0)),
        holders: usd(sums.holders_usd),
        treasury: usd(sums.treasury_usd),
        rebated: usd(sums.rebated_usd),
        tokens: TokenFlows {
            burned: units.tokens(sums.burned),
            burned_by_conversions: units.tokens(sums.burned_converted),
            burned_in_kind: units.tokens(sums.burned_in_kind),
            burned_by_slashing: units.tokens(sums.burned_slashed),
            burned_by_buybacks: units.tokens(sums.burned_buyback),
            take: units.tokens(sums.take),
            earned: units.tokens(sums.earned),
            paid_in_kind: units.tokens(sums.paid_in_kind),
            minted: units.tokens(sums.minted),
            claimed: units.tokens(sums.claimed),
            rebated: units.tokens(sums.rebated),
            slashed: units.tokens(sums.slashed),
            compensated: units.tokens(sums.compensated),
            cancel_fees: units.tokens(sums.cancel_fees),
            deposited: units.tokens(sums.deposited),
            refunded: units.tokens(sums.refunded),
        },
        dollars: DollarFlows {
            deposited: usd(sums.dollars_deposited),
            refunded: usd(sums.dollars_refunded),
            cancel_fees: usd(sums.dollars_cancel_fees),
            bought_back: usd(sums.buyback_usd),
        },
        counts: Counts {
            conversions: count(sums.conversions),
            receipts: count(sums.receipts),
            units: sums.units.0.to_string(),
            jobs_opened: count(sums.jobs_opened),
            jobs_accepted: count(sums.jobs_accepted),
            jobs_closed: count(sums.jobs_closed),
            jobs_failed: count(sums.jobs_failed),
            jobs_cancelled: count(sums.jobs_cancelled),
        },
    }
}
