//! Adding to a provider's stake.

use crate::arguments::{Amount, Key};
use crate::commands::checks::payable;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::decimal;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Stake {
    /// Tokens
    amount: Amount,
    /// Whose stake: its account or its authority [default: the key's own]
    #[arg(long)]
    provider: Option<Key>,
}

impl Doing for Stake {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let decimals = facts.decimals();
        let amount = self.amount.positive("amount", decimals)?;
        let (address, provider) = context.provider(self.provider).await?;
        let owner = context.owner()?;
        let source = payable(context, &facts, &owner, amount).await?;
        let mut plan = Plan::new(vec![facts.network().stake(&owner, &source, &address, amount)]).say(format!(
            "{owner} pays {} tokens into the stake of provider {address}. Bonds of its jobs are locked out of it, and \
             a bond can be lost if the provider fails a job. Only its authority {} can ask it back.",
            decimal(amount, decimals),
            provider.authority
        ));
        if provider.authority != owner {
            plan = plan.say("That is not your own wallet: these tokens will be the provider's.");
        }
        let record = Record::new()
            .tokens("amount", amount, decimals)
            .tokens("stake_then", provider.stake.saturating_add(amount), decimals)
            .tokens("free_then", provider.free_stake().unwrap_or(0).saturating_add(amount), decimals);
        Ok(plan.figures(record))
    }
}
