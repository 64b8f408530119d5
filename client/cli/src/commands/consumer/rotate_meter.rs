//! Replacing the session key.

use crate::arguments::{JobRef, Key, local, span};
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;
use tally_client::interface::accounts::JobState;
use tally_client::interface::instructions::JobKeys;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct RotateMeter {
    /// The job
    job: JobRef,
    /// The new session key's address
    meter: Key,
}

impl Doing for RotateMeter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        context.must_be(&job.terms.consumer, "the job's consumer")?;
        in_state(&job, &[JobState::Running], "the session key can be replaced")?;
        let Key(meter) = self.meter;
        if meter == job.meter {
            return Err(program_refuses(SettlementError::SameMeter));
        }
        if meter == context.provider_of(&job).await?.authority {
            return Err(program_refuses(SettlementError::MeterIsParty));
        }
        let grace = job.terms.parameters.receipt_grace;
        let earliest = job.rotated_at.saturating_add(grace);
        if job.rotated_at != 0 && facts.now <= earliest {
            return refused(format!(
                "the key was replaced less than {} ago; it can be replaced again {}",
                span(grace),
                local(earliest, facts.now)
            ));
        }
        Ok(Plan::new(vec![facts.network().rotate_meter(&job.terms.consumer, &JobKeys::of(&job), &meter)])
            .say(format!("From now on receipts count if {meter} signed them."))
            .say(format!(
                "What {} signed for the time until now still counts for {}.",
                job.meter,
                span(grace)
            ))
            .figures(Record::new().text("job", address).text("meter", meter).text("previous", job.meter)))
    }
}
