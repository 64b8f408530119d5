//! Accepting an offered job in the name of a provider whose standing offer it fits. Anyone may.

use crate::arguments::JobRef;
use crate::commands::checks::{free_stake, not_paused, whole};
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;
use tally_client::interface::accounts::JobState;
use tally_client::interface::rules::{Occasion, escrow_worth, fits};
use tally_client::jobs::last_acceptance;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct AcceptStanding {
    /// The job
    job: JobRef,
}

impl Doing for AcceptStanding {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        in_state(&job, &[JobState::Offered], "an offer can be accepted")?;
        not_paused(&facts)?;
        if facts.now > last_acceptance(&job) {
            return refused("it is too late: the offer can no longer be accepted");
        }
        let provider = context.provider_of(&job).await?;
        let Ok(quote) = facts.quote_for(&job) else { return Err(program_refuses(SettlementError::NoPrice)) };
        let bond = facts.bond_asked(&job, Some(&quote))?;
        let order = &job.terms.order;
        let occasion = Occasion {
            now: facts.now,
            authority: provider.authority,
            jobs_open: provider.jobs_open,
            parameters: job.terms.parameters.hash(),
            bond,
            worth: whole(escrow_worth(order.rail, job.escrow, quote.burn, quote.scale))?,
        };
        fits(&provider.standing, order, &occasion).map_err(program_refuses)?;
        free_stake(&provider, bond, facts.decimals())?;
        let record = Record::new()
            .text("job", address)
            .text("provider", job.terms.provider)
            .tokens("bond", bond, facts.decimals())
            .time("start_by", order.start_by, facts.now);
        Ok(Plan::new(vec![facts.network().accept_standing_offer(&address, &job.terms.provider)])
            .say(format!(
                "Accepts the job in the name of provider {}, whose standing offer it fits; {} of its stake are locked.",
                job.terms.provider,
                facts.compute().say(bond)
            ))
            .figures(record))
    }
}
