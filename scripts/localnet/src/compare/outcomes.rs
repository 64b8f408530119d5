//! How jobs ended for their providers, and what was found against these before: what reputation counts.

use super::history::{Entry, History};
use super::jobs_seen::JobSeen;
use crate::failure::{Context, Result};
use settlement_interface::Address;
use settlement_interface::accounts::OUTCOME_PROVIDER_LOST;
use settlement_interface::events::Event;
use settlement_interface::reputation::{Outcome, weight};
use std::collections::BTreeMap;

/// One outcome, of the event that tells it.
pub struct OutcomeSeen<'a> {
    /// Where it stands.
    pub entry: &'a Entry,
    /// The job.
    pub job: Address,
    /// The API's word.
    pub kind: &'static str,
    /// The case or dispute that found it.
    pub case: Option<Address>,
    /// Settled, or missed of the budget, micro-dollars.
    pub amount: u64,
    /// The job's take, basis points.
    pub take_bps: u16,
    /// Whether provider and consumer are one.
    pub related: bool,
    /// What the formula takes.
    pub counts: Outcome,
}

/// All outcomes of a provider, whose authority is given.
pub fn outcomes<'a>(
    history: &'a History,
    jobs: &BTreeMap<Address, JobSeen>,
    provider: &Address,
    authority: &Address,
) -> Result<Vec<OutcomeSeen<'a>>> {
    let mut all = Vec::new();
    for entry in &history.entries {
        let Some((of, job, kind, case, amount)) = told(&entry.event, jobs) else { continue };
        if of != *provider {
            continue;
        }
        let terms = jobs.get(&job).context(format!("job {job} was never opened"))?.opened.terms;
        let take_bps = terms.parameters.take_bps;
        let weight = weight(amount, take_bps).context("a take is out of range")?;
        let counts = Outcome { success: kind == "settled", weight, at: entry.event.at() };
        let related = terms.consumer == *authority;
        all.push(OutcomeSeen { entry, job, kind, case, amount, take_bps, related, counts });
    }
    Ok(all)
}

type Told = (Address, Address, &'static str, Option<Address>, u64);

/// Provider, job, kind, case and amount, if an event tells an outcome.
fn told(event: &Event, jobs: &BTreeMap<Address, JobSeen>) -> Option<Told> {
    match event {
        Event::JobClosed(event) => {
            // A job that has closed settles no more.
            let settled = jobs.get(&event.job)?.settled;
            Some((event.provider, event.job, "settled", None, settled))
        }
        Event::JobFailed(event) => Some((event.provider, event.job, "no_show", None, event.bad)),
        Event::CaseUpheld(event) => Some((event.provider, event.job, "outage", Some(event.case), event.bad)),
        Event::ServiceCredited(event) => Some((event.provider, event.job, "service", None, event.bad)),
        Event::DisputeResolved(event) if event.outcome == u64::from(OUTCOME_PROVIDER_LOST) => {
            Some((event.provider, event.job, "dispute", Some(event.dispute), event.bad))
        }
        _ => None,
    }
}
