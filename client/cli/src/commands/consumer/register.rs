//! Registering a consumer. Anyone may, by paying the rent.

use crate::arguments::Key;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Consumer, Layout};
use tally_client::interface::pda;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Register {
    /// The wallet [default: the key's own]
    #[arg(long)]
    wallet: Option<Key>,
}

impl Doing for Register {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let wallet = match self.wallet {
            Some(Key(wallet)) => wallet,
            None => context.owner()?,
        };
        if context.consumer(&wallet).await?.is_some() {
            return refused(format!(
                "{wallet} is registered as a consumer already; nothing needs to be done"
            ));
        }
        Ok(Plan::new(vec![facts.network().register_consumer(&context.payer()?, &wallet)])
            .say(format!(
                "Registers {wallet} as a consumer. The rent stays in the account, which is never closed."
            ))
            .figures(Record::new().text("wallet", wallet).text("consumer", pda::consumer(&wallet)))
            .creates("consumer account", Consumer::LEN))
    }
}
