//! Revenue over time: gapless buckets, zeros included.
//!
//! It sums what the indexer booked by hour; it computes no figure of its own but differences.

mod annualized;
mod defillama;
mod series;
mod shapes;

pub use annualized::{__path_annualized, annualized};
pub use defillama::{__path_defillama, defillama};

use crate::answer::Answer;
use crate::db::revenue::Selection;
use crate::error::{Kind, Problem, Result};
use crate::extract::{Address, Commitment, Query};
use crate::moment::{Interval, Moment, rfc3339};
use crate::state::App;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shapes::RevenueSeries;
use utoipa::{IntoParams, ToSchema};

/// Version of what the figures mean; a changed meaning raises it.
const DEFINITION: &str = "revenue/2";
/// Most buckets of one answer.
const MOST_BUCKETS: usize = 1_000;

/// What a job's escrow holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rail {
    /// The compute token: burned and minted.
    Token,
    /// A dollar stablecoin: paid, and its take sold for compute tokens, which burn.
    Stable,
}

crate::extract::choice!(Rail { Token = "token", Stable = "stable" });

impl Rail {
    const ALL: [Self; 2] = [Self::Token, Self::Stable];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Stable => "stable",
        }
    }
}

/// Which series.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Length of a bucket, aligned to UTC.
    #[serde(default)]
    #[param(inline)]
    interval: Interval,
    /// A moment in the first bucket; if not given, the series has 24 hours, 30 days or 12 months.
    #[param(inline)]
    from: Option<Moment>,
    /// The first moment after the series; the end of what is indexed if not given.
    #[param(inline)]
    to: Option<Moment>,
    /// Only jobs of this provider: its account or its authority's wallet.
    #[param(inline)]
    provider: Option<Address>,
    /// Only jobs of this rail: token or stable.
    #[param(inline)]
    rail: Option<Rail>,
    /// Only jobs of this hardware class.
    #[param(maximum = 65_535)]
    hardware: Option<u16>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// Revenue by hour, day or month
///
/// Fees, supply side, protocol revenue, holders' and treasury's share in USD at the prices of each
/// conversion, and the tokens burned and minted. Every bucket of the range is there, zeros included.
#[utoipa::path(get, path = "/v1/revenue", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Answer<RevenueSeries>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn revenue(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Answer<RevenueSeries>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let (starts, end) = range(&wanted, view.as_of)?;
    let provider = super::provider_named(&mut view, wanted.provider).await?;
    let selection = Selection {
        starts,
        end,
        provider,
        rail: wanted.rail.map(Rail::name),
        hardware: wanted.hardware.map(i32::from),
    };
    let rows = view.revenue(&selection).await?;
    let self_dealt = view.self_dealt(&selection).await?;
    let slots = view.revenue_slots(&selection.starts, end).await?;
    let data = series::series(&view, &wanted, selection, rows, &self_dealt, &slots);
    Ok(view.answer(data))
}

/// Starts of the buckets asked for, and where the last one ends.
fn range(wanted: &Wanted, as_of: i64) -> Result<(Vec<i64>, i64)> {
    let refused = |detail: String| Problem::new(Kind::Unanswerable, detail);
    let to = wanted.to.map_or(as_of.saturating_add(1), |to| to.0);
    let first = || wanted.interval.usual(to.saturating_sub(1));
    let from = wanted.from.map(|from| from.0).or_else(first).unwrap_or(to);
    if from >= to {
        let (from, to) = (rfc3339(from), rfc3339(to));
        return Err(refused(format!(
            "from: {from} does not lie before the series' end, {to}; exchange or widen them."
        )));
    }
    let starts = wanted.interval.buckets(from, to, MOST_BUCKETS).ok_or_else(|| {
        let detail =
            "from: the range has more than 1000 buckets; ask for a shorter one or a longer interval.";
        refused(detail.to_owned())
    })?;
    let end = starts.last().and_then(|last| wanted.interval.next(*last)).unwrap_or(to);
    Ok((starts, end))
}
