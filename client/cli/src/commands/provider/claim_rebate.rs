//! Minting the rebates of epochs that have ended. Anyone may; only the provider is paid.

use crate::arguments::Key;
use crate::commands::checks::{missing, paid_to, whole};
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use std::mem::offset_of;
use tally_client::amounts::decimal;
use tally_client::interface::accounts::{Credit, Epoch};
use tally_client::interface::math::proportion_floor;
use tally_client::interface::pda;
use tally_client::interface::rules::rebate_pool;

/// Most rebates in one transaction.
const MOST: usize = 6;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct ClaimRebate {
    /// Indices of the epochs [default: those that have ended, the oldest six of them]
    epochs: Vec<u64>,
    /// Whose: its account or its authority [default: the key's own]
    #[arg(long)]
    provider: Option<Key>,
}

impl Doing for ClaimRebate {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, provider) = context.provider(self.provider).await?;
        let present = facts.epoch()?;
        let mut credits = Vec::new();
        if self.epochs.is_empty() {
            let found = context.rpc.find::<Credit>(offset_of!(Credit, provider), address.as_ref()).await?;
            credits
                .extend(found.into_iter().map(|(_, credit)| credit).filter(|credit| credit.epoch < present));
            credits.sort_by_key(|credit| credit.epoch);
            credits.truncate(MOST);
        }
        if self.epochs.len() > MOST {
            return refused(format!("one transaction holds {MOST} rebates at most; name fewer epochs"));
        }
        for epoch in &self.epochs {
            if *epoch >= present {
                return refused(format!("epoch {epoch} has not ended; the present one is {present}"));
            }
            match context.read::<Credit>(&pda::credit(*epoch, &address)).await? {
                Some(credit) => credits.push(credit),
                None => {
                    return refused(format!(
                        "the provider has no rebate to claim in epoch {epoch}, or it was claimed"
                    ));
                }
            }
        }
        if credits.is_empty() {
            return refused("the provider has no rebate to claim in any epoch that has ended");
        }
        let (mut instructions, mut sum) = (Vec::new(), 0u64);
        for credit in &credits {
            let epoch = context.read::<Epoch>(&pda::epoch(credit.epoch)).await?;
            let epoch = epoch.ok_or_else(|| missing("an epoch"))?;
            let pool = whole(rebate_pool(epoch.take, epoch.rebate_bps))?;
            sum = sum.saturating_add(whole(proportion_floor(pool, credit.weight.get(), epoch.weight.get()))?);
            let claim = facts.network().claim_rebate(&provider.authority, credit.epoch, &credit.rent_payer);
            instructions.push(claim);
        }
        let epochs: Vec<_> = credits.iter().map(|credit| credit.epoch.to_string()).collect();
        let record = Record::new().text("epochs", epochs.join(" ")).tokens("amount", sum, facts.decimals());
        let plan = Plan::new(instructions)
            .say(format!(
                "Mints the quality rebates of epochs {}, {} tokens, to the provider's authority {}; the rent of its \
                 credits returns to who paid it.",
                epochs.join(", "),
                decimal(sum, facts.decimals()),
                provider.authority
            ))
            .figures(record);
        paid_to(context, &facts, &provider.authority, plan).await
    }
}
