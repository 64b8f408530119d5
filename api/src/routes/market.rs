//! What is on the market: auctions with their bids, standing offers, and what work was paid.

use super::count;
use crate::answer::Answer;
use crate::db::View;
use crate::db::jobs::{Filter, Job};
use crate::db::market::{Bid as BidRow, Paid};
use crate::db::providers::Provider;
use crate::error::Result;
use crate::extract::{At, Query};
use crate::moment::rfc3339;
use crate::pagination::{Limit, Order};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::Address;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Seconds before `as_of` whose settled work makes the prices.
const PRICED: i64 = 30 * 86_400;

/// The market.
#[derive(Debug, Serialize, ToSchema)]
pub struct Market {
    /// The newest 50 jobs in an auction; all of them under `/v1/jobs?state=open`.
    auctions: Vec<Auction>,
    /// Up to 50 standing offers that hold now, by registration of the provider.
    standing_offers: Vec<ProviderOffer>,
    /// What work settled in the 30 days before `as_of` was paid, by hardware class and rail.
    prices: Vec<HardwarePrice>,
}

/// A job in an auction.
#[derive(Debug, Serialize, ToSchema)]
pub struct Auction {
    /// The job.
    job: String,
    /// The consumer's wallet.
    consumer: String,
    /// token or stable.
    rail: String,
    /// Mint of the escrow.
    mint: String,
    /// Hardware class.
    hardware: u64,
    /// Most that the work may cost.
    budget: UsdAmount,
    /// Highest rate that can be bid, for one `unit`.
    ceiling_rate: UsdAmount,
    /// Compute units that a rate pays for.
    #[schema(pattern = "^[0-9]+$")]
    unit: String,
    /// Compute units that may be counted per second.
    #[schema(pattern = "^[0-9]+$")]
    unit_cap: String,
    /// In escrow, in the escrow's mint.
    escrow: TokenAmount,
    /// End of bidding.
    bid_end: String,
    /// Last moment to accept a bid.
    offer_by: String,
    /// Last moment to start without penalty.
    start_by: String,
    /// End of the job.
    end_by: String,
    /// Whether anyone may have the best bid accepted once bidding has ended.
    open_acceptance: bool,
    /// The best bid; null if there is none.
    best_bid: Option<String>,
    /// Its rate.
    best_rate: Option<UsdAmount>,
    /// Every bid, by number. Of all auctions of the answer together at most 1,000, by address of the job.
    bids: Vec<Bid>,
}

/// A bid for a job in an auction.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bid {
    /// Its account.
    bid: String,
    /// The job.
    job: String,
    /// The provider that bids.
    provider: String,
    /// Its number among the job's bids, from 0.
    number: u64,
    /// The last rate that it bid, for one `unit` of the job.
    rate: UsdAmount,
    /// Locked of the provider's stake for it; once accepted it is the job's.
    bond: TokenAmount,
    /// The job's escrow when it was placed, in the escrow's mint.
    escrow: TokenAmount,
    /// standing, withdrawn or accepted.
    #[schema(example = "standing")]
    state: String,
    /// Whether it is the best of the job's bids.
    leads: bool,
    /// When it was last placed.
    placed_at: String,
    /// When its account was closed; null before.
    closed_at: Option<String>,
    /// Who paid its rent and gets it back.
    rent_payer: String,
}

/// A provider's standing offer: jobs that fit it are accepted in its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingOffer {
    /// Hardware class.
    hardware: u16,
    /// Least rate, for 3,600,000 compute units: an hour of one GPU.
    floor_rate: UsdAmount,
    /// Smallest budget.
    min_budget: UsdAmount,
    /// Largest budget.
    max_budget: UsdAmount,
    /// Largest unit cap, compute units per second.
    #[schema(pattern = "^[0-9]+$")]
    max_unit_cap: String,
    /// Largest bond that one job may lock.
    max_bond: TokenAmount,
    /// Least seconds between acceptance and `start_by`.
    min_lead: i64,
    /// Most seconds between acceptance and `end_by`.
    max_duration: i64,
    /// Until when it holds.
    until: String,
    /// Most jobs that the provider has open at once.
    max_jobs: u32,
    /// Largest promised share of the unit cap, basis points.
    max_sla_bps: u16,
    /// Least worth of the escrow as a share of the budget, basis points.
    min_cover_bps: u16,
    /// Rails that it takes.
    rails: Vec<String>,
    /// The registered meter whose receipts it takes; null for session keys only.
    meter: Option<String>,
    /// Hash of the panel of verifiable jobs that it takes; null for jobs that are not verifiable only.
    panel: Option<String>,
    /// Hash of the network's parameters that it agrees to.
    parameters: String,
}

/// A standing offer with its provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderOffer {
    /// The provider's account.
    provider: String,
    /// Wallet that signs for it.
    authority: String,
    /// Jobs that it has open.
    open_jobs: u64,
    #[serde(flatten)]
    offer: StandingOffer,
}

/// What settled work of a hardware class was paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct HardwarePrice {
    /// Hardware class.
    hardware: u64,
    /// token or stable.
    rail: String,
    /// Jobs with work settled.
    jobs: u64,
    /// GPU milliseconds that `settled` paid at each job's rate.
    #[schema(pattern = "^[0-9]+$")]
    gpu_ms: String,
    /// Settled.
    settled: UsdAmount,
    /// `floor(settled * 3600000 / gpu_ms)`; null if less than a millisecond was paid.
    usd_per_gpu_hour: Option<UsdAmount>,
}

/// The market
///
/// Auctions with their bids, standing offers, and US dollars per GPU hour by hardware class, from work that
/// was settled by jobs that count GPU milliseconds.
#[utoipa::path(get, path = "/v1/market", tag = "consumers", params(At),
    responses((status = 200, description = "The answer", body = Answer<Market>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn market(State(app): State<App>, Query(at): Query<At>) -> Result<Answer<Market>> {
    let mut view = app.database.view(at.commitment).await?;
    let filter = Filter { state: Some("open"), ..Filter::default() };
    let mut jobs = view.jobs(&filter, None, Order::Desc, Limit::default()).await?;
    Limit::default().cut(&mut jobs, |_| ());
    let mut bids: BTreeMap<String, Vec<BidRow>> = BTreeMap::new();
    let addresses: Vec<String> = jobs.iter().map(|job| job.job.clone()).collect();
    for bid in view.bids(&addresses).await? {
        bids.entry(bid.job.clone()).or_default().push(bid);
    }
    let units = view.units;
    let auctions = jobs.into_iter().map(|job| {
        let bids = bids.remove(&job.job).unwrap_or_default();
        auction(job, bids, units)
    });
    let auctions = auctions.collect();
    let mut offering = view.that_offer(Limit::default()).await?;
    Limit::default().cut(&mut offering, |_| ());
    let standing_offers = offering.into_iter().filter_map(|provider| with_provider(provider, units));
    let standing_offers = standing_offers.collect();
    let prices = prices(&mut view).await?;
    Ok(view.answer(Market { auctions, standing_offers, prices }))
}

fn auction(job: Job, bids: Vec<BidRow>, units: Units) -> Auction {
    Auction {
        bids: shown(bids, &job, units),
        escrow: super::escrow_units(&job.rail, units).tokens(job.escrow),
        hardware: count(i64::from(job.hardware)),
        budget: usd(job.budget),
        ceiling_rate: usd(job.rate),
        unit: job.unit.0.to_string(),
        unit_cap: job.unit_cap.0.to_string(),
        bid_end: rfc3339(job.bid_end.unwrap_or(0)),
        offer_by: rfc3339(job.offer_by),
        start_by: rfc3339(job.start_by),
        end_by: rfc3339(job.end_by),
        open_acceptance: job.open_acceptance,
        best_rate: job.best_bid.is_some().then(|| usd(job.best_rate)),
        best_bid: job.best_bid,
        job: job.job,
        consumer: job.consumer_wallet,
        rail: job.rail,
        mint: job.mint,
    }
}

/// A job's bids as they are shown.
pub(super) fn shown(bids: Vec<BidRow>, job: &Job, units: Units) -> Vec<Bid> {
    let escrow = super::escrow_units(&job.rail, units);
    let one = |bid: BidRow| Bid {
        leads: job.best_bid.as_ref() == Some(&bid.bid),
        bid: bid.bid,
        job: bid.job,
        provider: bid.provider,
        number: count(bid.number),
        rate: usd(bid.rate),
        bond: units.tokens(bid.bond),
        escrow: escrow.tokens(bid.escrow),
        state: bid.state,
        placed_at: rfc3339(bid.placed_at),
        closed_at: bid.closed_at.map(rfc3339),
        rent_payer: bid.rent_payer,
    };
    bids.into_iter().map(one).collect()
}

/// A standing offer as the indexer stores it.
#[derive(Deserialize)]
struct Stored {
    meter: String,
    panel: String,
    parameters: String,
    floor_rate: String,
    min_budget: String,
    max_budget: String,
    max_unit_cap: String,
    max_bond: String,
    min_lead: i64,
    max_duration: i64,
    until: i64,
    max_jobs: u32,
    hardware: u16,
    max_sla_bps: u16,
    min_cover_bps: u16,
    rails: Vec<String>,
}

/// A provider's standing offer; `None` if it has none.
pub(crate) fn offer(provider: &Provider, units: Units) -> Option<StandingOffer> {
    let stored: Stored = serde_json::from_value(provider.standing_offer.clone()?).ok()?;
    let amount = |text: &str| text.parse::<i128>().unwrap_or(0);
    Some(StandingOffer {
        hardware: stored.hardware,
        floor_rate: usd(amount(&stored.floor_rate)),
        min_budget: usd(amount(&stored.min_budget)),
        max_budget: usd(amount(&stored.max_budget)),
        max_bond: units.tokens(amount(&stored.max_bond)),
        max_unit_cap: stored.max_unit_cap,
        min_lead: stored.min_lead,
        max_duration: stored.max_duration,
        until: rfc3339(stored.until),
        max_jobs: stored.max_jobs,
        max_sla_bps: stored.max_sla_bps,
        min_cover_bps: stored.min_cover_bps,
        rails: stored.rails,
        meter: Some(stored.meter).filter(|meter| *meter != Address::default().to_string()),
        panel: Some(stored.panel).filter(|panel| panel.bytes().any(|digit| digit != b'0')),
        parameters: stored.parameters,
    })
}

fn with_provider(provider: Provider, units: Units) -> Option<ProviderOffer> {
    Some(ProviderOffer {
        offer: offer(&provider, units)?,
        open_jobs: count(provider.jobs_open),
        provider: provider.provider,
        authority: provider.authority,
    })
}

async fn prices(view: &mut View) -> Result<Vec<HardwarePrice>> {
    let since = view.as_of.saturating_sub(PRICED);
    let rows = view.paid_for_work(since).await?;
    Ok(rows.into_iter().map(price).collect())
}

fn price(paid: Paid) -> HardwarePrice {
    HardwarePrice {
        hardware: count(i64::from(paid.hardware)),
        usd_per_gpu_hour: super::per_gpu_hour(paid.settled, paid.gpu_ms),
        rail: paid.rail,
        jobs: count(paid.jobs),
        gpu_ms: paid.gpu_ms.0.to_string(),
        settled: usd(paid.settled),
    }
}
