//! Starting an accepted job.

use crate::arguments::{JobRef, local, span};
use crate::context::{Context, in_state};
use crate::failure::Result;
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::JobState;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Start {
    /// The job
    job: JobRef,
}

impl Doing for Start {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let provider = context.provider_of(&job).await?;
        context.must_be(&provider.authority, "the authority of the job's provider")?;
        in_state(&job, &[JobState::Assigned], "a job can be started")?;
        let order = &job.terms.order;
        let plan = Plan::new(vec![facts.network().start_job(&provider.authority, &address)]).say(format!(
            "Starts the job: from now on work counts, until {}. If no receipt is settled for {}, anyone may close it.",
            local(order.end_by, facts.now),
            span(order.silence_max)
        ));
        let record = Record::new().text("job", address).time("start_by", order.start_by, facts.now).time(
            "end_by",
            order.end_by,
            facts.now,
        );
        Ok(plan.figures(record))
    }
}
