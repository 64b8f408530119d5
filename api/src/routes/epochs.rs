//! Epochs: what each one took and may give back as quality rebates.

use super::count;
use crate::answer::Page;
use crate::db::epochs::Epoch as Row;
use crate::error::Result;
use crate::extract::Query;
use crate::moment::rfc3339;
use crate::pagination::Wanted;
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// One epoch in which anything was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Epoch {
    /// Its number: `floor(start / epoch length)`.
    epoch: u64,
    /// Its account.
    account: String,
    /// First second.
    starts_at: String,
    /// First second after it.
    ends_at: String,
    /// Whether it is over, so that its rebates can be claimed.
    ended: bool,
    /// The protocol's take of all conversions in it.
    take: TokenAmount,
    /// What that take was worth at each conversion's burn price.
    take_usd: UsdAmount,
    /// Sum of take times quality; a credit's share of the pool is its own weight over this.
    #[schema(pattern = "^[0-9]+$")]
    weight: String,
    /// Share of the take that rebates may mint, basis points.
    rebate_bps: u64,
    /// What its rebates may mint together: `floor(rebate_bps * take / 10000)`.
    pool: TokenAmount,
    /// What they have minted.
    rebated: TokenAmount,
    /// Providers that have a part in it.
    credits: u64,
    /// Of them those that have claimed.
    claimed: u64,
}

/// Epochs
///
/// Each epoch in which work was converted, with its take and its pool of quality rebates.
#[utoipa::path(get, path = "/v1/epochs", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<Epoch>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn epochs(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<Epoch>> {
    let name = format!("epochs {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    let mut rows = view.epochs(after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.epoch);
    let next = app.cursors.next(&name, next)?;
    let (units, as_of) = (view.units, view.as_of);
    let items = rows.into_iter().map(|row| shown(row, units, as_of)).collect();
    Ok(view.page(items, next))
}

fn shown(row: Row, units: Units, as_of: i64) -> Epoch {
    Epoch {
        epoch: count(row.epoch),
        account: row.entity,
        starts_at: rfc3339(row.starts_at),
        ends_at: rfc3339(row.ends_at),
        ended: row.ends_at <= as_of,
        take: units.tokens(row.take),
        take_usd: usd(row.take_usd),
        weight: row.weight.0.to_string(),
        rebate_bps: count(i64::from(row.rebate_bps)),
        pool: units.tokens(row.pool),
        rebated: units.tokens(row.rebated),
        credits: count(row.credits),
        claimed: count(row.claimed),
    }
}
