//! Tokens burned and minted, one by one: by what, for whom, and what was paid for them.

use super::{During, count};
use crate::answer::Page;
use crate::db::flows::{Flow, Moved, Rebate as RebateRow};
use crate::error::Result;
use crate::extract::Query;
use crate::moment::rfc3339;
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Tokens that an event burned.
#[derive(Debug, Serialize, ToSchema)]
pub struct Burn {
    /// When.
    at: String,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// Tokens burned.
    amount: TokenAmount,
    /// Why: conversion (work settled), in_kind (the take of work paid in kind), slashing (a penalty) or buyback.
    #[schema(example = "conversion")]
    source: &'static str,
    /// What was paid with them or for them: the work that a conversion settled, of a payment in kind the protocol's
    /// part of it, the dollars that a buyback gave. Null for a penalty, which has no price.
    paid: Option<UsdAmount>,
    /// The event.
    #[schema(example = "Converted")]
    event: String,
    /// The job; null for a buyback.
    job: Option<String>,
    /// The provider whose work or bond it was; null for a buyback and for a meter's bond.
    provider: Option<String>,
}

/// Tokens that an event minted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mint {
    /// When.
    at: String,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// Tokens minted.
    amount: TokenAmount,
    /// claim (what the provider had earned) or rebate (its part of an epoch's pool).
    #[schema(example = "claim")]
    kind: &'static str,
    /// The provider.
    provider: Option<String>,
    /// The wallet that was paid.
    wallet: Option<String>,
    /// The epoch of a rebate; null for a claim.
    epoch: Option<String>,
}

/// A quality rebate: a provider's part of what an epoch took, minted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rebate {
    /// When.
    at: String,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// The epoch.
    epoch: u64,
    /// The provider's account.
    provider: String,
    /// The wallet that was paid.
    wallet: String,
    /// What the epoch's rebates may mint together.
    pool: TokenAmount,
    /// Tokens minted.
    amount: TokenAmount,
    /// The same at the prices at which the epoch took it, rounded down.
    usd: UsdAmount,
}

/// Burns
///
/// Every burn of compute tokens by the program in order of the chain, with what was paid for it. Their sum is
/// `tokens.burned` of `/v1/revenue` over the same time. What strangers burn of their own is in `/v1/supply` alone.
#[utoipa::path(get, path = "/v1/burns", tag = "analysts", params(During),
    responses((status = 200, description = "The answer", body = Page<Burn>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn burns(State(app): State<App>, Query(during): Query<During>) -> Result<Page<Burn>> {
    page(&app, &during, Flow::Burned, burn).await
}

/// Mints
///
/// Every mint of compute tokens by the program in order of the chain. Their sum is `tokens.minted` of `/v1/revenue`
/// over the same time.
#[utoipa::path(get, path = "/v1/mints", tag = "analysts", params(During),
    responses((status = 200, description = "The answer", body = Page<Mint>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn mints(State(app): State<App>, Query(during): Query<During>) -> Result<Page<Mint>> {
    page(&app, &during, Flow::Minted, mint).await
}

/// Rebates
///
/// Every quality rebate in order of the chain. Their sum is `rebated` of `/v1/revenue` over the same time.
#[utoipa::path(get, path = "/v1/rebates", tag = "analysts", params(During),
    responses((status = 200, description = "The answer", body = Page<Rebate>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn rebates(State(app): State<App>, Query(during): Query<During>) -> Result<Page<Rebate>> {
    let name = during.cursor_name("rebates");
    let after = app.cursors.after(&name, during.cursor.as_ref())?;
    let mut view = app.database.view(during.commitment).await?;
    let mut rows = view.rebates(&during.range()?, after, during.order, during.limit).await?;
    let next = during.limit.cut(&mut rows, |row| row.place.clone());
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| rebate(row, units)).collect(), next))
}

async fn page<T>(app: &App, during: &During, flow: Flow, shown: fn(Moved, Units) -> T) -> Result<Page<T>> {
    let name = during.cursor_name(flow.account());
    let after = app.cursors.after(&name, during.cursor.as_ref())?;
    let mut view = app.database.view(during.commitment).await?;
    let mut rows = view.flows(flow, &during.range()?, after, during.order, during.limit).await?;
    let next = during.limit.cut(&mut rows, |row| row.place.clone());
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| shown(row, units)).collect(), next))
}

fn field(body: &Value, name: &str) -> Option<String> {
    body.get(name)?.as_str().map(str::to_owned)
}

fn burn(row: Moved, units: Units) -> Burn {
    let sold = || field(&row.body, "paid").and_then(|micro| micro.parse::<u64>().ok()).map(i128::from);
    let worked = row.worked.map(|micro| micro.0);
    let (source, paid) = match row.name.as_str() {
        "Converted" => ("conversion", worked),
        "JobClosed" => ("in_kind", worked),
        "BuybackFilled" => ("buyback", sold()),
        _ => ("slashing", None), // JobFailed, CaseUpheld, CaseAnswered, ServiceCredited
    };
    Burn {
        at: rfc3339(row.at),
        slot: count(row.place.slot),
        amount: units.tokens(row.amount),
        source,
        paid: paid.map(usd),
        job: field(&row.body, "job"),
        provider: field(&row.body, "provider"),
        signature: row.place.signature,
        event: row.name,
    }
}

fn mint(row: Moved, units: Units) -> Mint {
    Mint {
        at: rfc3339(row.at),
        slot: count(row.place.slot),
        amount: units.tokens(row.amount),
        kind: if row.name == "RebateClaimed" { "rebate" } else { "claim" },
        provider: field(&row.body, "provider"),
        wallet: field(&row.body, "wallet"),
        epoch: field(&row.body, "epoch"),
        signature: row.place.signature,
    }
}

fn rebate(row: RebateRow, units: Units) -> Rebate {
    Rebate {
        at: rfc3339(row.at),
        slot: count(row.place.slot),
        signature: row.place.signature,
        epoch: count(row.epoch),
        provider: row.provider,
        wallet: row.wallet,
        pool: units.tokens(row.pool),
        amount: units.tokens(row.amount),
        usd: usd(row.usd),
    }
}
