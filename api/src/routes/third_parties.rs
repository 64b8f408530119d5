//! Meters and arbiters: third parties that vouch with a bond.

use super::count;
use crate::answer::Page;
use crate::db::third_parties::ThirdParty;
use crate::error::Result;
use crate::extract::Query;
use crate::moment::rfc3339;
use crate::pagination::Wanted;
use crate::state::App;
use crate::units::{TokenAmount, Units};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What a third party has staked: `total = free + locked + unbonding`, unless more is locked than there is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Vouched {
    /// All of it.
    total: TokenAmount,
    /// What can back further cases or rulings.
    free: TokenAmount,
    /// What open cases or rulings hold; a meter's cases share it, so that it may be more than there is.
    locked: TokenAmount,
    /// What was asked back.
    unbonding: TokenAmount,
    /// When that can be withdrawn; null if nothing was.
    unbonding_at: Option<String>,
}

/// A third party that signs receipts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meter {
    /// Its account.
    meter: String,
    /// The key that signs receipts.
    key: String,
    /// Wallet that stakes for it.
    authority: String,
    /// Its number, from 0.
    number: u64,
    /// When it registered.
    registered_at: String,
    /// Its stake.
    stake: Vouched,
    /// Cases decided on its words.
    upheld: u64,
    /// Cases in which better words of its own contradicted it.
    overturned: u64,
    /// Events that changed it.
    events: u64,
}

/// A third party that rules on disputes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Arbiter {
    /// Its account.
    arbiter: String,
    /// Wallet that rules, stakes and is paid.
    wallet: String,
    /// Its number, from 0.
    number: u64,
    /// When it registered.
    registered_at: String,
    /// Its stake.
    stake: Vouched,
    /// Rulings that it gave.
    rulings: u64,
    /// Events that changed it.
    events: u64,
}

fn vouched(row: &ThirdParty, units: Units) -> Vouched {
    Vouched {
        total: units.tokens(row.stake),
        free: units.tokens(row.stake.0.saturating_sub(row.unbonding.0).saturating_sub(row.locked.0).max(0)),
        locked: units.tokens(row.locked),
        unbonding: units.tokens(row.unbonding),
        unbonding_at: row.unbonding_at.map(rfc3339),
    }
}

/// A page of those of a role.
async fn listed<T>(
    app: &App,
    wanted: Wanted,
    role: &'static str,
    shown: fn(ThirdParty, Units) -> T,
) -> Result<Page<T>> {
    let name = format!("{role} {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    let mut rows = view.third_parties(role, after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.number);
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| shown(row, units)).collect(), next))
}

/// Meters
///
/// Third parties that sign receipts, in order of registration, with stake and record.
#[utoipa::path(get, path = "/v1/meters", tag = "consumers", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<Meter>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn meters(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<Meter>> {
    let shown = |row: ThirdParty, units| Meter {
        stake: vouched(&row, units),
        meter: row.entity,
        key: row.key.unwrap_or_default(),
        authority: row.wallet,
        number: count(row.number),
        registered_at: rfc3339(row.registered_at),
        upheld: count(row.upheld),
        overturned: count(row.overturned),
        events: count(row.sequence),
    };
    listed(&app, wanted, "meter", shown).await
}

/// Arbiters
///
/// Third parties that rule on the last step of a dispute, in order of registration, with their stake.
#[utoipa::path(get, path = "/v1/arbiters", tag = "consumers", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<Arbiter>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn arbiters(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<Arbiter>> {
    let shown = |row: ThirdParty, units| Arbiter {
        stake: vouched(&row, units),
        arbiter: row.entity,
        wallet: row.wallet,
        number: count(row.number),
        registered_at: rfc3339(row.registered_at),
        rulings: count(row.rulings),
        events: count(row.sequence),
    };
    listed(&app, wanted, "arbiter", shown).await
}
