//! Taking a job one step further. Anyone may: the clock stands in for a signer.

use crate::arguments::JobRef;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use crate::steps;
use serde::Serialize;
use tally_client::interface::accounts::JobState;
use tally_client::interface::instructions::JobKeys;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Advance {
    /// The job
    job: JobRef,
}

impl Doing for Advance {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let Some(step) = steps::advance(&job, &facts) else {
            let next = steps::next(&job, &facts).join("; ");
            return refused(format!("time allows no next step for this job yet: {next}"));
        };
        let record = Record::new()
            .text("job", address)
            .text("state_now", job.state().map_or("unknown", JobState::name));
        Ok(Plan::new(vec![facts.network().advance_job(&JobKeys::of(&job))])
            .say(format!("Takes the job further: {step}."))
            .say("Nobody is paid by it: what is due is withdrawn afterwards (tally job withdraw).")
            .figures(record))
    }
}
