//! Providers: stake, record, reputation.

use super::count;
use super::market::{StandingOffer, offer};
use super::reputation::{Reputation, ReputationSummary, page, summaries};
use crate::answer::{Answer, Page};
use crate::db::providers::Provider as Row;
use crate::error::Result;
use crate::extract::{At, PathAddress, Query};
use crate::moment::rfc3339;
use crate::pagination::{Limit, Wanted};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct Provider {
    /// Its account.
    provider: String,
    /// Wallet that signs for it and is paid.
    authority: String,
    /// Its number, from 0.
    number: u64,
    /// When it registered.
    registered_at: String,
    /// Hash of its public description.
    metadata_hash: String,
    /// What it asks by hardware class.
    rates: Vec<Rate>,
    /// Its stake.
    stake: Stake,
    /// What it earned, minted and lost.
    earnings: Earnings,
    /// Work settled ever.
    settled: UsdAmount,
    /// Settled work, halved per 30 whole days as of `decayed_at`; makes the quality of its rebates.
    good: UsdAmount,
    /// Failed work, halved likewise.
    bad: UsdAmount,
    /// From when the next half-life of the two counts.
    decayed_at: String,
    /// Its jobs.
    jobs: ProviderJobs,
    /// Terms under which jobs are accepted in its name; null for none. It may have ended: see `until`.
    standing_offer: Option<StandingOffer>,
}

/// A rate.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Rate {
    /// Hardware class.
    hardware: u16,
    /// Micro-dollars per GPU hour.
    #[schema(pattern = "^[0-9]+$")]
    rate: String,
}

/// A provider's stake: `total = free + locked + unbonding`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stake {
    /// All of it.
    total: TokenAmount,
    /// What can secure jobs.
    free: TokenAmount,
    /// What secures jobs.
    locked: TokenAmount,
    /// What was asked back.
    unbonding: TokenAmount,
    /// When that can be withdrawn; null if nothing was.
    unbonding_at: Option<String>,
}

/// What a provider earned, minted and lost, ever.
#[derive(Debug, Serialize, ToSchema)]
pub struct Earnings {
    /// Earned by conversions.
    earned: TokenAmount,
    /// Earned and not minted yet.
    claimable: TokenAmount,
    /// Minted, rebates included; never more than was burned.
    minted: TokenAmount,
    /// Burned by conversions of its jobs.
    burned: TokenAmount,
    /// Of it the protocol's take.
    take: TokenAmount,
    /// Slashed.
    slashed: TokenAmount,
}

/// Counts of a provider's jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderJobs {
    /// Accepted ever.
    accepted: u64,
    /// Accepted and not ended.
    open: u64,
    /// Failed ever.
    failed: u64,
}

/// A provider in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedProvider {
    #[serde(flatten)]
    provider: Provider,
    /// Its reputation; the inputs are under its own path.
    reputation: ReputationSummary,
}

/// A provider with the inputs of its reputation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderDetail {
    #[serde(flatten)]
    provider: Provider,
    /// Its reputation with the newest inputs.
    reputation: Reputation,
}

/// Providers
///
/// In order of registration, with stake, record and score.
#[utoipa::path(get, path = "/v1/providers", tag = "providers", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<ListedProvider>, links(
            ("provider" = (operation_id = "provider", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_reputation" = (operation_id = "reputation", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_scores" = (operation_id = "history", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_rewards" = (operation_id = "rewards", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_earnings" = (operation_id = "earnings", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_cases" = (operation_id = "provider_cases", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_disputes" = (operation_id = "provider_disputes", parameters(("id" = "$response.body#/items/0/provider")))),
            ("its_jobs" = (operation_id = "jobs", parameters(("provider" = "$response.body#/items/0/provider")))),
            ("claim_for_it" = (operation_id = "describe_claim", parameters(("provider" = "$response.body#/items/0/provider")))),
        )), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn providers(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<ListedProvider>> {
    let name = format!("providers {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    let mut rows = view.providers(after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.number);
    let next = app.cursors.next(&name, next)?;
    let addresses: Vec<String> = rows.iter().map(|row| row.provider.clone()).collect();
    let reputations = summaries(&mut view, &addresses).await?;
    let listed = |(row, reputation)| ListedProvider { provider: shown(row, view.units), reputation };
    let items = rows.into_iter().zip(reputations).map(listed).collect();
    Ok(view.page(items, next))
}

/// One provider
///
/// With its reputation and the newest 50 of its inputs. `{id}` is the provider's account or its
/// authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}", tag = "providers",
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), At),
    responses((status = 200, description = "The answer", body = Answer<ProviderDetail>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn provider(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(at): Query<At>,
) -> Result<Answer<ProviderDetail>> {
    let mut view = app.database.view(at.commitment).await?;
    let row = super::provider(&mut view, &id).await?;
    let reputation = page(&app, &mut view, &row.provider, Limit::default(), None).await?;
    let data = ProviderDetail { provider: shown(row, view.units), reputation };
    Ok(view.answer(data))
}

fn shown(row: Row, units: Units) -> Provider {
    Provider {
        stake: stake(&row, units),
        jobs: counted(&row),
        standing_offer: offer(&row, units),
        rates: serde_json::from_value(row.rates).unwrap_or_default(),
        provider: row.provider,
        authority: row.authority,
        number: count(row.number),
        registered_at: rfc3339(row.registered_at),
        metadata_hash: row.metadata_hash,
        earnings: Earnings {
            earned: units.tokens(row.earned),
            claimable: units.tokens(row.claimable),
            minted: units.tokens(row.minted),
            burned: units.tokens(row.burned),
            take: units.tokens(row.take),
            slashed: units.tokens(row.slashed),
        },
        settled: usd(row.settled),
        good: usd(row.good),
        bad: usd(row.bad),
        decayed_at: rfc3339(row.decayed_at),
    }
}

/// A provider's stake.
pub(crate) fn stake(row: &Row, units: Units) -> Stake {
    let free = row.stake.0.saturating_sub(row.locked.0).saturating_sub(row.unbonding.0);
    Stake {
        total: units.tokens(row.stake),
        free: units.tokens(free),
        locked: units.tokens(row.locked),
        unbonding: units.tokens(row.unbonding),
        unbonding_at: row.unbonding_at.map(rfc3339),
    }
}

/// Counts of a provider's jobs.
pub(crate) fn counted(row: &Row) -> ProviderJobs {
    ProviderJobs {
        accepted: count(row.jobs_accepted),
        open: count(row.jobs_open),
        failed: count(row.jobs_failed),
    }
}
