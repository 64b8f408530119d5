//! Locking more stake in a job's bond.

use crate::arguments::{Amount, JobRef};
use crate::commands::checks::{free_stake, whole};
use crate::context::{Context, in_state};
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::JobState;
use tally_client::interface::oracle;
use tally_client::interface::rules::bond_asked;
use tally_client::interface::terms::RAIL_TOKEN;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct TopUpBond {
    /// The job
    job: JobRef,
    /// Tokens of the free stake [default: all that the terms ask for]
    amount: Option<Amount>,
}

impl Doing for TopUpBond {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let provider = context.provider_of(&job).await?;
        context.must_be(&provider.authority, "the authority of the job's provider")?;
        in_state(&job, &[JobState::Assigned, JobState::Running], "a bond can be topped up")?;
        let (rail, decimals, tokens) = (job.terms.order.rail, facts.decimals(), facts.compute());
        let scale = match rail {
            RAIL_TOKEN => 0,
            _ => whole(oracle::scale(facts.config.decimals, facts.price.exponent))?,
        };
        let bps = job.terms.parameters.bond_bps;
        let asked = whole(bond_asked(rail, job.bonded_escrow, bps, facts.price.spot, scale))?;
        // More by the provider's own choice: up to what all that was ever deposited asks for.
        let most =
            whole(bond_asked(rail, job.funded, bps, facts.price.spot, scale))?.saturating_sub(job.bond);
        let missing = asked.saturating_sub(job.bond);
        if missing == 0 && (most == 0 || self.amount.is_none()) {
            return refused(format!("the bond of {} is all that the terms ask for", tokens.say(job.bond)));
        }
        let amount = match &self.amount {
            Some(amount) => amount.positive("amount", decimals)?,
            None => missing,
        };
        if amount > most.max(missing) {
            return refused(format!(
                "only {} can be added to the bond; name no more",
                tokens.say(most.max(missing))
            ));
        }
        free_stake(&provider, amount, decimals)?;
        let record = Record::new()
            .text("job", address)
            .tokens("amount", amount, decimals)
            .tokens("bond_then", job.bond.saturating_add(amount), decimals)
            .tokens("asked", asked, decimals);
        Ok(Plan::new(vec![facts.network().top_up_bond(&provider.authority, &address, amount)])
            .say(format!("Locks {} more of your stake in the job's bond.", tokens.say(amount)))
            .figures(record))
    }
}
