//! What a job received and converted.

use super::known;
use crate::answer::Page;
use crate::db::conversions::{Conversion as ConversionRow, Of};
use crate::db::jobs::Receipt as ReceiptRow;
use crate::error::Result;
use crate::extract::{PathAddress, Query};
use crate::moment::rfc3339;
use crate::pagination::Wanted;
use crate::routes::during::EVER;
use crate::routes::{count, escrow_units};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A receipt that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Its number among the job's receipts, from 1.
    number: u64,
    /// When it was accepted.
    at: String,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// Key that signed it.
    meter: String,
    /// Compute units counted from the job's start.
    #[schema(pattern = "^[0-9]+$")]
    units: String,
    /// Moment up to which they were counted.
    through: String,
    /// Charged by receipts so far.
    accepted: UsdAmount,
    /// Charged and not converted, before any conversion that follows.
    outstanding: UsdAmount,
    /// Why it was not converted at once: a reason of the oracle, minimum_price, nothing or batch; null if it was.
    halt: Option<String>,
    /// What it commits to; null unless the job is verifiable.
    commitment: Option<Commitment>,
}

/// What a receipt of a verifiable job commits to: the steps of its computation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Commitment {
    /// Root over the hashes of all steps.
    root: String,
    /// How many there are.
    steps: u64,
}

/// Work turned into tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conversion {
    /// converted, in_kind at the end of a job while no price qualified, or stable: paid in dollars.
    kind: String,
    /// When.
    at: String,
    /// Slot.
    slot: u64,
    /// Transaction.
    signature: String,
    /// Settled by it: `supply_side + holders + treasury`.
    usd: UsdAmount,
    /// Of it the provider's.
    supply_side: UsdAmount,
    /// Of it the token holders'.
    holders: UsdAmount,
    /// Of it the treasury's; stable rail only.
    treasury: UsdAmount,
    /// Burned out of the escrow.
    burned: TokenAmount,
    /// The protocol's take, part of what was burned; on the stable rail dollars.
    take: TokenAmount,
    /// What the provider may mint; in kind and on the stable rail, what it is paid.
    earned: TokenAmount,
    /// Escrow after it, in its mint.
    escrow: TokenAmount,
    /// Outstanding after it.
    outstanding: UsdAmount,
    /// Epoch in which the take is booked.
    epoch: Option<u64>,
    /// Take times quality.
    #[schema(pattern = "^[0-9]+$")]
    weight: Option<String>,
    /// The provider's quality, basis points.
    quality_bps: Option<u64>,
    /// The price; null in kind and on the stable rail.
    price: Option<ConversionPrice>,
}

/// The price of a conversion: mantissas of `10^exponent` USD per whole token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionPrice {
    /// As published.
    #[schema(pattern = "^[0-9]+$")]
    spot: String,
    /// Half-width of the confidence interval.
    #[schema(pattern = "^[0-9]+$")]
    confidence: String,
    /// Moving average.
    #[schema(pattern = "^[0-9]+$")]
    average: String,
    /// What burned tokens were valued at.
    #[schema(pattern = "^[0-9]+$")]
    burn: String,
    /// What earned tokens were valued at.
    #[schema(pattern = "^[0-9]+$")]
    mint: String,
    /// Decimal exponent.
    exponent: i32,
    /// When it was published.
    published_at: String,
    /// Slot in which it was read.
    slot: u64,
}

/// A job's receipts
#[utoipa::path(get, path = "/v1/jobs/{id}/receipts", tag = "consumers",
    params(("id" = inline(crate::extract::Address), Path, description = "The job's address"), Wanted),
    responses((status = 200, description = "The answer", body = Page<Receipt>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn receipts(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Page<Receipt>> {
    let id = id.to_string();
    let name = format!("receipts {id} {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    known(&mut view, &id).await?;
    let mut rows = view.receipts(&id, after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.number);
    let next = app.cursors.next(&name, next)?;
    Ok(view.page(rows.into_iter().map(receipt).collect(), next))
}

/// A job's conversions
///
/// Each with the price that it used.
#[utoipa::path(get, path = "/v1/jobs/{id}/conversions", tag = "consumers",
    params(("id" = inline(crate::extract::Address), Path, description = "The job's address"), Wanted),
    responses((status = 200, description = "The answer", body = Page<Conversion>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn conversions(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Page<Conversion>> {
    let id = id.to_string();
    let name = format!("conversions {id} {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    known(&mut view, &id).await?;
    let mut rows = view.conversions(Of::Job(&id), &EVER, after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.place.clone());
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| conversion(row, units)).collect(), next))
}

pub(super) fn receipt(row: ReceiptRow) -> Receipt {
    Receipt {
        number: count(row.number),
        at: rfc3339(row.at),
        slot: count(row.slot),
        signature: row.signature,
        meter: row.meter,
        units: row.units.0.to_string(),
        through: rfc3339(row.through),
        accepted: usd(row.accepted),
        outstanding: usd(row.outstanding),
        halt: row.halt,
        commitment: row.root.zip(row.steps).map(|(root, steps)| Commitment { root, steps: count(steps) }),
    }
}

pub(in crate::routes) fn conversion(row: ConversionRow, units: Units) -> Conversion {
    let paid = escrow_units(&row.kind, units);
    Conversion {
        price: price(&row),
        kind: row.kind,
        at: rfc3339(row.at),
        slot: count(row.place.slot),
        signature: row.place.signature,
        usd: usd(row.usd),
        supply_side: usd(row.supply_side_usd),
        holders: usd(row.holders_usd),
        treasury: usd(row.treasury_usd),
        burned: units.tokens(row.burned),
        take: paid.tokens(row.take),
        earned: paid.tokens(row.earned),
        escrow: paid.tokens(row.escrow),
        outstanding: usd(row.outstanding),
        epoch: row.epoch.map(count),
        weight: row.weight.map(|weight| weight.0.to_string()),
        quality_bps: row.quality.map(|quality| count(i64::from(quality))),
    }
}

fn price(row: &ConversionRow) -> Option<ConversionPrice> {
    Some(ConversionPrice {
        spot: row.spot?.0.to_string(),
        confidence: row.confidence?.0.to_string(),
        average: row.average?.0.to_string(),
        burn: row.burn_price?.0.to_string(),
        mint: row.mint_price?.0.to_string(),
        exponent: row.exponent?,
        published_at: rfc3339(row.publish_time?),
        slot: count(row.price_slot?),
    })
}
