//! Supply: in full, and as the bare decimals that listings ask for.
//!
//! Nothing here comes from a price: supply is a matter of tokens alone.

use super::count;
use crate::answer::{Answer, cacheable};
use crate::db::View;
use crate::db::supply::{Reconciled, Supply as Ledger};
use crate::error::Result;
use crate::extract::{At, Query};
use crate::moment::rfc3339;
use crate::state::App;
use crate::units::{TokenAmount, decimal};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// Version of what the figures mean; a changed meaning raises it.
const DEFINITION: &str = "supply/2";

/// Supply of the compute token. `total = genesis + minted - burned_here - burned_elsewhere = circulating + everything excluded`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Supply {
    /// Version of what the figures mean.
    #[schema(example = "supply/2")]
    definition: &'static str,
    /// The compute token.
    mint: String,
    /// Its decimals.
    decimals: u32,
    /// Tokens in existence: the mint's supply on chain.
    total: TokenAmount,
    /// The most there can ever be. What is minted was burned before, so it is the supply at genesis.
    max: TokenAmount,
    /// Supply when the network was initialised.
    genesis: TokenAmount,
    /// Minted since then to providers.
    minted: TokenAmount,
    /// Burned since then by the program.
    burned_here: TokenAmount,
    /// Of it burned by buybacks: bought with dollars of the stable rail's take.
    burned_by_buybacks: TokenAmount,
    /// Burned since then by holders, of their own, without the program: known as of the last reconciliation.
    burned_elsewhere: TokenAmount,
    /// Total less everything excluded.
    circulating: TokenAmount,
    /// What does not circulate, each with its amount and why.
    excluded: Vec<Exclusion>,
    /// What providers have earned and may mint at any time. Not part of any supply until they do.
    claimable_not_minted: TokenAmount,
    /// The last comparison with the chain's accounts; null before the first.
    reconciled: Option<SupplyCheck>,
}

/// Tokens that do not circulate.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exclusion {
    /// What they are.
    #[schema(example = "escrow")]
    name: &'static str,
    /// How many.
    amount: TokenAmount,
    /// Why they do not circulate.
    reason: &'static str,
}

/// What the chain said of the supply, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupplyCheck {
    /// Slot of the accounts read.
    slot: u64,
    /// Wall-clock time of reading.
    checked_at: String,
    /// The mint's supply in that slot.
    supply: TokenAmount,
}

/// The sums that the answers are made of, base units.
struct Sums {
    ledger: Ledger,
    reconciled: Option<Reconciled>,
    total: i128,
    minted: i128,
    burned: i128,
    circulating: i128,
    treasury: i128,
    burned_elsewhere: i128,
}

impl Sums {
    async fn read(view: &mut View) -> Result<Self> {
        let ledger = view.supply().await?;
        let reconciled = view.reconciled().await?;
        let (elsewhere, wallet) =
            reconciled.as_ref().map_or((0, 0), |r| (r.burned_elsewhere.0, r.treasury.0));
        // What is minted is a source of the ledger: its account is negative.
        let (minted, burned) = (ledger.of("minted").saturating_neg(), ledger.of("burned"));
        let total = ledger.genesis.0.saturating_add(minted).saturating_sub(burned).saturating_sub(elsewhere);
        // The ledger cannot see what strangers burn, nor which of the circulating tokens the
        // treasury's wallet holds; the last reconciliation can.
        let circulating = ledger.of("circulating").saturating_sub(elsewhere).saturating_sub(wallet);
        let treasury = ledger.of("treasury").saturating_add(wallet);
        Ok(Self {
            ledger,
            reconciled,
            total,
            minted,
            burned,
            circulating,
            treasury,
            burned_elsewhere: elsewhere,
        })
    }
}

/// Supply with every exclusion named
///
/// Which tokens exist, which of them circulate, and what each of the others is.
#[utoipa::path(get, path = "/v1/supply", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = Answer<Supply>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn supply(State(app): State<App>, Query(at): Query<At>) -> Result<Answer<Supply>> {
    let mut view = app.database.view(at.commitment).await?;
    let sums = Sums::read(&mut view).await?;
    let burned_by_buybacks = view.buyback().await?.map_or(0, |buyback| buyback.burned.0);
    let units = view.units;
    let excluded = |name, amount, reason| Exclusion { name, amount: units.tokens(amount), reason };
    let ledger = &sums.ledger;
    let data = Supply {
        definition: DEFINITION,
        mint: ledger.mint.clone(),
        decimals: units.decimals,
        total: units.tokens(sums.total),
        max: units.tokens(ledger.genesis),
        genesis: units.tokens(ledger.genesis),
        minted: units.tokens(sums.minted),
        burned_here: units.tokens(sums.burned),
        burned_by_buybacks: units.tokens(burned_by_buybacks),
        burned_elsewhere: units.tokens(sums.burned_elsewhere),
        circulating: units.tokens(sums.circulating),
        excluded: vec![
            excluded("escrow", ledger.of("escrow"), "Paid in for jobs: burned as work settles, or refunded."),
            excluded(
                "dues",
                ledger.of("dues").saturating_add(ledger.of("stake_dues")),
                "Owed by jobs to a party that has not withdrawn it yet.",
            ),
            excluded("stake_free", ledger.of("stake"), "Providers' stake that secures no job at the moment."),
            excluded("stake_locked", ledger.of("locked"), "Bonds of jobs accepted and not ended."),
            excluded(
                "stake_unbonding",
                ledger.of("unbonding"),
                "Stake asked back, still slashable until its time has passed.",
            ),
            excluded("treasury", sums.treasury, "Held by the treasury's wallet or on its behalf."),
            excluded(
                "third_parties",
                ledger.of("vouched").saturating_add(ledger.of("vouched_unbonding")),
                "Stake of meters and arbiters.",
            ),
            excluded(
                "case_bonds",
                ["case_bond", "dispute_bond", "case_dues"].iter().map(|account| ledger.of(account)).sum(),
                "Bonds of those who reported an outage or opened a dispute, and what cases and disputes owe.",
            ),
        ],
        claimable_not_minted: units.tokens(ledger.of("unclaimed")),
        reconciled: sums.reconciled.as_ref().map(|check| SupplyCheck {
            slot: count(check.slot),
            checked_at: rfc3339(check.checked_at),
            supply: units.tokens(check.supply),
        }),
    };
    Ok(view.answer(data))
}

/// Which of the bare decimals.
#[derive(Clone, Copy)]
enum Bare {
    Total,
    Circulating,
    Max,
}

async fn bare(app: &App, at: At, which: Bare) -> Result<Response> {
    let mut view = app.database.view(at.commitment).await?;
    let sums = Sums::read(&mut view).await?;
    let amount = match which {
        Bare::Total => sums.total,
        Bare::Circulating => sums.circulating,
        Bare::Max => sums.ledger.genesis.0,
    };
    let text = decimal(amount, view.units.decimals);
    let source = view.source();
    let mut response = cacheable(text.into_bytes(), "text/plain; charset=utf-8", &source);
    let headers = response.headers_mut();
    headers.insert("x-tally-slot", HeaderValue::from(source.slot));
    headers.insert("x-tally-commitment", HeaderValue::from_static(at.commitment.name()));
    Ok(response)
}

/// Total supply as a bare decimal
///
/// Whole tokens with their decimals, nothing else; slot and commitment are in the headers
/// `X-Tally-Slot` and `X-Tally-Commitment`.
#[utoipa::path(get, path = "/v1/supply/total", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = String, content_type = "text/plain", example = "999999.5"), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn total(State(app): State<App>, Query(at): Query<At>) -> Result<Response> {
    bare(&app, at, Bare::Total).await
}

/// Circulating supply as a bare decimal
///
/// Total less escrow, dues, stake and treasury, as `/v1/supply` names them; otherwise as `/v1/supply/total`.
#[utoipa::path(get, path = "/v1/supply/circulating", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = String, content_type = "text/plain", example = "420000"), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn circulating(State(app): State<App>, Query(at): Query<At>) -> Result<Response> {
    bare(&app, at, Bare::Circulating).await
}

/// Maximum supply as a bare decimal
///
/// The supply at genesis: minting never exceeds what was burned before, so the total never grows
/// above it; otherwise as `/v1/supply/total`.
#[utoipa::path(get, path = "/v1/supply/max", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = String, content_type = "text/plain", example = "1000000"), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn max(State(app): State<App>, Query(at): Query<At>) -> Result<Response> {
    bare(&app, at, Bare::Max).await
}
