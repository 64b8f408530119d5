//! Closing vault and job of an ended job. Anyone may: the rent goes to who paid it.

use crate::arguments::JobRef;
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;
use tally_client::interface::accounts::{Job, JobState, Layout};
use tally_client::interface::terms::RAIL_STABLE;
use tally_client::tokens::TOKEN_ACCOUNT_LEN;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Reclaim {
    /// The job
    job: JobRef,
}

impl Doing for Reclaim {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        in_state(
            &job,
            &[JobState::Closed, JobState::Cancelled, JobState::Failed],
            "its rent can be reclaimed",
        )?;
        if !job.is_paid_out() {
            return Err(program_refuses(SettlementError::DuesRemain));
        }
        let rent =
            context.rpc.rent(Job::LEN).await?.saturating_add(context.rpc.rent(TOKEN_ACCOUNT_LEN).await?);
        let (consumer, payer) = (&job.terms.consumer, &job.rent_payer);
        let reclaim = match job.terms.order.rail {
            RAIL_STABLE => facts.stable()?.reclaim_job(&address, consumer, payer),
            _ => facts.network().reclaim_job(&address, consumer, payer),
        };
        Ok(Plan::new(vec![reclaim])
            .say(format!("Closes job and vault; their rent returns to {}, who paid it.", job.rent_payer))
            .say("What strangers sent to the vault go to the consumer.")
            .figures(Record::new().text("job", address).sol("returned_rent", rent)))
    }
}
