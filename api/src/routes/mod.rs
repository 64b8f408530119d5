//! The paths that serve figures. Each module turns rows into an answer; none of them writes SQL.

pub mod buyback;
pub mod cases;
pub mod changes;
pub mod conversions;
mod during;
pub mod earnings;
pub mod epochs;
pub mod events;
pub mod exports;
pub mod flows;
pub(crate) mod forms;
pub mod health;
pub mod jobs;
pub mod liabilities;
pub mod market;
pub mod network;
pub mod page;
pub mod pages;
pub mod prices;
pub mod providers;
pub mod reputation;
pub mod revenue;
pub mod rewards;
pub mod standing;
pub mod stream;
pub mod supply;
pub mod third_parties;

use crate::db::providers::Provider;
use crate::db::{View, Whole};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Address as NamedAddress, Commitment};
use crate::units::{Units, UsdAmount, usd};
use during::During;
use settlement_interface::Address;
use settlement_interface::math::mul_div_floor;
use tally_client::order::GPU_HOUR;

/// Writes amounts of a job's escrow: dollars on the stable rail, else compute tokens.
pub(crate) fn escrow_units(rail: &str, units: Units) -> Units {
    // A stablecoin's base units are micro-dollars; others are refused.
    if rail == "stable" { Units { decimals: 6 } } else { units }
}

/// Turns a row's count into what is served; the schema keeps counts positive.
pub(crate) fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// What was paid per GPU hour, rounded down; `None` if there was no GPU time, or if it leaves 128 bits.
fn per_gpu_hour(paid: Whole, gpu_ms: Whole) -> Option<UsdAmount> {
    let (paid, gpu_ms) = (u128::try_from(paid.0).ok()?, u128::try_from(gpu_ms.0).ok()?);
    let hourly = mul_div_floor(paid, GPU_HOUR.into(), gpu_ms)?;
    Some(usd(i128::try_from(hourly).ok()?))
}

/// The account of the provider that a request names, if it names one.
async fn provider_named(view: &mut View, id: Option<NamedAddress>) -> Result<Option<String>> {
    match id {
        None => Ok(None),
        Some(id) => Ok(Some(provider(view, &id.0).await?.provider)),
    }
}

/// The provider whose account or whose authority's wallet this is, or a 404 that says so.
async fn provider(view: &mut View, id: &Address) -> Result<Provider> {
    let known = view.provider(&id.to_string()).await?;
    known.ok_or_else(|| {
        let detail = format!(
            "No provider is known whose account or authority is {id}{}.",
            suggestion(view.commitment)
        );
        Problem::new(Kind::NotFound, detail)
    })
}

/// What to try when something is not there.
pub(crate) fn suggestion(commitment: Commitment) -> &'static str {
    match commitment {
        Commitment::Finalized => " at a finalized slot; if it is seconds old, ask with commitment=confirmed",
        Commitment::Confirmed => "",
    }
}
