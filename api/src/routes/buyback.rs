//! The buyback: dollars of the stable rail's take, sold for compute tokens that burn.

use super::count;
use crate::answer::{Answer, Page};
use crate::db::buyback::{Buyback as Row, Fill as FillRow};
use crate::error::{Problem, Result};
use crate::extract::{At, Query};
use crate::moment::rfc3339;
use crate::pagination::Wanted;
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::Serialize;
use settlement_interface::rules::buyback::factor_bps;
use utoipa::ToSchema;

/// The Dutch auction as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Buyback {
    /// Whether the stable rail is open; until then nothing else is known.
    open: bool,
    /// The stablecoin.
    mint: Option<String>,
    /// The vault that it sells from.
    vault: Option<String>,
    /// Rounds started ever.
    rounds: u64,
    /// Dollars that the last round sells.
    lot: UsdAmount,
    /// Of them left; none if no round is running.
    left: UsdAmount,
    /// When the last round started.
    started_at: Option<String>,
    /// Up to when its time was counted.
    ticked_at: Option<String>,
    /// Seconds of it that count: each moment at which a price qualified counts for at most an hour.
    elapsed: u64,
    /// Asking price after so much time, basis points of what the oracle says; null if no round is running.
    factor_bps: Option<u64>,
    /// Dollars in the vault.
    held: UsdAmount,
    /// Dollars due to the vault, which anyone may have paid in.
    waiting: UsdAmount,
    /// Dollars sold ever.
    sold: UsdAmount,
    /// Compute tokens burned for them.
    burned: TokenAmount,
}

/// Dollars sold for tokens that burned.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuybackFill {
    /// Number of the round, from 1.
    round: u64,
    /// When.
    at: String,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// Who bought.
    buyer: String,
    /// Token account that the dollars went to.
    destination: String,
    /// Dollars that the round sells.
    lot: UsdAmount,
    /// Dollars sold by this.
    paid: UsdAmount,
    /// Tokens burned for them, the buyer's own.
    burned: TokenAmount,
    /// Dollars left of the lot.
    left: UsdAmount,
    /// Asking price, basis points of `worth`.
    factor_bps: u64,
    /// What the oracle said a whole token is worth: a mantissa of `10^exponent` USD.
    #[schema(pattern = "^[0-9]+$")]
    worth: String,
    /// Decimal exponent of it.
    exponent: i32,
}

/// The buyback
///
/// The auction of the stable rail's take: the round that runs, and what was sold and burned ever.
#[utoipa::path(get, path = "/v1/buyback", tag = "analysts", params(At),
    responses((status = 200, description = "The answer", body = Answer<Buyback>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn buyback(State(app): State<App>, Query(at): Query<At>) -> Result<Answer<Buyback>> {
    let mut view = app.database.view(at.commitment).await?;
    let network = view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
    let row = view.buyback().await?;
    let units = view.units;
    let data = match (row, network.stable_mint) {
        (Some(row), Some(mint)) => {
            let (held, waiting) = view.buyback_dollars(&mint, &row.entity).await?;
            Buyback { held: usd(held), waiting: usd(waiting), ..shown(row, mint, units) }
        }
        _ => closed(units),
    };
    Ok(view.answer(data))
}

fn closed(units: Units) -> Buyback {
    Buyback {
        open: false,
        mint: None,
        vault: None,
        rounds: 0,
        lot: usd(0),
        left: usd(0),
        started_at: None,
        ticked_at: None,
        elapsed: 0,
        factor_bps: None,
        held: usd(0),
        waiting: usd(0),
        sold: usd(0),
        burned: units.tokens(0),
    }
}

fn shown(row: Row, mint: String, units: Units) -> Buyback {
    let runs = row.remaining.0 > 0;
    Buyback {
        open: true,
        mint: Some(mint),
        vault: Some(row.vault),
        rounds: count(row.rounds),
        lot: usd(row.lot),
        left: usd(row.remaining),
        started_at: row.started_at.map(rfc3339),
        ticked_at: row.ticked_at.map(rfc3339),
        elapsed: count(row.elapsed),
        factor_bps: runs.then(|| factor_bps(count(row.elapsed))).flatten(),
        sold: usd(row.sold),
        burned: units.tokens(row.burned),
        ..closed(units)
    }
}

/// Fills of the buyback
///
/// Each sale of dollars for compute tokens, which burned, in order of the chain.
#[utoipa::path(get, path = "/v1/buybacks", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<BuybackFill>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn buybacks(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<BuybackFill>> {
    let name = format!("buybacks {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    let mut rows = view.fills(after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.place.clone());
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| fill(row, units)).collect(), next))
}

fn fill(row: FillRow, units: Units) -> BuybackFill {
    BuybackFill {
        round: count(row.round),
        at: rfc3339(row.at),
        slot: count(row.place.slot),
        signature: row.place.signature,
        buyer: row.buyer,
        destination: row.destination,
        lot: usd(row.lot),
        paid: usd(row.paid),
        burned: units.tokens(row.burned),
        left: usd(row.remaining),
        factor_bps: count(row.factor_bps.into()),
        worth: row.worth.0.to_string(),
        exponent: row.exponent,
    }
}
