//! What a provider earned: by hardware, per GPU hour, how busy it was, and what penalties took.

use super::count;
use crate::answer::Answer;
use crate::db::earnings::{Used, Worked};
use crate::error::Result;
use crate::extract::{Commitment, PathAddress, Query};
use crate::moment::{Moment, rfc3339};
use crate::state::App;
use crate::units::{TokenAmount, UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::math::mul_div_floor;
use utoipa::{IntoParams, ToSchema};

/// Seconds of the time that is taken if none is given.
const MONTH: i64 = 30 * 86_400;

/// Which time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// First moment; 30 days before the last if not given.
    #[param(inline)]
    from: Option<Moment>,
    /// First moment after; the end of what is indexed if not given.
    #[param(inline)]
    to: Option<Moment>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// What a provider earned in a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderEarnings {
    /// The provider's account.
    provider: String,
    /// First moment.
    from: String,
    /// First moment after.
    to: String,
    /// Work settled, by hardware class and rail.
    work: Vec<WorkEarnings>,
    /// All that consumers paid for it.
    settled: UsdAmount,
    /// Of it the provider's: tokens valued at each settlement's price, or dollars.
    earned: UsdAmount,
    /// Penalties in that time.
    penalties: u64,
    /// What they took out of its bonds.
    slashed: TokenAmount,
}

/// Work of a hardware class on a rail.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkEarnings {
    /// Hardware class.
    hardware: u64,
    /// token or stable.
    rail: String,
    /// Jobs with work settled.
    jobs: u64,
    /// Settled.
    settled: UsdAmount,
    /// Of it the provider's.
    earned: UsdAmount,
    /// GPU milliseconds paid, of jobs that count them.
    #[schema(pattern = "^[0-9]+$")]
    gpu_ms: String,
    /// What those jobs paid per GPU hour, rounded down; null if there was none.
    paid_per_gpu_hour: Option<UsdAmount>,
    /// Of it the provider's.
    earned_per_gpu_hour: Option<UsdAmount>,
    /// Compute units that its jobs counted of those that they could have counted while they ran, basis points rounded
    /// down, of jobs started in that time; null if none was.
    #[schema(maximum = 10_000)]
    utilization_bps: Option<u64>,
}

/// A provider's earnings
///
/// What its work brought by hardware class and rail, per GPU hour, how busy it was meanwhile, and what penalties took. The
/// series by hour, day or month is `/v1/revenue?provider=`. `{id}` is the provider's account or its authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}/earnings", tag = "providers",
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), Wanted),
    responses((status = 200, description = "The answer", body = Answer<ProviderEarnings>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn earnings(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<ProviderEarnings>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let to = wanted.to.unwrap_or(Moment(view.as_of.saturating_add(1)));
    let from = wanted.from.unwrap_or(Moment(to.0.saturating_sub(MONTH)));
    let within = super::during::within(Some(from), Some(to))?;
    let provider = super::provider(&mut view, &id).await?.provider;
    let worked = view.worked(&provider, &within).await?;
    let used = view.used(&provider, &within).await?;
    let lost = view.lost(&provider, &within).await?;
    let sum = |of: fn(&Worked) -> i128| worked.iter().fold(0i128, |sum, row| sum.saturating_add(of(row)));
    let data = ProviderEarnings {
        from: rfc3339(within.start),
        to: rfc3339(within.end),
        settled: usd(sum(|row| row.settled.0)),
        earned: usd(sum(|row| row.supply_side.0)),
        penalties: count(lost.penalties),
        slashed: view.units.tokens(lost.slashed),
        work: worked.into_iter().map(|row| shown(row, &used)).collect(),
        provider,
    };
    Ok(view.answer(data))
}

fn shown(row: Worked, used: &[Used]) -> WorkEarnings {
    let natural = |value: i128| u128::try_from(value).unwrap_or(0);
    let of_class = used.iter().find(|used| used.hardware == row.hardware && used.rail == row.rail);
    let utilization =
        of_class.and_then(|used| mul_div_floor(natural(used.units.0), 10_000, natural(used.most.0)));
    WorkEarnings {
        paid_per_gpu_hour: super::per_gpu_hour(row.gpu_settled, row.gpu_ms),
        earned_per_gpu_hour: super::per_gpu_hour(row.gpu_supply_side, row.gpu_ms),
        hardware: count(row.hardware.into()),
        rail: row.rail,
        jobs: count(row.jobs),
        settled: usd(row.settled),
        earned: usd(row.supply_side),
        gpu_ms: row.gpu_ms.0.to_string(),
        utilization_bps: utilization.and_then(|bps| u64::try_from(bps).ok()),
    }
}
