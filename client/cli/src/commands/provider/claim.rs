//! Minting what a provider has earned. Anyone may; only the provider is paid.

use crate::arguments::Key;
use crate::commands::checks::paid_to;
use crate::context::Context;
use crate::failure::{Result, program_refuses};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::decimal;
use tally_client::interface::SettlementError;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Claim {
    /// Whose: its account or its authority [default: the key's own]
    #[arg(long)]
    provider: Option<Key>,
}

impl Doing for Claim {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (_, provider) = context.provider(self.provider).await?;
        if provider.claimable == 0 {
            return Err(program_refuses(SettlementError::NothingToClaim));
        }
        let plan = Plan::new(vec![facts.network().claim(&provider.authority)])
            .say(format!(
                "Mints {} tokens, or what was earned by then, to the provider's authority {}.",
                decimal(provider.claimable, facts.decimals()),
                provider.authority
            ))
            .figures(Record::new().tokens("amount", provider.claimable, facts.decimals()));
        paid_to(context, &facts, &provider.authority, plan).await
    }
}
