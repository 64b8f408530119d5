//! Closing an epoch whose rebates are all claimed. Anyone may: the rent goes to who paid it.

use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Epoch, Layout};
use tally_client::interface::{SettlementError, pda};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct CloseEpoch {
    /// Its index
    epoch: u64,
}

impl Doing for CloseEpoch {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let present = facts.epoch()?;
        if self.epoch >= present {
            return refused(format!("epoch {} has not ended; the present one is {present}", self.epoch));
        }
        let Some(epoch) = context.read::<Epoch>(&pda::epoch(self.epoch)).await? else {
            return refused(format!("epoch {} had no work, or is closed already", self.epoch));
        };
        if epoch.claimed != epoch.credits {
            return Err(program_refuses(SettlementError::CreditsRemain));
        }
        let rent = context.rpc.rent(Epoch::LEN).await?;
        let record = Record::new()
            .count("epoch", self.epoch)
            .tokens("take", epoch.take, facts.decimals())
            .tokens("rebated", epoch.rebated, facts.decimals())
            .sol("returned_rent", rent);
        Ok(Plan::new(vec![facts.network().close_epoch(self.epoch, &epoch.rent_payer)])
            .say(format!(
                "Closes epoch {}; its rent returns to {}, who paid it.",
                self.epoch, epoch.rent_payer
            ))
            .figures(record))
    }
}
