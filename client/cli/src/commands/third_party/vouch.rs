//! Putting tokens at stake for a third party. Anyone may; only its wallet gets them back.

use super::{Vouching, arbiter, meter};
use crate::arguments::{Amount, Key};
use crate::commands::checks::payable;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct VouchMeter {
    /// Tokens
    amount: Amount,
    /// The meter's key
    #[arg(long)]
    meter: Key,
}

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct VouchArbiter {
    /// Tokens
    amount: Amount,
    /// The arbiter's wallet [default: the key's own]
    #[arg(long)]
    arbiter: Option<Key>,
}

async fn plan(context: &Context, amount: &Amount, it: Vouching) -> Result<Plan> {
    let facts = context.facts().await?;
    let decimals = facts.decimals();
    let amount = amount.positive("amount", decimals)?;
    let owner = context.owner()?;
    let source = payable(context, &facts, &owner, amount).await?;
    let mut plan = Plan::new(vec![facts.network().vouch(&owner, &source, &it.address, amount)]).say(format!(
        "{owner} puts {} at stake for the {} {}. Only {} can ask it back.",
        facts.compute().say(amount),
        it.name,
        it.address,
        it.wallet
    ));
    if it.wallet != owner {
        plan = plan.say("That is not your own wallet: these tokens will be its.");
    }
    let stake = it.vouched.stake.saturating_add(amount);
    let free = it.vouched.free().unwrap_or(0).saturating_add(amount);
    let record = Record::new()
        .tokens("amount", amount, decimals)
        .tokens("stake_then", stake, decimals)
        .tokens("free_then", free, decimals);
    Ok(plan.figures(record))
}

impl Doing for VouchMeter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        plan(context, &self.amount, meter(context, &self.meter.0).await?.1).await
    }
}

impl Doing for VouchArbiter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        plan(context, &self.amount, arbiter(context, self.arbiter).await?.1).await
    }
}
