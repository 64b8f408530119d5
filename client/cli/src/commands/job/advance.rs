//! Taking a job one step further. Anyone may: the clock stands in for a signer.

use crate::arguments::JobRef;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, next_steps};
use serde::Serialize;
use tally_client::interface::accounts::{Job, JobState, MARK_NONE};
use tally_client::interface::instructions::JobKeys;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Advance {
    /// The job
    job: JobRef,
}

/// What the next step is, in words; `None` if time allows none yet.
fn step(job: &Job, now: i64) -> Option<&'static str> {
    let (order, terms) = (&job.terms.order, &job.terms.parameters);
    let marked = job.mark != MARK_NONE && now >= job.marked_at.saturating_add(terms.grace);
    let owed = job.outstanding().unwrap_or(0) > 0 && job.escrow > 0;
    match job.state()? {
        JobState::Offered => {
            let late = now > order.offer_by || now.saturating_add(terms.min_lead) > order.start_by;
            late.then_some("The offer has lapsed: the job is cancelled and the escrow booked as refund.")
        }
        JobState::Assigned => marked.then_some(
            "The provider has not started: the job fails, the escrow is booked as refund and part of the bond is lost.",
        ),
        JobState::Running => {
            let over = now > order.end_by || now > job.heard_at.saturating_add(order.silence_max);
            over.then_some("The job is over: it begins to close, and late receipts are accepted for a while.")
        }
        JobState::Closing => {
            let over = now > job.closing_at.saturating_add(terms.receipt_grace);
            over.then_some("The time for late receipts is over: only converting is left.")
        }
        JobState::Settling if !owed => {
            Some("Everything is converted: the job closes, the rest is booked as refund and the bond released.")
        }
        JobState::Settling => marked.then_some("The halt has lasted: the job closes, and work is paid in kind."),
        _ => None,
    }
}

impl Doing for Advance {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let Some(says) = step(&job, facts.now) else {
            let next = next_steps(&job, facts.decimals(), facts.now).join("; ");
            return refused(format!("time allows no next step for this job yet: {next}"));
        };
        let record = Record::new()
            .text("job", address)
            .text("state_now", job.state().map_or("unknown", JobState::name));
        Ok(Plan::new(vec![facts.network().advance_job(&JobKeys::of(&job))])
            .say(says)
            .say("Nobody is paid by it: what is due is withdrawn afterwards (tally job withdraw).")
            .figures(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_client::interface::accounts::MARK_NO_SHOW;
    use tally_client::interface::parameters::Parameters;

    fn sample(state: JobState) -> Job {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.state = state as u8;
        job.terms.parameters = Parameters::DEFAULT;
        job.terms.order.offer_by = 10_000;
        job.terms.order.start_by = 11_000;
        job.terms.order.end_by = 20_000;
        job.terms.order.silence_max = 300;
        job.heard_at = 15_000;
        job.closing_at = 15_000;
        job.marked_at = 12_000;
        job.escrow = 1;
        job
    }

    #[test]
    fn both_sides_of_every_deadline() {
        for (state, last, mark) in [
            (JobState::Offered, 10_000, MARK_NONE),
            (JobState::Assigned, 12_000 + 3_599, MARK_NO_SHOW),
            (JobState::Running, 15_300, MARK_NONE),
            (JobState::Closing, 15_000 + 86_400, MARK_NONE),
        ] {
            let mut job = sample(state);
            job.mark = mark;
            assert_eq!(step(&job, last), None, "{state:?}");
            assert!(step(&job, last + 1).is_some(), "{state:?}");
        }
        assert_eq!(step(&sample(JobState::Assigned), i64::MAX), None);
        assert!(step(&sample(JobState::Settling), 0).unwrap().contains("converted"));
        assert_eq!(step(&sample(JobState::Closed), i64::MAX), None);
    }
}
