//! Paying out stake that has unbonded. Anyone may.

use crate::arguments::{Key, local};
use crate::commands::checks::paid_to;
use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::decimal;
use tally_client::interface::SettlementError;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct WithdrawStake {
    /// Whose: its account or its authority [default: the key's own]
    #[arg(long)]
    provider: Option<Key>,
}

impl Doing for WithdrawStake {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (_, provider) = context.provider(self.provider).await?;
        if provider.unbonding == 0 {
            return Err(program_refuses(SettlementError::NothingUnbonding));
        }
        if facts.now < provider.unbonding_at {
            let from = local(provider.unbonding_at, facts.now);
            return refused(format!("the stake is still unbonding; it can be withdrawn {from}"));
        }
        let plan = Plan::new(vec![facts.network().withdraw_stake(&provider.authority)])
            .say(format!(
                "Pays {} unbonded tokens to the provider's authority {}.",
                decimal(provider.unbonding, facts.decimals()),
                provider.authority
            ))
            .figures(Record::new().tokens("amount", provider.unbonding, facts.decimals()));
        paid_to(context, &facts, &provider.authority, plan).await
    }
}
