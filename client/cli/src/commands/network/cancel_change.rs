//! Giving a change up: by the admin, or by anyone once it has expired.

use super::changes::waiting;
use crate::arguments::local;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct CancelChange {
    /// Its number
    change: u64,
}

impl Doing for CancelChange {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let owner = context.owner()?;
        let (it, kind) = waiting(context, self.change).await?;
        if owner != facts.config.admin && facts.now <= it.expires_at {
            return refused(format!(
                "only the admin {} cancels a change before it expires, {}; the key is {owner}",
                facts.config.admin,
                local(it.expires_at, facts.now)
            ));
        }
        let record = Record::new().count("change", self.change).text("kind", kind.name());
        Ok(Plan::new(vec![facts.network().cancel_change(&owner, self.change, &it.rent_payer)])
            .say(format!(
                "Gives change {} up; its rent returns to {}, who paid it.",
                self.change, it.rent_payer
            ))
            .figures(record))
    }
}
