//! Cancelling a job that has not started.

use crate::arguments::{JobRef, local};
use crate::commands::checks::whole;
use crate::context::{Context, in_state};
use crate::failure::Result;
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::JobState;
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::rules::cancellation_fee;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Cancel {
    /// The job
    job: JobRef,
}

impl Doing for Cancel {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        context.must_be(&job.terms.consumer, "the job's consumer")?;
        in_state(&job, &[JobState::Offered, JobState::Open, JobState::Assigned], "a job can be cancelled")?;
        let (start_by, currency) = (job.terms.order.start_by, facts.currency(job.terms.order.rail)?);
        let owes = job.state() == Some(JobState::Assigned) && facts.now <= start_by;
        let fee =
            if owes { whole(cancellation_fee(job.escrow, job.terms.parameters.cancel_bps))? } else { 0 };
        let refund = job.escrow.saturating_sub(fee);
        let mut plan = Plan::new(vec![facts.network().cancel_job(&job.terms.consumer, &JobKeys::of(&job))]);
        plan = plan.say(if owes {
            format!(
                "Cancels the job: {} of the escrow become the provider's, since it has accepted; it is free {}.",
                currency.say(fee),
                local(start_by.saturating_add(1), facts.now)
            )
        } else {
            "Cancels the job for nothing.".to_owned()
        });
        let record = Record::new()
            .text("job", address)
            .money("fee", fee, &currency)
            .money("refund", refund, &currency);
        Ok(plan
            .say(format!("{} become yours to withdraw (tally job withdraw).", currency.say(refund)))
            .figures(record))
    }
}
