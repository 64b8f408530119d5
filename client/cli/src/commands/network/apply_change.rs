//! Applying a change whose timelock has passed.

use super::changes::{state, waiting};
use super::queue_change::{check_stablecoin, differences};
use crate::arguments::local;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Buyback, Layout};
use tally_client::interface::change::{Change, ChangeKind};
use tally_client::interface::instructions::StableNetwork;
use tally_client::tokens::TOKEN_ACCOUNT_LEN;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct ApplyChange {
    /// Its number
    change: u64,
}

impl Doing for ApplyChange {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        context.must_be(&facts.config.admin, "the network's admin")?;
        let (it, kind) = waiting(context, self.change).await?;
        match state(&it, kind, &facts) {
            "applicable" => {}
            "waiting" => {
                return refused(format!(
                    "the change waits; it can be applied {}",
                    local(it.applies_from, facts.now)
                ));
            }
            "expired" => {
                return refused(format!(
                    "the change expired {}; cancel it and queue it anew",
                    local(it.expires_at, facts.now)
                ));
            }
            _ => {
                return refused(
                    "another change of the same kind was applied since this one was queued; cancel it and queue it anew",
                );
            }
        }
        let told = differences(&it.change(), &Change::in_force(kind, &facts.config), kind).join("; ");
        let record =
            Record::new().count("change", self.change).text("kind", kind.name()).text("differences", &told);
        if kind == ChangeKind::StableMint {
            let token_program = check_stablecoin(context, &it.address).await?;
            let rail = StableNetwork { network: facts.network(), mint: it.address, token_program };
            let open = rail.open_rail(&facts.config.admin, &context.payer()?, self.change, &it.rent_payer);
            return Ok(Plan::new(vec![open])
                .say(format!("Opens the stable rail with the stablecoin {}, for good.", it.address))
                .say("Its issuer can freeze what is paid in it; the network never takes another one.")
                .figures(record)
                .creates("buyback", Buyback::LEN)
                .creates("buyback vault", TOKEN_ACCOUNT_LEN));
        }
        Ok(Plan::new(vec![facts.network().apply_change(&facts.config.admin, self.change, &it.rent_payer)])
            .say(format!("Applies change {}: {told}. Jobs that are open keep their terms.", self.change))
            .figures(record))
    }
}
