//! Paying out what a job owes. Anyone may: each share goes to the associated account of whom it is owed.

use crate::arguments::JobRef;
use crate::commands::checks::paid_in;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Party, Provider};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::terms::RAIL_STABLE;
use tally_client::interface::{Address, pda};
use tally_client::jobs::dues;

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
    /// The buyback vault: its share of a stable job's take
    Buyback,
    /// The treasury's wallet: its share of a stable job's take
    Treasury,
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
        let wanted = self.party.map(|to| match to {
            To::Consumer => Party::Consumer,
            To::Provider => Party::Provider,
            To::Reporter => Party::Reporter,
            To::Buyback => Party::Buyback,
            To::Treasury => Party::Treasury,
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
        // An auction that nobody won has no provider, who is then due nothing.
        let provider: Option<Provider> = context.read(&job.terms.provider).await?;
        let authority = provider.map_or_else(Address::default, |provider| provider.authority);
        let (keys, network, tokens) = (JobKeys::of(&job), facts.network(), facts.compute());
        let mut plan = Plan::default();
        let mut record = Record::new().text("job", address);
        for (party, escrow, stake) in due {
            let wallet = match party {
                Party::Consumer => job.terms.consumer,
                Party::Provider => authority,
                Party::Reporter => job.reporter,
                Party::Buyback => pda::buyback_vault(),
                Party::Treasury => facts.config.treasury,
            };
            let mut says = Vec::new();
            // What is due of the stake is paid together with the escrow only in one and the same mint.
            let (dollars, tokens_due) = if job.terms.order.rail == RAIL_STABLE {
                (escrow, stake)
            } else {
                (0, escrow.saturating_add(stake))
            };
            if dollars > 0 {
                let rail = facts.stable()?;
                plan.instructions.push(rail.withdraw(&keys, party, &wallet));
                let currency = facts.currency(RAIL_STABLE)?;
                if party != Party::Buyback {
                    plan = paid_in(context, &currency, &wallet, plan).await?;
                }
                says.push(currency.say(dollars));
                record = record.money(party.name(), dollars, &currency);
            }
            if tokens_due > 0 {
                plan.instructions.push(network.withdraw(&keys, party as u8, &wallet));
                plan = paid_in(context, &tokens, &wallet, plan).await?;
                says.push(tokens.say(tokens_due));
                let key = if dollars > 0 { "tokens_of_the_same" } else { party.name() };
                record = record.money(key, tokens_due, &tokens);
            }
            plan = plan.say(format!("Pays {} to the {}, {wallet}.", says.join(" and "), party.name()));
        }
        Ok(plan.figures(record))
    }
}
