//! A year's revenue at the pace of a window that is over.

use super::DEFINITION;
use super::series::sum;
use super::shapes::{Revenue, SlotRange};
use crate::answer::Answer;
use crate::error::{Kind, Problem, Result};
use crate::extract::{Commitment, Query};
use crate::moment::{Interval, rfc3339};
use crate::state::App;
use crate::units::{UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const DAY: i64 = 86_400;
/// Days of a year, as the method states.
const YEAR: i128 = 365;

/// Length of the window, whole days of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
pub enum Window {
    /// A week.
    Week,
    /// Thirty days.
    #[default]
    Month,
    /// Ninety days.
    Quarter,
    /// A year.
    Year,
}

crate::extract::choice!(Window { Week = "7", Month = "30", Quarter = "90", Year = "365" });

impl Window {
    const fn days(self) -> i64 {
        match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
        }
    }
}

/// Which window.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Days of the window: 7, 30, 90 or 365.
    #[serde(default)]
    #[param(value_type = String, pattern = "^(7|30|90|365)$")]
    days: Window,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// What a year would bring if every day were as those of the window.
#[derive(Debug, Serialize, ToSchema)]
pub struct Annualized {
    /// Version of what the figures mean.
    #[schema(example = "revenue/2")]
    definition: &'static str,
    /// How a year is computed.
    method: &'static str,
    /// First second of the window.
    from: String,
    /// First second after it: the last midnight, UTC, that is indexed.
    to: String,
    /// Days of the window: fewer than asked for if the network is younger.
    days: u64,
    /// Days that were asked for.
    days_asked: u64,
    /// A year's fees.
    fees: UsdAmount,
    /// A year's supply side.
    supply_side: UsdAmount,
    /// A year's revenue.
    revenue: UsdAmount,
    /// Of it the token holders'.
    holders: UsdAmount,
    /// Of it the treasury's.
    treasury: UsdAmount,
    /// Of a year's fees those that consumers paid to providers of their own wallet.
    self_dealt: UsdAmount,
    /// First and last slot of the window; null if it had no events.
    slots: Option<SlotRange>,
    /// What the window itself brought.
    window: Revenue,
}

/// Revenue of a year
///
/// What the last 7, 30, 90 or 365 whole days would make in a year. A day that is not over is never part of it.
#[utoipa::path(get, path = "/v1/revenue/annualized", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Answer<Annualized>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn annualized(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Answer<Annualized>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let network = view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
    let midnight =
        |at| Interval::Day.floor(at).ok_or_else(|| Problem::internal("a time beyond all calendars"));
    let to = midnight(view.as_of)?;
    let first_day = midnight(network.initialized_at)?;
    let from = to.saturating_sub(wanted.days.days().saturating_mul(DAY)).max(first_day);
    let days = to.saturating_sub(from).checked_div(DAY).filter(|days| *days > 0).ok_or_else(|| {
        let detail = format!(
            "No whole day is indexed yet: the network began at {} and its last slot is of {}; try again after midnight, UTC.",
            rfc3339(network.initialized_at),
            rfc3339(view.as_of)
        );
        Problem::new(Kind::NotFound, detail)
    })?;
    let window = sum(&mut view, from, to).await?;
    let year = |amount: &UsdAmount| {
        let micro: i128 = amount.micro.parse().map_err(Problem::internal)?;
        let year = micro.checked_mul(YEAR).and_then(|sum| sum.checked_div(days.into()));
        year.map(usd).ok_or_else(|| Problem::internal("a year's revenue leaves 128 bits"))
    };
    let data = Annualized {
        definition: DEFINITION,
        method: "the window's sum times 365 divided by its days, rounded down to the micro-dollar",
        from: rfc3339(from),
        to: rfc3339(to),
        days: days.unsigned_abs(),
        days_asked: wanted.days.days().unsigned_abs(),
        fees: year(&window.fees)?,
        supply_side: year(&window.supply_side)?,
        revenue: year(&window.revenue)?,
        holders: year(&window.holders)?,
        treasury: year(&window.treasury)?,
        self_dealt: year(&window.self_dealt)?,
        slots: window.slots,
        window,
    };
    Ok(view.answer(data))
}
