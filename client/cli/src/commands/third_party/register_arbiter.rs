//! Registering an arbiter.

use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Arbiter, Layout};
use tally_client::interface::pda;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Register {}

impl Doing for Register {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let owner = context.owner()?;
        let address = pda::arbiter(&owner);
        if context.read::<Arbiter>(&address).await?.is_some() {
            return refused(format!("{owner} is registered as an arbiter already"));
        }
        Ok(Plan::new(vec![facts.network().register_arbiter(&context.payer()?, &owner)])
            .say(format!("Registers {owner} as an arbiter; what it is paid goes to this wallet, for good."))
            .say(format!(
                "It can rule once at least {} are at stake (tally arbiter vouch). The rent stays in the account.",
                facts.compute().say(facts.config.parameters.arbiter_bond)
            ))
            .figures(Record::new().text("arbiter", address).text("wallet", owner))
            .creates("arbiter account", Arbiter::LEN))
    }
}
