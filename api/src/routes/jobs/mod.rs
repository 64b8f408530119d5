//! Jobs: their terms, how far they are, what they owe.

mod shapes;
mod work;

pub use shapes::Job;
pub(super) use work::conversion;
pub use work::{__path_conversions, __path_receipts, Conversion, Receipt, conversions, receipts};

use super::cases::{self, Case, Dispute};
use super::during::EVER;
use super::market::{self, Bid};
use crate::answer::{Answer, Page};
use crate::db::View;
use crate::db::cases::{Part, Whose};
use crate::db::conversions::Of;
use crate::db::jobs::Filter;
use crate::error::{Kind, Problem, Result};
use crate::extract::{Address, At, Commitment, PathAddress, Query};
use crate::openapi::words;
use crate::pagination::{Limit, Order};
use crate::state::App;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use settlement_interface::accounts::JobState;
pub(crate) use shapes::{Dues, dues as dues_of};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stands(JobState);

impl PartialSchema for Stands {
    fn schema() -> RefOr<Schema> {
        words(JobState::ALL.map(JobState::name))
    }
}

impl ToSchema for Stands {}

impl<'de> Deserialize<'de> for Stands {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        JobState::ALL.into_iter().find(|state| state.name() == word).map(Self).ok_or_else(|| {
            let names = JobState::ALL.map(JobState::name).join(", ");
            serde::de::Error::custom(format!("\"{word}\" is not one of: {names}"))
        })
    }
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only jobs in this state: offered, open, assigned, running, closing, held, settling, closed, cancelled or failed.
    #[param(inline)]
    state: Option<Stands>,
    /// Only jobs of this provider: its account or its authority's wallet.
    #[param(inline)]
    provider: Option<Address>,
    /// Only jobs of this consumer's wallet.
    #[param(inline)]
    consumer: Option<Address>,
    /// Newest or oldest first, by opening.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// Most jobs on a page.
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

/// A job with what it owes, who bid for it, what was found against its provider, and the newest of what was received and converted.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobDetail {
    #[serde(flatten)]
    job: Job,
    /// What each party is due and was paid.
    dues: Vec<Dues>,
    /// Every bid, by number: the first 1,000 if there are more.
    bids: Vec<Bid>,
    /// The newest 50 outage cases.
    cases: Vec<Case>,
    /// The newest 50 disputes.
    disputes: Vec<Dispute>,
    /// The newest 50 receipts; all of them under `/v1/jobs/{id}/receipts`.
    latest_receipts: Vec<Receipt>,
    /// The newest 50 conversions; all of them under `/v1/jobs/{id}/conversions`.
    latest_conversions: Vec<Conversion>,
}

/// Jobs
///
/// By opening, with filters for state, provider and consumer.
#[utoipa::path(get, path = "/v1/jobs", tag = "consumers", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<Job>, links(
            ("job" = (operation_id = "job", parameters(("id" = "$response.body#/items/0/job")))),
            ("its_receipts" = (operation_id = "receipts", parameters(("id" = "$response.body#/items/0/job")))),
            ("its_conversions" = (operation_id = "conversions", parameters(("id" = "$response.body#/items/0/job")))),
            ("its_provider" = (operation_id = "provider", parameters(("id" = "$response.body#/items/0/provider")))),
            ("close_it" = (operation_id = "describe_close_job", parameters(("job" = "$response.body#/items/0/job")))),
            ("take_it_further" = (operation_id = "describe_advance_job", parameters(("job" = "$response.body#/items/0/job")))),
            ("its_events" = (operation_id = "events", parameters(("entity" = "$response.body#/items/0/job")))),
        )), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn jobs(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<Job>> {
    let mut view = app.database.view(wanted.commitment).await?;
    let provider = super::provider_named(&mut view, wanted.provider).await?;
    let filter = Filter {
        state: wanted.state.map(|state| state.0.name()),
        provider,
        consumer: wanted.consumer.map(|wallet| wallet.0.to_string()),
    };
    let name = format!("jobs {} {} {filter:?}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut rows = view.jobs(&filter, after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| (row.opened_slot, row.job.clone()));
    let next = app.cursors.next(&name, next)?;
    let units = view.units;
    Ok(view.page(rows.into_iter().map(|row| shapes::job(row, units)).collect(), next))
}

/// One job
///
/// With its terms, dues, bids, cases, disputes, newest receipts and conversions. It stays here after its account is closed.
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "consumers",
    params(("id" = inline(crate::extract::Address), Path, description = "The job's address"), At),
    responses((status = 200, description = "The answer", body = Answer<JobDetail>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn job(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(at): Query<At>,
) -> Result<Answer<JobDetail>> {
    let mut view = app.database.view(at.commitment).await?;
    let id = id.to_string();
    let row = known(&mut view, &id).await?;
    let dues = view.dues(&id).await?;
    let network = view.network().await?.ok_or_else(|| Problem::internal("a snapshot without a network"))?;
    let bids = view.bids(std::slice::from_ref(&id)).await?;
    let part = Part { after: None, order: Order::Desc, limit: Limit::default() };
    let mut cases = view.cases(Whose::Job(&id), &part).await?;
    let mut disputes = view.disputes(Whose::Job(&id), &part).await?;
    Limit::default().cut(&mut cases, |_| ());
    Limit::default().cut(&mut disputes, |_| ());
    let mut receipts = view.receipts(&id, None, Order::Desc, Limit::default()).await?;
    let mut conversions = view.conversions(Of::Job(&id), &EVER, None, Order::Desc, Limit::default()).await?;
    Limit::default().cut(&mut receipts, |_| ());
    Limit::default().cut(&mut conversions, |_| ());
    let units = view.units;
    let data = JobDetail {
        dues: dues.into_iter().map(|due| shapes::dues(due, &row.rail, &network.treasury, units)).collect(),
        bids: market::shown(bids, &row, units),
        cases: cases.into_iter().map(|row| cases::case(row, units)).collect(),
        disputes: disputes.into_iter().map(|row| cases::dispute(row, units)).collect(),
        job: shapes::job(row, units),
        latest_receipts: receipts.into_iter().map(work::receipt).collect(),
        latest_conversions: conversions.into_iter().map(|row| work::conversion(row, units)).collect(),
    };
    Ok(view.answer(data))
}

/// The job at an address, or a 404 that says so.
pub(crate) async fn known(view: &mut View, id: &str) -> Result<crate::db::jobs::Job> {
    let job = view.job(id).await?;
    job.ok_or_else(|| {
        let detail = format!("No job is known at {id}{}.", super::suggestion(view.commitment));
        Problem::new(Kind::NotFound, detail)
    })
}
