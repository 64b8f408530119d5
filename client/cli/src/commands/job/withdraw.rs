//! Paying out what a job owes. Anyone may: each share goes to the associated account of whom it is owed.

use crate::arguments::JobRef;
use crate::commands::checks::paid_to;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, dues};
use serde::Serialize;
use tally_client::amounts::decimal;
use tally_client::interface::accounts::Party;
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::terms::RAIL_TOKEN;

/// To whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum To {
    /// The consumer's wallet
    Consumer,
    /// The provider's authority
    Provider,
    /// Who marked the failure
    Reporter,
}

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Withdraw {
    /// The job
    job: JobRef,
    /// To whom [default: everybody who is due something]
    #[arg(long, value_enum, value_name = "PARTY")]
    party: Option<To>,
}

impl Doing for Withdraw {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        if job.terms.order.rail != RAIL_TOKEN {
            return refused("this job is escrowed in a stablecoin, which this command does not pay out yet");
        }
        let wanted = self.party.map(|to| match to {
            To::Consumer => Party::Consumer,
            To::Provider => Party::Provider,
            To::Reporter => Party::Reporter,
        });
        let due: Vec<_> = dues(&job)
            .into_iter()
            .filter(|(party, ..)| wanted.is_none_or(|wanted| wanted == *party))
            .collect();
        if due.is_empty() {
            let whom = wanted.map_or("nobody is due anything", |party| match party {
                Party::Consumer => "the consumer is due nothing",
                Party::Provider => {
                    "the provider is due nothing (what it earned is claimed with \"tally provider claim\")"
                }
                Party::Reporter => "no reporter is due anything",
                Party::Buyback | Party::Treasury => "buyback and treasury are due nothing",
            });
            return refused(format!("{whom} from this job"));
        }
        let authority = context.provider_of(&job).await?.authority;
        let (keys, network, decimals) = (JobKeys::of(&job), facts.network(), facts.decimals());
        let mut plan = Plan::default();
        let mut record = Record::new().text("job", address);
        for (party, escrow, stake) in due {
            let wallet = match party {
                Party::Consumer => job.terms.consumer,
                Party::Provider => authority,
                Party::Reporter => job.reporter,
                // Due on the stable rail alone, which was refused above.
                Party::Buyback | Party::Treasury => continue,
            };
            let amount = escrow.saturating_add(stake);
            plan.instructions.push(network.withdraw(&keys, party as u8, &wallet));
            plan = plan.say(format!(
                "Pays {} tokens to the {}, {wallet}.",
                decimal(amount, decimals),
                party.name()
            ));
            plan = paid_to(context, &facts, &wallet, plan).await?;
            record = record.tokens(party.name(), amount, decimals);
        }
        Ok(plan.figures(record))
    }
}
