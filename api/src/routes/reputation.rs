//! Reputation with its inputs.
//!
//! The formula is `settlement_interface::reputation`; here its result is explained: which outcome
//! counted with which weight, and which job cost how many of the points that are missing.

use super::count;
use crate::answer::Answer;
use crate::db::View;
use crate::db::reputation::{Outcome, Place, Record};
use crate::error::{Problem, Result};
use crate::extract::{Commitment, PathAddress, Query};
use crate::moment::rfc3339;
use crate::pagination::Limit;
use crate::state::App;
use crate::units::{UsdAmount, usd};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::math::proportion_floor;
use settlement_interface::reputation::{ONE, Score, Sums, VERSION, decayed};
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

impl ReputationSummary {
    /// The score, millionths.
    pub fn score(&self) -> u64 {
        self.score
    }
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

/// How one job ended for the provider, or a failure within it, and what that counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReputationInput {
    /// The job.
    job: String,
    /// settled, or what the provider did: no_show, outage, service (the promised level was missed) or dispute (it lost one).
    #[schema(example = "settled")]
    kind: String,
    /// The case or dispute that found it; null if it took none.
    case: Option<String>,
    /// Whether it was settled; otherwise the provider failed.
    success: bool,
    /// When it ended, or when a case, a dispute or the service level was decided.
    ended_at: String,
    /// Slot of the event that ended it.
    slot: u64,
    /// Its transaction.
    signature: String,
    /// Settled of a success, the budget of a failure or the share of it that was missed.
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

impl Record {
    /// The score at the moment that the record is of.
    fn summary(&self, now: i64) -> Result<ReputationSummary> {
        let (whole, flawless) = (scored(&self.sums)?, scored(&self.successes)?);
        let missing = ONE.saturating_sub(whole.score);
        let lost_to_failures = match (whole.newcomer, flawless.newcomer) {
            (true, _) => 0,
            // Nothing else is missing: without the failures there would be no record.
            (false, true) => missing,
            (false, false) => flawless.score.saturating_sub(whole.score),
        };
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
            lost_to_uncertainty: missing.saturating_sub(lost_to_failures),
            outcomes: self.outcomes,
            failures: self.failures,
        })
    }

    /// A page of the inputs of a score, newest first. The points lost to failures are shared out by
    /// their weights now; running sums, over the pages before as well, make the parts add up to all.
    fn inputs(&self, page: Vec<Outcome>, lost: u64, now: i64) -> Result<Vec<ReputationInput>> {
        let failed = self.sums.weight.saturating_sub(self.sums.success_weight);
        let upto = |sum| proportion_floor(lost, sum, failed).unwrap_or(0);
        let mut sum = self.ahead;
        let mut shared = upto(sum);
        let mut shown = Vec::with_capacity(page.len());
        for row in page {
            let weight_now = if row.related { 0 } else { decayed(row.weight.u64()?, row.at, now) };
            let mut points_lost = 0;
            if !row.success {
                sum = sum.saturating_add(u128::from(weight_now));
                points_lost = upto(sum).saturating_sub(shared);
                shared = upto(sum);
            }
            shown.push(ReputationInput {
                job: row.job,
                kind: row.kind,
                case: row.found_by,
                success: row.success,
                ended_at: rfc3339(row.at),
                slot: count(row.slot),
                signature: row.signature,
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
}

fn scored(sums: &Sums) -> Result<Score> {
    sums.score().ok_or_else(|| Problem::internal(format!("{sums:?} are no sums of reputation weights")))
}

fn signed(value: u128) -> Result<i128> {
    i128::try_from(value).map_err(Problem::internal)
}

/// The scores of providers, in their order.
pub async fn summaries(view: &mut View, providers: &[String]) -> Result<Vec<ReputationSummary>> {
    let now = view.as_of;
    view.records(providers, None).await?.iter().map(|record| record.summary(now)).collect()
}

/// A provider's score with the page of its inputs behind `after`.
pub async fn page(
    app: &App,
    view: &mut View,
    provider: &str,
    limit: Limit,
    after: Option<Place>,
) -> Result<Reputation> {
    let now = view.as_of;
    let records = view.records(&[provider.to_owned()], after.as_ref()).await?;
    let record = records.first().copied().unwrap_or_default();
    let mut rows = view.outcomes(provider, after.as_ref(), limit).await?;
    let next = limit.cut(&mut rows, Outcome::place);
    let name = cursor_name(view.commitment, provider);
    let next = app.cursors.next(&name, next)?;
    let summary = record.summary(now)?;
    let inputs = record.inputs(rows, summary.lost_to_failures, now)?;
    Ok(Reputation { summary, inputs, next })
}

/// Name of the list in its cursors.
fn cursor_name(commitment: Commitment, provider: &str) -> String {
    format!("reputation {} {provider}", commitment.name())
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
    #[param(format = "cursor")]
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
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), Wanted),
    responses((status = 200, description = "The answer", body = Answer<Reputation>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn reputation(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Reputation>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let provider = super::provider(&mut view, &id).await?.provider;
    let name = cursor_name(wanted.commitment, &provider);
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let data = page(&app, &mut view, &provider, wanted.limit, after).await?;
    Ok(view.answer(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Whole;
    use settlement_interface::reputation::Outcome as Input;

    const DAYS: i64 = 86_400;

    fn outcome(success: bool, weight: i128, slot: i64, related: bool) -> Outcome {
        Outcome {
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
            kind: if success { "settled" } else { "no_show" }.into(),
            found_by: None,
        }
    }

    /// The score and a page of inputs, as they follow from outcomes of which `ahead` stand on pages before.
    fn shown(outcomes: &[Outcome], ahead: usize, now: i64) -> (ReputationSummary, Vec<ReputationInput>) {
        let inputs: Vec<(usize, Input)> = outcomes
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.related)
            .map(|(place, row)| {
                (place, Input { success: row.success, weight: row.weight.u64().unwrap(), at: row.at })
            })
            .collect();
        let those = |of: fn(&Input) -> bool| -> Vec<Input> {
            inputs.iter().map(|(_, input)| *input).filter(of).collect()
        };
        let (all, successes) = (those(|_| true), those(|input| input.success));
        let failed = |(place, input): &&(usize, Input)| *place < ahead && !input.success;
        let record = Record {
            outcomes: all.len() as u64,
            failures: (all.len() - successes.len()) as u64,
            ahead: inputs
                .iter()
                .filter(failed)
                .map(|(_, input)| u128::from(decayed(input.weight, input.at, now)))
                .sum(),
            sums: Sums::of(&all, now).unwrap(),
            successes: Sums::of(&successes, now).unwrap(),
        };
        let summary = record.summary(now).unwrap();
        let page = outcomes[ahead..].to_vec();
        let inputs = record.inputs(page, summary.lost_to_failures, now).unwrap();
        (summary, inputs)
    }

    fn named(inputs: &[ReputationInput]) -> u64 {
        inputs.iter().map(|input| input.points_lost).sum()
    }

    fn mixed() -> [Outcome; 6] {
        [
            outcome(false, 7, 6, false),
            outcome(true, 100, 5, false),
            outcome(false, 11, 4, false),
            outcome(true, 90, 3, false),
            outcome(false, 50, 2, true),
            outcome(true, 100, 1, false),
        ]
    }

    #[test]
    fn every_point_lost_names_its_job_or_uncertainty() {
        let (summary, inputs) = shown(&mixed(), 0, 2_000);
        assert!(summary.lost_to_failures > 0);
        assert_eq!(named(&inputs), summary.lost_to_failures);
        assert_eq!(summary.score + summary.lost_to_failures + summary.lost_to_uncertainty, ONE);
        assert_eq!(inputs[4].points_lost, 0, "a job between related keys costs nothing");
        assert!(inputs[2].points_lost > inputs[0].points_lost, "the greater failure costs more");
        assert_eq!((summary.outcomes, summary.failures), (5, 2));
    }

    #[test]
    fn points_are_the_same_on_whichever_page_their_job_stands() {
        let (_, whole) = shown(&mixed(), 0, 2_000);
        for ahead in 1..whole.len() {
            let (_, page) = shown(&mixed(), ahead, 2_000);
            let points = |inputs: &[ReputationInput]| -> Vec<u64> {
                inputs.iter().map(|input| input.points_lost).collect()
            };
            assert_eq!(points(&page), points(&whole[ahead..]), "{ahead}");
        }
    }

    #[test]
    fn a_newcomer_has_lost_nothing_to_failures() {
        let (summary, _) = shown(&[], 0, 2_000);
        assert!(summary.newcomer);
        assert_eq!((summary.score, summary.lost_to_failures, summary.lost_to_uncertainty), (0, 0, ONE));
    }

    #[test]
    fn failures_alone_name_every_point() {
        let outcomes =
            [outcome(false, 7, 6, false), outcome(false, 7, 5, false), outcome(false, 7, 4, false)];
        let (summary, inputs) = shown(&outcomes, 0, 2_000);
        assert_eq!((summary.score, named(&inputs)), (0, ONE));
    }

    #[test]
    fn a_failure_after_all_success_has_faded_names_every_point() {
        let now = 4_000 * DAYS;
        let fresh = Outcome { at: now, ..outcome(false, 7, 6, false) };
        let (summary, inputs) = shown(&[fresh, outcome(true, 100, 5, false)], 0, now);
        assert!(!summary.newcomer);
        assert_eq!((summary.score, summary.lost_to_failures, summary.lost_to_uncertainty), (0, ONE, 0));
        assert_eq!((inputs[0].points_lost, inputs[1].points_lost), (ONE, 0));
    }
}
