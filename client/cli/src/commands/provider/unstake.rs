//! Asking stake back.

use crate::arguments::{Amount, local, span};
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::decimal;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Unstake {
    /// Tokens
    amount: Amount,
}

impl Doing for Unstake {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let decimals = facts.decimals();
        let amount = self.amount.positive("amount", decimals)?;
        let (_, provider) = context.provider(None).await?;
        let free = provider.free_stake().unwrap_or(0);
        if amount > free {
            return refused(format!(
                "only {} tokens of the stake are free: {} are locked in bonds and {} unbonding already",
                decimal(free, decimals),
                decimal(provider.locked, decimals),
                decimal(provider.unbonding, decimals)
            ));
        }
        let unbonding = facts.config.parameters.unbonding;
        let available = facts.now.saturating_add(unbonding);
        let mut plan =
            Plan::new(vec![facts.network().request_unstake(&provider.authority, amount)]).say(format!(
                "Asks {} tokens back: they can be withdrawn {}, and can still be slashed until then.",
                decimal(amount, decimals),
                local(available, facts.now)
            ));
        if provider.unbonding > 0 {
            plan = plan.say(format!(
                "{} tokens are unbonding already; their time starts anew with this.",
                decimal(provider.unbonding, decimals)
            ));
        }
        let record = Record::new()
            .tokens("amount", amount, decimals)
            .tokens("unbonding_then", provider.unbonding.saturating_add(amount), decimals)
            .with("unbonding_time", span(unbonding), serde_json::json!(unbonding.to_string()))
            .time("available", available, facts.now);
        Ok(plan.figures(record))
    }
}
