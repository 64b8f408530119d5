//! Reputation with its inputs.
//!
//! The formula is `settlement_interface::reputation`; here its result is explained: which outcome
//! counted with which weight, and which job cost how many of the points that are missing.

use super::count;
use crate::answer::Answer;
use crate::db::reputation::Outcome;
use crate::error::{Problem, Result};
use crate::extract::{Commitment, PathAddress, Query};
use crate::moment::rfc3339;
use crate::pagination::Limit;
use crate::state::App;
use crate::units::{UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::math::proportion_floor;
use settlement_interface::reputation::{ONE, Outcome as Input, Score, VERSION, decayed, score};
use utoipa::{IntoParams, ToSchema};

/// A score and where it comes from. Scores and shares are in millionths.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReputationSummary {
    /// Version of the formula.
    #[schema(example = "reputation/1")]
    formula: String,
    /// The moment up to which weights were halved: the answer's `as_of`.
    computed_at: String,
    /// Lower bound of the interval: the score. 0 for a newcomer.
    #[schema(maximum = 1_000_000)]
    score: u64,
    /// The 95% interval that the share of good work lies in.
    interval: ScoreInterval,
    /// Weighted share of successes. 0 for a newcomer.
    #[schema(maximum = 1_000_000)]
    share: u64,
    /// No outcome has any weight (left): nothing is known, good or bad.
    newcomer: bool,
    /// Effective number of jobs, in millionths of a job: few big jobs among many small ones count as few.
    #[schema(pattern = "^[0-9]+$")]
    effective_jobs: String,
    /// Sum of the weights.
    weight: UsdAmount,
    /// Of it the successes'.
    success_weight: UsdAmount,
    /// Points missing to 1,000,000 because of failures; each failure names its part in `points_lost`.
    lost_to_failures: u64,
    /// Points missing because too little work is known to be sure of more.
    lost_to_uncertainty: u64,
    /// Outcomes that count: of consumers that are not the provider itself, and with a weight.
    outcomes: u64,
    /// Of them failures.
    failures: u64,
}

/// Bounds, in millionths.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScoreInterval {
    /// Lower bound.
    #[schema(maximum = 1_000_000)]
    low: u64,
    /// Upper bound.
    #[schema(maximum = 1_000_000)]
    high: u64,
}

/// How one job ended for the provider, and what that counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReputationInput {
    /// The job.
    job: String,
    /// Whether it was settled; otherwise the provider failed.
    success: bool,
    /// When it ended.
    ended_at: String,
    /// Slot of the event that ended it.
    slot: u64,
    /// Its transaction.
    signature: String,
    /// Settled of a success, the budget of a failure.
    amount: UsdAmount,
    /// The job's take, basis points.
    take_bps: u64,
    /// `floor(amount * take_bps / 10000)` micro-dollars.
    weight: UsdAmount,
    /// Seconds since it ended.
    age_seconds: u64,
    /// The weight halved once per 30 whole days of age: what it counts now.
    weight_now: UsdAmount,
    /// Consumer and provider are the same wallet, so that it counts for nothing.
    excluded: bool,
    /// Points that this failure costs; 0 for a success.
    points_lost: u64,
}

/// A score with a page of its inputs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reputation {
    #[serde(flatten)]
    summary: ReputationSummary,
    /// The newest outcomes, or those of the page asked for.
    inputs: Vec<ReputationInput>,
    /// Cursor of `/v1/providers/{id}/reputation` for those behind them; null if these are all.
    next: Option<String>,
}

/// The score of outcomes that count at a moment.
pub fn summary(counted: &[Input], now: i64) -> Result<ReputationSummary> {
    let whole = scored(counted, now)?;
    let good: Vec<Input> = counted.iter().copied().filter(|outcome| outcome.success).collect();
    let flawless = scored(&good, now)?.score;
    let lost = if whole.newcomer { 0 } else { flawless.max(whole.score).saturating_sub(whole.score) };
    // With failures alone nothing else is missing: without them there would be no record.
    let lost_to_failures =
        if good.is_empty() && !whole.newcomer { ONE.saturating_sub(whole.score) } else { lost };
    Ok(ReputationSummary {
        formula: format!("reputation/{VERSION}"),
        computed_at: rfc3339(now),
        score: whole.score,
        interval: ScoreInterval { low: whole.score, high: whole.upper },
        share: whole.share,
        newcomer: whole.newcomer,
        effective_jobs: whole.effective_jobs.to_string(),
        weight: usd(signed(whole.weight)?),
        success_weight: usd(signed(whole.success_weight)?),
        lost_to_failures,
        lost_to_uncertainty: ONE.saturating_sub(whole.score).saturating_sub(lost_to_failures),
        outcomes: u64::try_from(counted.len()).unwrap_or(u64::MAX),
        failures: u64::try_from(counted.len().saturating_sub(good.len())).unwrap_or(u64::MAX),
    })
}

/// The inputs of a score, newest first. The points lost to failures are shared out by their weights
/// now; running sums make the parts add up to all of them.
pub fn inputs(outcomes: &[Outcome], summary: &ReputationSummary, now: i64) -> Result<Vec<ReputationInput>> {
    let now_weight = |row: &Outcome| -> Result<u64> {
        Ok(if row.related { 0 } else { decayed(row.weight.u64()?, row.at, now) })
    };
    let mut failed: u128 = 0;
    for row in outcomes.iter().filter(|row| !row.success) {
        failed = failed.saturating_add(u128::from(now_weight(row)?));
    }
    let (mut sum, mut shared) = (0u128, 0u64);
    let mut shown = Vec::with_capacity(outcomes.len());
    for row in outcomes {
        let weight_now = now_weight(row)?;
        let mut points_lost = 0;
        if !row.success {
            sum = sum.saturating_add(u128::from(weight_now));
            let upto = proportion_floor(summary.lost_to_failures, sum, failed).unwrap_or(0);
            points_lost = upto.saturating_sub(shared);
            shared = upto;
        }
        shown.push(ReputationInput {
            job: row.job.clone(),
            success: row.success,
            ended_at: rfc3339(row.at),
            slot: count(row.slot),
            signature: row.signature.clone(),
            amount: usd(row.usd),
            take_bps: count(i64::from(row.take_bps)),
            weight: usd(row.weight),
            age_seconds: count(now.saturating_sub(row.at)),
            weight_now: usd(weight_now),
            excluded: row.related,
            points_lost,
        });
    }
    Ok(shown)
}

/// The outcomes that count.
fn counted(outcomes: &[Outcome]) -> Result<Vec<Input>> {
    let counting = outcomes.iter().filter(|row| !row.related && row.weight.0 > 0);
    counting.map(|row| Ok(Input { success: row.success, weight: row.weight.u64()?, at: row.at })).collect()
}

fn scored(outcomes: &[Input], now: i64) -> Result<Score> {
    score(outcomes, now).ok_or_else(|| Problem::internal("the sum of reputation weights leaves 128 bits"))
}

fn signed(value: u128) -> Result<i128> {
    i128::try_from(value).map_err(Problem::internal)
}

/// A score with the page of its inputs behind `cursor`.
pub fn page(
    app: &App,
    provider: &str,
    outcomes: &[Outcome],
    now: i64,
    limit: Limit,
    after: Option<Place>,
    query: &str,
) -> Result<Reputation> {
    let summary = summary(&counted(outcomes)?, now)?;
    let all = inputs(outcomes, &summary, now)?;
    let pairs = outcomes.iter().zip(all);
    let mut rest: Vec<(Place, ReputationInput)> = pairs
        .map(|(row, shown)| (place(row), shown))
        .filter(|(place, _)| after.as_ref().is_none_or(|after| place < after))
        .collect();
    let next = limit.cut(&mut rest, |(place, _)| place.clone());
    let next = next.map(|key| app.cursors.sign(&format!("{query} {provider}"), &key)).transpose()?;
    Ok(Reputation { summary, inputs: rest.into_iter().map(|(_, shown)| shown).collect(), next })
}

/// An outcome's place in the list, which runs backwards.
pub type Place = (i64, String, i32, i32);

fn place(row: &Outcome) -> Place {
    (row.slot, row.signature.clone(), row.instruction, row.inner_index)
}

/// Name of the list in its cursors.
pub fn cursor_name(commitment: Commitment) -> String {
    format!("reputation {}", commitment.name())
}

/// Which inputs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Most inputs on a page.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// `next` of the page before.
    cursor: Option<String>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// A provider's reputation with all its inputs
///
/// The score as in `/v1/providers/{id}`, with its inputs page by page, newest first, so that anyone can
/// compute it anew. `{id}` is the provider's account or its authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}/reputation", tag = "providers",
    params(("id" = String, Path, description = "The provider's account or its authority's wallet"), Wanted),
    responses((status = 200, description = "The answer", body = Answer<Reputation>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn reputation(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Reputation>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let provider = super::provider(&mut view, &id).await?.provider;
    let name = cursor_name(wanted.commitment);
    let after =
        wanted.cursor.map(|cursor| app.cursors.read(&format!("{name} {provider}"), &cursor)).transpose()?;
    let outcomes = view.outcomes(std::slice::from_ref(&provider)).await?;
    let data = page(&app, &provider, &outcomes, view.as_of, wanted.limit, after, &name)?;
    Ok(view.answer(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Whole;

    fn outcome(success: bool, weight: i128, slot: i64, related: bool) -> Outcome {
        Outcome {
            provider: String::new(),
            slot,
            signature: format!("{slot:064}"),
            instruction: 0,
            inner_index: 0,
            job: format!("job {slot}"),
            at: 1_000,
            success,
            usd: Whole(weight * 20),
            take_bps: 500,
            weight: Whole(weight),
            related,
        }
    }

    #[test]
    fn every_point_lost_names_its_job_or_uncertainty() {
        let outcomes = [
            outcome(false, 7, 6, false),
            outcome(true, 100, 5, false),
            outcome(false, 11, 4, false),
            outcome(true, 90, 3, false),
            outcome(false, 50, 2, true),
            outcome(true, 100, 1, false),
        ];
        let summary = summary(&counted(&outcomes).unwrap(), 2_000).unwrap();
        let inputs = inputs(&outcomes, &summary, 2_000).unwrap();
        let named: u64 = inputs.iter().map(|input| input.points_lost).sum();
        assert!(summary.lost_to_failures > 0);
        assert_eq!(named, summary.lost_to_failures);
        assert_eq!(summary.score + summary.lost_to_failures + summary.lost_to_uncertainty, ONE);
        assert_eq!(inputs[4].points_lost, 0, "a job between related keys costs nothing");
        assert!(inputs[2].points_lost > inputs[0].points_lost, "the greater failure costs more");
        assert_eq!((summary.outcomes, summary.failures), (5, 2));
    }

    #[test]
    fn a_newcomer_has_lost_nothing_to_failures() {
        let summary = summary(&[], 2_000).unwrap();
        assert!(summary.newcomer);
        assert_eq!((summary.score, summary.lost_to_failures, summary.lost_to_uncertainty), (0, 0, ONE));
    }

    #[test]
    fn failures_alone_name_every_point() {
        let outcomes =
            [outcome(false, 7, 6, false), outcome(false, 7, 5, false), outcome(false, 7, 4, false)];
        let summary = summary(&counted(&outcomes).unwrap(), 2_000).unwrap();
        let named: u64 =
            inputs(&outcomes, &summary, 2_000).unwrap().iter().map(|input| input.points_lost).sum();
        assert_eq!((summary.score, named), (0, ONE));
    }
}
