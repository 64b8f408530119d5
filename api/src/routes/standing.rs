//! A score over time, and the formula by itself.

use crate::answer::Answer;
use crate::error::{Kind, Problem, Result};
use crate::extract::{Commitment, Nothing, PathAddress, Query};
use crate::moment::{Interval, Moment, rfc3339};
use crate::state::App;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::reputation::{ONE, Outcome, VERSION, score};
use settlement_interface::rules::HALF_LIFE;
use utoipa::{IntoParams, ToSchema};

/// Most moments of one answer: each is a score of its own.
const MOST_MOMENTS: usize = 400;
/// Most outcomes times moments of one answer: what takes a processor some tens of milliseconds.
const MOST_WORK: usize = 4_000_000;

/// The formula.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReputationFormula {
    /// Its version: any change of a figure that it can give raises it.
    #[schema(example = "reputation/1")]
    formula: String,
    /// One, in the unit of scores and shares.
    one: u64,
    /// Seconds in which a weight is halved, once per whole one.
    half_life_seconds: i64,
    /// The interval's `z`, in hundredths: 1.96 for 95%.
    z_hundredths: u64,
    /// What an outcome weighs.
    weight: &'static str,
    /// What weights come to.
    effective_jobs: &'static str,
    /// The score.
    score: &'static str,
    /// How integers are rounded on the way.
    rounding: &'static str,
    /// What counts for nothing.
    excluded: &'static str,
    /// What a provider is called of whom nothing is known.
    newcomer: &'static str,
    /// How to compute it without this service.
    recompute: &'static str,
}

/// The reputation formula
///
/// Everything that anyone needs to compute a score anew from `/v1/providers/{id}/reputation` or from exported events.
#[utoipa::path(get, path = "/v1/reputation/formula", tag = "providers",
    responses((status = 200, description = "The formula", body = ReputationFormula), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn formula(Query(Nothing {}): Query<Nothing>) -> Json<ReputationFormula> {
    Json(ReputationFormula {
        formula: format!("reputation/{VERSION}"),
        one: ONE,
        half_life_seconds: HALF_LIFE,
        z_hundredths: 196,
        weight: "floor(usd * take_bps / 10000) micro-dollars: settled of a success, the accepted budget of a failure or the share of it that was missed; halved once per whole half-life since",
        effective_jobs: "n = W^2 / Q, with W the sum of the weights and Q the sum of their squares",
        score: "lower bound of Wilson's interval: (n p + z^2/2 - z sqrt(n p (1 - p) + z^2/4)) / (n + z^2), with p the successes' share of W; the upper bound has + before the root",
        rounding: "integers in millionths; every division rounds down, the root up for the lower bound and down for the upper one; weights are first shifted right by the same number of bits until W is below 2^50",
        excluded: "jobs of which consumer and provider are the same wallet",
        newcomer: "no outcome has any weight left: score 0, upper bound 1000000",
        recompute: "indexer reputation EVENTS.csv --at SECONDS, with the CSV of /v1/exports/events",
    })
}

/// Which moments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Time between two scores, aligned to UTC.
    #[serde(default)]
    #[param(inline)]
    interval: Interval,
    /// A moment in the first interval; if not given, there are 24 hours, 30 days or 12 months.
    #[param(inline)]
    from: Option<Moment>,
    /// The first moment after the last interval; the end of what is indexed if not given.
    #[param(inline)]
    to: Option<Moment>,
    /// State of the chain to answer from; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// A provider's scores over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReputationHistory {
    /// Version of the formula.
    #[schema(example = "reputation/1")]
    formula: String,
    /// The provider's account.
    provider: String,
    /// Time between two scores.
    #[schema(inline)]
    interval: Interval,
    /// The score at the end of each interval, in order of time.
    scores: Vec<ScoreAt>,
}

/// A score as it was at a moment, out of what had happened by then. Scores and shares are in millionths.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreAt {
    /// The moment.
    at: String,
    /// Lower bound of the interval.
    #[schema(maximum = 1_000_000)]
    score: u64,
    /// Upper bound.
    #[schema(maximum = 1_000_000)]
    upper: u64,
    /// Weighted share of successes.
    #[schema(maximum = 1_000_000)]
    share: u64,
    /// Nothing was known.
    newcomer: bool,
    /// Outcomes by then.
    outcomes: u64,
    /// Of them failures.
    failures: u64,
}

/// A provider's reputation over time
///
/// The score at the end of each hour, day or month, by the formula of today out of what had happened by then. A week after
/// a failure it has faded as much as a score of today would have. `{id}` is the provider's account or its authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}/reputation/history", tag = "providers",
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), Wanted),
    responses((status = 200, description = "The answer", body = Answer<ReputationHistory>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn history(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<ReputationHistory>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let provider = super::provider(&mut view, &id).await?.provider;
    let moments = moments(&wanted, view.as_of)?;
    let most = MOST_WORK.checked_div(moments.len()).unwrap_or(MOST_WORK);
    let outcomes = view.counted(&provider, most.saturating_add(1)).await?;
    if outcomes.len() > most {
        let detail = format!(
            "from: this provider has more than {most} outcomes, too many for {} scores of them; ask for fewer intervals.",
            moments.len()
        );
        return Err(Problem::new(Kind::Unanswerable, detail));
    }
    // It would keep others waiting.
    let scores =
        tokio::task::spawn_blocking(move || scores(outcomes, moments)).await.map_err(Problem::internal)??;
    let data = ReputationHistory {
        formula: format!("reputation/{VERSION}"),
        provider,
        interval: wanted.interval,
        scores,
    };
    Ok(view.answer(data))
}

/// Ends of the intervals; the last one may still run.
fn moments(wanted: &Wanted, as_of: i64) -> Result<Vec<i64>> {
    let to = wanted.to.map_or(as_of, |to| to.0.saturating_sub(1).min(as_of));
    let first = || wanted.interval.usual(to);
    let from = wanted.from.map(|from| from.0).or_else(first).unwrap_or(to);
    super::during::within(Some(Moment(from)), Some(Moment(to.saturating_add(1))))?;
    let starts = wanted.interval.buckets(from, to.saturating_add(1), MOST_MOMENTS).ok_or_else(|| {
        let detail = format!("from: the range has more than {MOST_MOMENTS} intervals; ask for a shorter one or longer intervals.");
        Problem::new(Kind::Unanswerable, detail)
    })?;
    let end = |start: i64| wanted.interval.next(start).map_or(to, |next| next.saturating_sub(1)).min(to);
    Ok(starts.into_iter().map(end).collect())
}

/// The score at each moment.
fn scores(mut outcomes: Vec<Outcome>, moments: Vec<i64>) -> Result<Vec<ScoreAt>> {
    outcomes.sort_by_key(|outcome| outcome.at);
    moments.into_iter().map(|at| score_at(&outcomes, at)).collect()
}

fn score_at(outcomes: &[Outcome], at: i64) -> Result<ScoreAt> {
    let known = outcomes.partition_point(|outcome| outcome.at <= at);
    let known = outcomes.get(..known).unwrap_or_default();
    let found =
        score(known, at).ok_or_else(|| Problem::internal("the sum of reputation weights leaves 128 bits"))?;
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    Ok(ScoreAt {
        at: rfc3339(at),
        score: found.score,
        upper: found.upper,
        share: found.share,
        newcomer: found.newcomer,
        outcomes: number(known.len()),
        failures: number(known.iter().filter(|outcome| !outcome.success).count()),
    })
}
