//! Asking back what is at stake for a third party, by its wallet.

use super::{Vouching, arbiter, meter};
use crate::arguments::{Amount, Key, local, span};
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct UnvouchMeter {
    /// Tokens
    amount: Amount,
    /// The meter's key
    #[arg(long)]
    meter: Key,
}

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct UnvouchArbiter {
    /// Tokens
    amount: Amount,
}

async fn plan(context: &Context, amount: &Amount, it: Vouching) -> Result<Plan> {
    context.must_be(&it.wallet, &format!("the wallet that stakes for the {}", it.name))?;
    let facts = context.facts().await?;
    let (decimals, tokens) = (facts.decimals(), facts.compute());
    let amount = amount.positive("amount", decimals)?;
    let free = it.vouched.free().unwrap_or(0);
    if amount > free {
        return refused(format!(
            "only {} of the stake can be asked back: {} are unbonding already and {} locked for cases or rulings",
            tokens.say(free),
            tokens.say(it.vouched.unbonding),
            tokens.say(it.vouched.locked)
        ));
    }
    let unbonding = facts.config.parameters.unbonding;
    let available = facts.now.saturating_add(unbonding);
    let mut plan =
        Plan::new(vec![facts.network().request_unvouch(&it.wallet, &it.address, amount)]).say(format!(
            "Asks {} back: they can be withdrawn {}, and no longer count as free from now on.",
            tokens.say(amount),
            local(available, facts.now)
        ));
    if it.vouched.unbonding > 0 {
        plan = plan.say(format!(
            "{} are unbonding already; their time of {} starts anew with this.",
            tokens.say(it.vouched.unbonding),
            span(unbonding)
        ));
    }
    let record = Record::new()
        .tokens("amount", amount, decimals)
        .tokens("unbonding_then", it.vouched.unbonding.saturating_add(amount), decimals)
        .tokens("free_then", free.saturating_sub(amount), decimals)
        .time("available", available, facts.now);
    Ok(plan.figures(record))
}

impl Doing for UnvouchMeter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        plan(context, &self.amount, meter(context, &self.meter.0).await?.1).await
    }
}

impl Doing for UnvouchArbiter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        plan(context, &self.amount, arbiter(context, None).await?.1).await
    }
}
