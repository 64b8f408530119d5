//! Ending a running job, by either party.

use crate::arguments::{JobRef, span};
use crate::context::{Context, in_state};
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::JobState;
use tally_client::interface::instructions::JobKeys;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Close {
    /// The job
    job: JobRef,
}

impl Doing for Close {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let authority = context.provider_of(&job).await?.authority;
        let (owner, consumer) = (context.owner()?, job.terms.consumer);
        if owner != consumer && owner != authority {
            return refused(format!(
                "only the consumer {consumer} or the provider's authority {authority} may close this job, but the key \
                 is {owner}; name the right key file with --keypair"
            ));
        }
        in_state(&job, &[JobState::Running], "a job can be closed")?;
        let grace = job.terms.parameters.receipt_grace;
        let until = facts.now.saturating_add(grace);
        Ok(Plan::new(vec![facts.network().close_job(&owner, &JobKeys::of(&job))])
            .say("Ends the job: work after now does not count any more.")
            .say(format!(
                "Receipts for the time until now are still accepted for {}; then the rest is refunded.",
                span(grace)
            ))
            .figures(Record::new().text("job", address).time("receipts_until", until, facts.now)))
    }
}
