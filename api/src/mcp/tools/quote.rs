//! What GPU hours cost now: by what was settled, by what is asked, and what a job for them takes.

use super::within;
use crate::actions::{Rail, facts, units};
use crate::answer::Answer;
use crate::db::View;
use crate::db::prices::Spread;
use crate::error::{Kind, Problem, Result};
use crate::extract::Commitment;
use crate::mcp::tool::Tool;
use crate::moment::rfc3339;
use crate::routes::network::numbers;
use crate::routes::prices::{PriceSpread, spread};
use crate::state::App;
use crate::units::{TokenAmount, Units, UsdAmount, usd};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use settlement_interface::math::{mul_div_ceil, mul_div_floor, share_ceil};
use settlement_interface::oracle;
use settlement_interface::rules::usd_floor;
use tally_client::amounts::{USD_DECIMALS, decimal, usd_per_token};
use tally_client::order::escrow;
use utoipa::ToSchema;

const DAY: i64 = 86_400;
/// Decimals of GPU hours.
const HOUR_DECIMALS: u32 = 6;
const HOUR: u128 = 1_000_000;
/// Most providers whose rates are compared, the cheapest first.
const MOST_ASKING: i64 = 1_000;

/// What is to be paid for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuoteArguments)]
pub struct Quote {
    /// Hardware class, as providers' rate cards number them.
    #[schema(example = 1)]
    hardware: u16,
    /// GPU hours of work: hours times GPUs.
    #[schema(pattern = r"^[0-9]+(\.[0-9]{1,6})?$", example = "10")]
    gpu_hours: String,
    /// What the job is paid in: token if not given.
    #[serde(default)]
    #[schema(inline)]
    rail: Rail,
    /// USD per GPU hour to plan with, such as a provider's of find_providers; if not given, the median of what was settled or,
    /// if nothing was, the lowest that is asked.
    #[schema(pattern = r"^[0-9]+(\.[0-9]{1,6})?$", example = "2.50")]
    rate_usd: Option<String>,
    /// Days before `as_of` whose settled work makes the prices: 1 to 365, 30 if not given.
    #[schema(minimum = 1, maximum = 365)]
    days: Option<u16>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[schema(inline)]
    commitment: Commitment,
}

/// What GPU hours cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quoted {
    /// Hardware class.
    hardware: u16,
    /// GPU hours.
    #[schema(example = "10")]
    gpu_hours: String,
    /// token or stable.
    rail: &'static str,
    /// First moment of the work that makes `settled`.
    from: String,
    /// USD per GPU hour of work that was settled on the rail, with its spread over jobs; null if there was none.
    settled: Option<PriceSpread>,
    /// What these GPU hours cost at that spread; null with it.
    cost: Option<CostRange>,
    /// What providers ask now; null if none has a rate for the class.
    asked: Option<Asked>,
    /// What a job for them takes; null if there is no rate to plan with.
    plan: Option<Plan>,
}

/// What the GPU hours cost, each rounded up to a micro-dollar.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostRange {
    /// At the rate of the cheapest job.
    least: UsdAmount,
    /// At the rate that a quarter of the jobs were paid or less.
    quarter: UsdAmount,
    /// At the median.
    median: UsdAmount,
    /// At the rate that three quarters of the jobs were paid or less.
    three_quarters: UsdAmount,
    /// At the rate of the dearest job.
    most: UsdAmount,
}

/// Rates on providers' cards, USD per GPU hour.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    /// Providers that ask them; no more than the 1000 cheapest are counted.
    providers: u64,
    /// The lowest.
    least: UsdAmount,
    /// Half of the providers ask this or less.
    median: UsdAmount,
    /// The highest.
    most: UsdAmount,
}

/// What a job for the GPU hours takes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plan {
    /// Where the rate is from: given, settled (the median) or asked (the lowest).
    #[schema(example = "settled")]
    basis: &'static str,
    /// USD per GPU hour.
    rate: UsdAmount,
    /// What the work costs at it, rounded up: `work_usd` of build_escrow.
    work: UsdAmount,
    /// The protocol's take, basis points of what is settled.
    take_bps: u64,
    /// That of the work, rounded up; it is in `work`, not on top.
    take: UsdAmount,
    /// What the provider gets of the work, before the price's own margins on the token rail.
    provider: UsdAmount,
    /// What goes into escrow; null if it cannot be known, see `deposit_unknown`. What work does not use comes back.
    deposit: Option<Deposit>,
    /// Why the deposit is not known; null if it is.
    deposit_unknown: Option<String>,
}

/// What goes into escrow.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deposit {
    /// In the rail's currency.
    amount: TokenAmount,
    /// What that is worth: the least `budget_usd` of build_escrow that is enough for this work, while the price stays.
    worth: UsdAmount,
    /// US dollars a token that it is worked out with; null on the stable rail.
    price: Option<String>,
    /// When that price was published; null on the stable rail.
    published_at: Option<String>,
}

impl Tool for Quote {
    const NAME: &'static str = "quote";
    const TITLE: &'static str = "Quote GPU hours";
    const ABOUT: &'static str = "What GPU hours of a hardware class cost now: the range of what work of the class was really \
        paid, what providers ask, and what a job for them takes: the cost of the work, the protocol's part of it, and the \
        deposit in the job's currency with its worth in USD. On the token rail the deposit is a quarter more than the work, in \
        case the token's price falls; what work does not use comes back.";
    type Answer = Answer<Quoted>;
    type Data = Quoted;

    fn example() -> Value {
        json!({ "hardware": 1, "gpu_hours": "10" })
    }

    async fn run(self, app: &App) -> Result<Self::Answer> {
        let hours = units("gpu_hours", &self.gpu_hours, HOUR_DECIMALS)?;
        if hours == 0 {
            return Err(invalid("gpu_hours must be greater than zero."));
        }
        let given = self.rate_usd.as_ref().map(|text| units("rate_usd", text, USD_DECIMALS)).transpose()?;
        if given == Some(0) {
            return Err(invalid("rate_usd must be greater than zero."));
        }
        let days = i64::from(within("days", self.days, 30, 1..=365)?);
        let rail = if self.rail == Rail::Stable { "stable" } else { "token" };
        let mut view = app.database.view(self.commitment).await?;
        let from = view.as_of.saturating_sub(days.saturating_mul(DAY));
        let mut rows = view.spreads(from).await?.into_iter();
        let row = rows.find(|row| row.hardware == i32::from(self.hardware) && row.rail == rail);
        let asking = self.asking(&mut view).await?;
        let median = row.as_ref().map(|row| row.median.u64()).transpose()?;
        let basis = given.map(|rate| ("given", rate)).or(median.map(|rate| ("settled", rate)));
        let basis = basis.or(asking.first().map(|rate| ("asked", *rate)));
        let plan = match basis {
            Some((basis, rate)) => Some(self.plan(&mut view, basis, rate, hours).await?),
            None => None,
        };
        let (plan, work) = plan.unzip();
        let units = view.units;
        let data = Quoted {
            hardware: self.hardware,
            gpu_hours: decimal(hours, HOUR_DECIMALS),
            rail,
            from: rfc3339(from),
            cost: row.as_ref().map(|row| range(row, hours)).transpose()?,
            settled: row.map(spread),
            asked: asked(&asking),
            plan,
        };
        let mut answer = view.answer(data);
        // The snapshot is given back: no connection to the database waits for a node.
        if let (Some(plan), Some(work)) = (&mut answer.data.plan, work) {
            match self.deposit(app, work, units).await {
                Ok(deposit) => plan.deposit = Some(deposit),
                // A price that is not there now, or a node that is not, says nothing against the rest.
                Err(problem) => plan.deposit_unknown = Some(problem.detail),
            }
        }
        Ok(answer)
    }
}

impl Quote {
    /// What providers ask, micro-dollars, in order.
    async fn asking(&self, view: &mut View) -> Result<Vec<u64>> {
        let rows = view.that_ask(self.hardware, None, MOST_ASKING).await?;
        Ok(rows.iter().filter_map(|row| row.rate(self.hardware)).collect())
    }

    /// The plan, whose deposit is not known yet, and what the work costs, micro-dollars.
    async fn plan(&self, view: &mut View, basis: &'static str, rate: u64, hours: u64) -> Result<(Plan, u64)> {
        let network =
            view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
        if self.rail == Rail::Stable && network.stable_mint.is_none() {
            return Err(invalid("rail: this network has no stablecoin yet; ask for token."));
        }
        let bps = numbers(&network.parameters).get("take_bps").copied().unwrap_or(0);
        let bps = u16::try_from(bps).map_err(Problem::internal)?;
        let work = cost(rate, hours)?;
        let take = share_ceil(work, bps).ok_or_else(too_much)?;
        let plan = Plan {
            basis,
            rate: usd(rate),
            work: usd(work),
            take_bps: bps.into(),
            take: usd(take),
            provider: usd(work.saturating_sub(take)),
            deposit: None,
            deposit_unknown: None,
        };
        Ok((plan, work))
    }

    /// The deposit that build_escrow would take for the work at present.
    async fn deposit(&self, app: &App, work: u64, tokens: Units) -> Result<Deposit> {
        if self.rail == Rail::Stable {
            let amount = Units { decimals: USD_DECIMALS }.tokens(work);
            return Ok(Deposit { amount, worth: usd(work), price: None, published_at: None });
        }
        let facts = facts(app).await?;
        let quote = facts.quote.map_err(|halt: oracle::Halt| {
            let detail = format!("No price of the token qualifies at the moment ({}).", halt.name());
            Problem::new(Kind::Refused, detail)
        })?;
        let amount = escrow(work, &quote).ok_or_else(too_much)?;
        let worth = usd_floor(amount, quote.spot, quote.scale).ok_or_else(too_much)?;
        Ok(Deposit {
            amount: tokens.tokens(amount),
            worth: usd(i128::try_from(worth).map_err(|_| too_much())?),
            price: Some(usd_per_token(&quote)),
            published_at: Some(rfc3339(quote.message.publish_time)),
        })
    }
}

fn invalid(detail: &str) -> Problem {
    Problem::new(Kind::InvalidParameter, detail)
}

fn too_much() -> Problem {
    invalid("gpu_hours: so many cost more than can be counted; ask for less.")
}

/// Millionths of GPU hours at a rate, micro-dollars rounded up.
fn cost(rate: u64, hours: u64) -> Result<u64> {
    let cost = mul_div_ceil(rate.into(), hours.into(), HOUR);
    cost.and_then(|cost| u64::try_from(cost).ok()).ok_or_else(too_much)
}

fn range(row: &Spread, hours: u64) -> Result<CostRange> {
    let at = |rate: crate::db::Whole| -> Result<UsdAmount> { Ok(usd(cost(rate.u64()?, hours)?)) };
    Ok(CostRange {
        least: at(row.least)?,
        quarter: at(row.quarter)?,
        median: at(row.median)?,
        three_quarters: at(row.three_quarters)?,
        most: at(row.most)?,
    })
}

/// Rates in order, summed up; `None` if there are none.
fn asked(rates: &[u64]) -> Option<Asked> {
    let count = u64::try_from(rates.len()).ok()?;
    // The least rate that half of all do not exceed.
    let middle = mul_div_floor(u128::from(count).saturating_add(1), 1, 2)?;
    let middle = usize::try_from(middle).ok()?.checked_sub(1)?;
    Some(Asked {
        providers: count,
        least: usd(*rates.first()?),
        median: usd(*rates.get(middle)?),
        most: usd(*rates.last()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_micro_dollars_are_paid_for() {
        assert_eq!(cost(2_500_000, 10_000_000).unwrap(), 25_000_000);
        assert_eq!(cost(1, 1).unwrap(), 1);
        assert!(cost(u64::MAX, u64::MAX).is_err());
    }

    #[test]
    fn half_of_the_providers_ask_the_median_or_less() {
        let median = |rates: &[u64]| asked(rates).map(|asked| asked.median.micro);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]).as_deref(), Some("7"));
        assert_eq!(median(&[1, 2]).as_deref(), Some("1"));
        assert_eq!(median(&[1, 2, 3]).as_deref(), Some("2"));
    }
}
