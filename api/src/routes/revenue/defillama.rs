//! Fees and revenue in the shape that a DefiLlama adapter returns.

use super::DEFINITION;
use super::series::sum;
use super::shapes::SlotRange;
use crate::answer::Answer;
use crate::error::{Kind, Problem, Result};
use crate::extract::{Commitment, Query};
use crate::moment::{Interval, Moment, rfc3339};
use crate::state::App;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// First second: of an hour.
    #[param(inline)]
    start: Moment,
    /// First second after: of an hour.
    #[param(inline)]
    end: Moment,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// An adapter's figures: dollars as exact decimals. `dailyFees = dailySupplySideRevenue + dailyRevenue` and
/// `dailyRevenue = dailyHoldersRevenue + dailyProtocolRevenue`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdapterFigures {
    /// Version of what the figures mean.
    #[schema(example = "revenue/2")]
    definition: &'static str,
    /// First second.
    start: String,
    /// First second after.
    end: String,
    /// First and last slot with events in it; null if there is none.
    slots: Option<SlotRange>,
    /// All that consumers paid for work.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", example = "100.25")]
    daily_fees: String,
    /// The same: consumers pay all of it.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    daily_user_fees: String,
    /// What providers earned.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    daily_supply_side_revenue: String,
    /// What the protocol kept.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    daily_revenue: String,
    /// Of it the token holders': burned, or set aside to buy tokens back and burn them.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    daily_holders_revenue: String,
    /// Of it the treasury's.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    daily_protocol_revenue: String,
    /// Of the fees those paid by consumers to providers of their own wallet, which a listing may leave out.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    daily_self_dealt_fees: String,
    /// What each figure means.
    methodology: Methodology,
}

/// What each figure means, in the words that a listing shows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Methodology {
    /// Of `dailyFees`.
    fees: &'static str,
    /// Of `dailyUserFees`.
    user_fees: &'static str,
    /// Of `dailySupplySideRevenue`.
    supply_side_revenue: &'static str,
    /// Of `dailyRevenue`.
    revenue: &'static str,
    /// Of `dailyHoldersRevenue`.
    holders_revenue: &'static str,
    /// Of `dailyProtocolRevenue`.
    protocol_revenue: &'static str,
}

const METHODOLOGY: Methodology = Methodology {
    fees: "Work that consumers paid for, in US dollars at the price of each settlement. Deposits into escrow are no fees.",
    user_fees: "Consumers pay all fees.",
    supply_side_revenue: "What providers earned for that work: tokens valued at each settlement's price, or dollars.",
    revenue: "Fees less what providers earned.",
    holders_revenue: "The part of revenue that is burned, or that buys compute tokens back to burn them. Rebates to providers are minted later out of it and are not subtracted.",
    protocol_revenue: "The part of revenue that goes to the treasury.",
};

/// Figures for DefiLlama
///
/// Fees and revenue of any time of whole hours, in an adapter's shape (version 2, `start` and `end`); a day from midnight
/// to midnight gives its daily figures. Refused as long as `end` is not indexed, so that a day is never listed half.
#[utoipa::path(get, path = "/v1/integrations/defillama", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Answer<AdapterFigures>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn defillama(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<AdapterFigures>> {
    let refused = |detail: String| Problem::new(Kind::Unanswerable, detail);
    let (start, end) = (wanted.start.0, wanted.end.0);
    for (name, at) in [("start", start), ("end", end)] {
        if Interval::Hour.floor(at) != Some(at) {
            let detail =
                format!("{name}: {} is not the first second of an hour; sums are kept by hour.", rfc3339(at));
            return Err(refused(detail));
        }
    }
    let range = crate::routes::during::within(Some(wanted.start), Some(wanted.end))?;
    let mut view = app.database.view(wanted.commitment).await?;
    if end > view.as_of {
        let detail = format!(
            "end: {} is not indexed yet; the last slot is of {}. Ask again later, or for an earlier end.",
            rfc3339(end),
            rfc3339(view.as_of)
        );
        return Err(refused(detail));
    }
    let sums = sum(&mut view, range.start, range.end).await?;
    let data = AdapterFigures {
        definition: DEFINITION,
        start: rfc3339(start),
        end: rfc3339(end),
        slots: sums.slots,
        daily_user_fees: sums.fees.usd.clone(),
        daily_fees: sums.fees.usd,
        daily_supply_side_revenue: sums.supply_side.usd,
        daily_revenue: sums.revenue.usd,
        daily_holders_revenue: sums.holders.usd,
        daily_protocol_revenue: sums.treasury.usd,
        daily_self_dealt_fees: sums.self_dealt.usd,
        methodology: METHODOLOGY,
    };
    Ok(view.answer(data))
}
