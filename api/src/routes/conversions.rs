//! Conversions of the whole network: who worked for whom, at which price.

use super::count;
use super::during::DuringOf;
use super::jobs::{Conversion, conversion};
use crate::answer::Page;
use crate::db::conversions::{Conversion as Row, Of};
use crate::error::Result;
use crate::extract::Query;
use crate::state::App;
use crate::units::Units;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A conversion with the job that it belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettledWork {
    /// The job.
    job: String,
    /// The provider's account.
    provider: String,
    /// The consumer's wallet.
    consumer: String,
    /// Whether consumer and provider are the same wallet: `self_dealt` of `/v1/revenue`.
    self_dealt: bool,
    /// Hardware class.
    hardware: u64,
    #[serde(flatten)]
    conversion: Conversion,
}

/// Conversions
///
/// Every settlement of work on either rail in order of the chain, with the price that it used. The sum of `usd` is
/// `fees` of `/v1/revenue` over the same time.
#[utoipa::path(get, path = "/v1/conversions", operation_id = "all_conversions", tag = "analysts", params(DuringOf),
    responses((status = 200, description = "The answer", body = Page<SettledWork>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn conversions(
    State(app): State<App>,
    Query(wanted): Query<DuringOf>,
) -> Result<Page<SettledWork>> {
    let (provider, during) = wanted.split();
    let mut view = app.database.view(during.commitment).await?;
    let provider = match provider {
        None => None,
        Some(id) => Some(super::provider(&mut view, &id.0).await?.provider),
    };
    let name = during.cursor_name(&format!("conversions of {}", provider.as_deref().unwrap_or("all")));
    let after = app.cursors.after(&name, during.cursor.as_ref())?;
    let of = provider.as_deref().map_or(Of::All, Of::Provider);
    let mut rows = view.conversions(of, &during.range()?, after, during.order, during.limit).await?;
    let next = during.limit.cut(&mut rows, |row| row.place.clone());
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| shown(row, units)).collect(), next))
}

fn shown(row: Row, units: Units) -> SettledWork {
    SettledWork {
        job: row.job.clone(),
        provider: row.provider.clone(),
        consumer: row.consumer.clone(),
        self_dealt: row.self_dealt,
        hardware: count(row.hardware.into()),
        conversion: conversion(row, units),
    }
}
