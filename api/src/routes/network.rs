//! The network's addresses, parameters and last price, and how its tables compare with the chain.

use super::count;
use crate::answer::Answer;
use crate::error::{Problem, Result};
use crate::extract::{At, Query};
use crate::moment::rfc3339;
use crate::state::App;
use crate::units::TokenAmount;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The network.
#[derive(Debug, Serialize, ToSchema)]
pub struct Network {
    /// The program's address.
    program: String,
    /// Its `Config` account.
    config: String,
    /// Genesis hash of the cluster.
    cluster: String,
    /// Who sets parameters.
    admin: String,
    /// Who may pause besides; null for nobody.
    guardian: Option<String>,
    /// Wallet of the treasury.
    treasury: String,
    /// The compute token.
    mint: String,
    /// Its decimals.
    decimals: u32,
    /// The account that holds all stake.
    stake_vault: String,
    /// The pinned price account.
    feed: String,
    /// The feed's id.
    feed_id: String,
    /// What every receipt starts with.
    receipt_domain: String,
    /// Parameters that jobs opened now would copy, by name, in the program's units.
    parameters: BTreeMap<String, i64>,
    /// Supply when the network was initialised.
    genesis_supply: TokenAmount,
    /// When that was.
    initialized_at: String,
    /// Until when opening and accepting jobs is paused; null if it is not.
    paused_until: Option<String>,
    /// Consumers registered.
    consumers: u64,
    /// Providers registered.
    providers: u64,
    /// Meters registered.
    meters: u64,
    /// Arbiters registered.
    arbiters: u64,
    /// Changes of the configuration queued.
    changes: u64,
    /// The stablecoin; null until the stable rail opens.
    stable_mint: Option<String>,
    /// Its token program.
    stable_program: Option<String>,
    /// The vault that buybacks sell from.
    buyback_vault: Option<String>,
    /// The last price that qualified; null before the first.
    price: Option<NetworkPrice>,
}

/// A price: mantissas of `10^exponent` USD per whole token.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkPrice {
    /// As published.
    #[schema(pattern = "^[0-9]+$")]
    spot: String,
    /// Half-width of the confidence interval.
    #[schema(pattern = "^[0-9]+$")]
    confidence: String,
    /// Moving average.
    #[schema(pattern = "^[0-9]+$")]
    average: String,
    /// Decimal exponent of the three.
    exponent: i32,
    /// When it was published.
    published_at: String,
    /// Slot in which it was found to qualify.
    slot: u64,
}

/// Parameters by name, as the indexer stores them.
pub(crate) fn numbers(parameters: &serde_json::Value) -> BTreeMap<String, i64> {
    let all = parameters.as_object().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), value.as_i64()?))).collect()
}

/// The network
///
/// Addresses, parameters and the last qualifying price.
#[utoipa::path(get, path = "/v1/network", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = Answer<Network>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn network(State(app): State<App>, Query(at): Query<At>) -> Result<Answer<Network>> {
    let mut view = app.database.view(at.commitment).await?;
    let row = view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
    let price = view.price().await?.and_then(|price| {
        Some(NetworkPrice {
            spot: price.spot?.0.to_string(),
            confidence: price.confidence?.0.to_string(),
            average: price.average?.0.to_string(),
            exponent: price.exponent?,
            published_at: rfc3339(price.publish_time?),
            slot: count(price.price_slot?),
        })
    });
    let buyback_vault = view.buyback().await?.map(|buyback| buyback.vault);
    let data = Network {
        price,
        parameters: numbers(&row.parameters),
        buyback_vault,
        program: settlement_interface::ID.to_string(),
        config: row.entity,
        cluster: row.cluster,
        admin: row.admin,
        guardian: row.guardian,
        treasury: row.treasury,
        mint: row.mint,
        decimals: view.units.decimals,
        stake_vault: row.stake_vault,
        feed: row.feed,
        feed_id: row.feed_id,
        receipt_domain: row.receipt_domain,
        genesis_supply: view.units.tokens(row.genesis_supply),
        initialized_at: rfc3339(row.initialized_at),
        paused_until: row.paused_until.filter(|until| *until > view.as_of).map(rfc3339),
        consumers: count(row.consumers),
        providers: count(row.providers),
        meters: count(row.meters),
        arbiters: count(row.arbiters),
        changes: count(row.changes),
        stable_mint: row.stable_mint,
        stable_program: row.stable_program,
    };
    Ok(view.answer(data))
}

/// The last comparison of tables and chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciliation {
    /// Slot of the accounts read; null before the first comparison.
    slot: Option<u64>,
    /// Wall-clock time of reading.
    checked_at: Option<String>,
    /// Whether nothing is missing: no deficit.
    sound: bool,
    /// What was compared. A surplus is a gift or a stranger's burn and harms nobody.
    subjects: Vec<ReconciledSubject>,
}

/// One comparison.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReconciledSubject {
    /// What was compared.
    #[schema(example = "supply")]
    subject: String,
    /// What the events say, base units.
    #[schema(pattern = "^-?[0-9]+$")]
    expected: String,
    /// What the chain's accounts hold.
    #[schema(pattern = "^-?[0-9]+$")]
    found: String,
    /// `equal`, `surplus` or `deficit`.
    verdict: String,
    /// Of an account that differs from its row, whose numbers are those of its last events: which fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Tables against chain
///
/// The last time that the sums of all events were compared with the accounts on chain.
#[utoipa::path(get, path = "/v1/reconciliation", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = Answer<Reconciliation>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn reconciliation(State(app): State<App>, Query(at): Query<At>) -> Result<Answer<Reconciliation>> {
    let mut view = app.database.view(at.commitment).await?;
    let check = view.reconciled().await?;
    let rows = match &check {
        Some(check) => view.compared(check.slot).await?,
        None => Vec::new(),
    };
    let data = Reconciliation {
        slot: check.as_ref().map(|check| count(check.slot)),
        checked_at: check.as_ref().map(|check| rfc3339(check.checked_at)),
        sound: check.is_some() && rows.iter().all(|row| row.verdict != "deficit"),
        subjects: rows
            .into_iter()
            .map(|row| ReconciledSubject {
                subject: row.subject,
                expected: row.expected.0.to_string(),
                found: row.found.0.to_string(),
                verdict: row.verdict,
                detail: row.detail,
            })
            .collect(),
    };
    Ok(view.answer(data))
}
