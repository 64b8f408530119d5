//! Registering a provider.

use super::{Rate, description, entries};
use crate::arguments::{Digest, HashedFile};
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Layout, Provider};
use tally_client::interface::pda;
use tally_client::order::rate_card;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Register {
    /// What a GPU hour of a hardware class costs, such as 1=2.50; up to eight times
    #[arg(long = "rate", value_name = "CLASS=USD")]
    rates: Vec<Rate>,
    /// File that describes the provider; its SHA-256 goes on chain
    #[arg(long, value_name = "FILE")]
    metadata: Option<HashedFile>,
    /// That hash itself
    #[arg(long, value_name = "HEX", conflicts_with = "metadata")]
    metadata_hash: Option<Digest>,
}

impl Doing for Register {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let owner = context.owner()?;
        let rates = entries(&self.rates)?;
        let card = rate_card(&rates)?;
        let hash = description(self.metadata_hash, self.metadata)?.unwrap_or_default();
        let facts = context.facts().await?;
        let address = pda::provider(&owner);
        if context.read::<Provider>(&address).await?.is_some() {
            return refused(format!(
                "{owner} is registered already, as {address}; change its rates with \"tally provider update\""
            ));
        }
        let record = Record::new()
            .text("provider", address)
            .text("authority", owner)
            .text("metadata_hash", Digest(hash))
            .rates("rates", &rates);
        let register = facts.network().register_provider(&context.payer()?, &owner, &hash, &card);
        Ok(Plan::new(vec![register])
            .say(format!("Registers {owner} as a provider; what it earns is paid to this wallet, for good."))
            .say("The rent stays in the account, which is never closed.")
            .figures(record)
            .creates("provider account", Provider::LEN))
    }
}
