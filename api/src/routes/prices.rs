//! What GPU time costs, how offers are taken up, and what a provider could make of it.

use super::count;
use crate::answer::Answer;
use crate::db::View;
use crate::db::prices::{Filled, Spread};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Commitment, Query};
use crate::moment::rfc3339;
use crate::state::App;
use crate::units::{UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::math::{mul_div_ceil, mul_div_floor};
use tally_client::order::GPU_HOUR;
use utoipa::{IntoParams, ToSchema};

const DAY: i64 = 86_400;
/// Hours of a month in the calculator: thirty days.
const MONTH_HOURS: u128 = 720;
/// Basis points of the whole.
const BPS: u128 = 10_000;

/// Over how many days figures are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days(i64);

impl Default for Days {
    fn default() -> Self {
        Self(30)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(days) if (1..=365).contains(&days) => Ok(Self(days)),
            _ => Err(serde::de::Error::custom(format!("\"{text}\" is not a whole number from 1 to 365"))),
        }
    }
}

/// Over how many days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Days before `as_of`: 1 to 365.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 365)]
    days: Days,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// Prices and how offers were taken up.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarketPrices {
    /// First moment of the figures.
    from: String,
    /// By hardware class and rail: US dollars per GPU hour of work settled, of jobs that count GPU milliseconds.
    prices: Vec<PriceSpread>,
    /// By hardware class and rail: jobs opened in that time.
    filled: Vec<FillRate>,
}

/// US dollars per GPU hour of the jobs of a hardware class: quantiles over jobs, each of them what some job was paid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceSpread {
    /// Hardware class.
    hardware: u64,
    /// token or stable.
    rail: String,
    /// Jobs with work settled.
    jobs: u64,
    /// GPU milliseconds that it paid at each job's rate.
    #[schema(pattern = "^[0-9]+$")]
    gpu_ms: String,
    /// Settled.
    settled: UsdAmount,
    /// `floor(settled * 3600000 / gpu_ms)`.
    mean: UsdAmount,
    /// The cheapest job.
    least: UsdAmount,
    /// A quarter of the jobs were paid this or less.
    quarter: UsdAmount,
    /// Half of them.
    median: UsdAmount,
    /// Three quarters of them.
    three_quarters: UsdAmount,
    /// The dearest job.
    most: UsdAmount,
    /// What providers earned of each settled dollar, basis points rounded down.
    #[schema(maximum = 10_000)]
    supply_side_bps: u64,
}

/// How jobs of a hardware class found a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct FillRate {
    /// Hardware class.
    hardware: u64,
    /// token or stable.
    rail: String,
    /// Jobs opened.
    opened: u64,
    /// Of them accepted by a provider so far.
    accepted: u64,
    /// Of them started so far.
    started: u64,
    /// Of them over without a provider.
    unfilled: u64,
    /// `accepted / (accepted + unfilled)`, basis points rounded down; null if neither happened.
    #[schema(maximum = 10_000)]
    fill_bps: Option<u64>,
    /// Median seconds from opening to acceptance.
    seconds_to_accept: Option<u64>,
    /// Median seconds from acceptance to start.
    seconds_to_start: Option<u64>,
}

/// Prices by hardware
///
/// US dollars per GPU hour with their spread, and how many of the jobs offered found a provider, how fast.
#[utoipa::path(get, path = "/v1/market/prices", tag = "consumers", params(Wanted),
    responses((status = 200, description = "The answer", body = Answer<MarketPrices>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn prices(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Answer<MarketPrices>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let since = since(&view, wanted.days);
    let prices = view.spreads(since).await?.into_iter().map(spread).collect();
    let filled = view.filled(since).await?.into_iter().map(fill).collect();
    Ok(view.answer(MarketPrices { from: rfc3339(since), prices, filled }))
}

fn since(view: &View, days: Days) -> i64 {
    view.as_of.saturating_sub(days.0.saturating_mul(DAY))
}

/// `floor(part * whole / all)`; 0 if that is nothing of nothing.
fn share(part: i128, whole: u128, all: i128) -> u128 {
    let amount = |value: i128| u128::try_from(value).unwrap_or(0);
    mul_div_floor(amount(part), whole, amount(all)).unwrap_or(0)
}

fn micro(value: u128) -> UsdAmount {
    usd(i128::try_from(value).unwrap_or(i128::MAX))
}

pub(crate) fn spread(row: Spread) -> PriceSpread {
    PriceSpread {
        hardware: count(row.hardware.into()),
        rail: row.rail,
        jobs: count(row.jobs),
        gpu_ms: row.gpu_ms.0.to_string(),
        settled: usd(row.settled),
        mean: super::per_gpu_hour(row.settled, row.gpu_ms).unwrap_or_else(|| usd(0)),
        least: usd(row.least),
        quarter: usd(row.quarter),
        median: usd(row.median),
        three_quarters: usd(row.three_quarters),
        most: usd(row.most),
        supply_side_bps: u64::try_from(share(row.supply_side.0, BPS, row.settled.0)).unwrap_or(0),
    }
}

fn fill(row: Filled) -> FillRate {
    let decided = row.accepted.saturating_add(row.unfilled);
    let fill = share(row.accepted.into(), BPS, decided.into());
    FillRate {
        hardware: count(row.hardware.into()),
        rail: row.rail,
        opened: count(row.opened),
        accepted: count(row.accepted),
        started: count(row.started),
        unfilled: count(row.unfilled),
        fill_bps: (decided > 0).then(|| u64::try_from(fill).unwrap_or(0)),
        seconds_to_accept: row.to_accept.map(count),
        seconds_to_start: row.to_start.map(count),
    }
}

/// What a provider has and pays.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Machine {
    /// Hardware class.
    #[param(maximum = 65_535)]
    hardware: u16,
    /// GPUs of it.
    #[serde(default = "one")]
    #[param(minimum = 1, maximum = 100_000)]
    gpus: u32,
    /// Power that one takes under load, with its share of the machine: watts.
    #[param(maximum = 100_000)]
    watts: u32,
    /// Price of electricity, micro-dollars per kilowatt-hour: 120000 is 12 cents.
    #[param(maximum = 100_000_000)]
    electricity: u32,
    /// Share of the time that it works, basis points: 7000 is 70 %.
    #[param(minimum = 1, maximum = 10_000)]
    utilization_bps: u16,
    /// Other costs a month of thirty days, for all of it, micro-dollars: hosting, bandwidth, wear.
    #[serde(default)]
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    fixed: u32,
    /// Days before `as_of` whose prices are taken: 1 to 365.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 365)]
    days: Days,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

fn one() -> u32 {
    1
}

/// What a provider could make in a month of thirty days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Economics {
    /// First moment of the prices.
    from: String,
    /// How it is computed.
    method: &'static str,
    /// GPU milliseconds of work.
    #[schema(pattern = "^[0-9]+$")]
    gpu_ms: String,
    /// Electricity for them, rounded up.
    electricity: UsdAmount,
    /// The other costs.
    fixed: UsdAmount,
    /// Both.
    costs: UsdAmount,
    /// By rail: what the network's own prices of that time would bring.
    rails: Vec<RailEconomics>,
}

/// What the prices of a rail would bring.
#[derive(Debug, Serialize, ToSchema)]
pub struct RailEconomics {
    /// What jobs of the class were paid.
    prices: PriceSpread,
    /// At the price that a quarter of the jobs were paid or less.
    low: Profit,
    /// At the median.
    middle: Profit,
    /// At the price that three quarters of the jobs were paid or less.
    high: Profit,
    /// Price per GPU hour at which earnings are costs, rounded up: below it the machine costs more than it earns. Null if
    /// providers earned nothing of these jobs.
    break_even: Option<UsdAmount>,
}

/// A month at a price.
#[derive(Debug, Serialize, ToSchema)]
pub struct Profit {
    /// What consumers pay per GPU hour.
    price: UsdAmount,
    /// What the provider earns of it, the protocol's take subtracted.
    earnings: UsdAmount,
    /// `earnings - costs`; may be negative.
    profit: UsdAmount,
}

const METHOD: &str = "gpu_ms = gpus * 720 h * utilization; electricity = gpu_ms * watts * its price, rounded up; \
    earnings = price * gpu_ms * supply_side_bps of the jobs that the price is of, rounded down; stake, idle power, \
    rebates and what slashes cost are not in it";

/// What a machine could earn
///
/// Takes hardware, power and utilisation, and answers with the network's own recent prices: a range of earnings and
/// the price at which they meet the costs. No forecast: it says what jobs of that time would have paid.
#[utoipa::path(get, path = "/v1/economics", tag = "providers", params(Machine),
    responses((status = 200, description = "The answer", body = Answer<Economics>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn economics(State(app): State<App>, Query(machine): Query<Machine>) -> Result<Answer<Economics>> {
    checked(&machine)?;
    let mut view = app.database.view(machine.commitment).await?;
    let since = since(&view, machine.days);
    let spreads = view.spreads(since).await?;
    let overflow = || Problem::internal("a month's figures leave 128 bits");
    let gpu_ms = u128::from(machine.gpus)
        .checked_mul(MONTH_HOURS)
        .and_then(|hours| hours.checked_mul(GPU_HOUR.into()))
        .and_then(|ms| mul_div_floor(ms, machine.utilization_bps.into(), BPS))
        .ok_or_else(overflow)?;
    // Micro-dollars of a kilowatt-hour are those of 1000 watts for 3,600,000 milliseconds.
    let power = u128::from(machine.watts).checked_mul(machine.electricity.into()).ok_or_else(overflow)?;
    let electricity = mul_div_ceil(gpu_ms, power, 3_600_000_000).ok_or_else(overflow)?;
    let costs = electricity.saturating_add(machine.fixed.into());
    let of_class = spreads.into_iter().filter(|row| row.hardware == i32::from(machine.hardware));
    let rails = of_class.map(|row| rail(spread(row), gpu_ms, costs)).collect::<Option<Vec<_>>>();
    let data = Economics {
        from: rfc3339(since),
        method: METHOD,
        gpu_ms: gpu_ms.to_string(),
        electricity: micro(electricity),
        fixed: micro(machine.fixed.into()),
        costs: micro(costs),
        rails: rails.ok_or_else(overflow)?,
    };
    Ok(view.answer(data))
}

fn checked(machine: &Machine) -> Result<()> {
    let within = |name: &str, value: u32, least: u32, most: u32| {
        if (least..=most).contains(&value) {
            return Ok(());
        }
        let detail = format!("{name}: {value} is not a whole number from {least} to {most}.");
        Err(Problem::new(Kind::InvalidParameter, detail))
    };
    within("gpus", machine.gpus, 1, 100_000)?;
    within("watts", machine.watts, 0, 100_000)?;
    within("electricity", machine.electricity, 0, 100_000_000)?;
    within("utilization_bps", machine.utilization_bps.into(), 1, 10_000)
}

/// `None` if a figure leaves 128 bits.
fn rail(prices: PriceSpread, gpu_ms: u128, costs: u128) -> Option<RailEconomics> {
    let kept = u128::from(prices.supply_side_bps);
    let at = |price: &UsdAmount| -> Option<Profit> {
        let hourly: u128 = price.micro.parse().ok()?;
        let paid = mul_div_floor(hourly, gpu_ms, GPU_HOUR.into())?;
        let earnings = mul_div_floor(paid, kept, BPS)?;
        let profit = i128::try_from(earnings).ok()?.checked_sub(i128::try_from(costs).ok()?)?;
        Some(Profit { price: price.clone(), earnings: micro(earnings), profit: usd(profit) })
    };
    // The least price at which what is kept of it, over all the work, is not less than the costs.
    let break_even = mul_div_ceil(costs, u128::from(GPU_HOUR).checked_mul(BPS)?, gpu_ms.checked_mul(kept)?);
    Some(RailEconomics {
        low: at(&prices.quarter)?,
        middle: at(&prices.median)?,
        high: at(&prices.three_quarters)?,
        break_even: break_even.map(micro),
        prices,
    })
}
