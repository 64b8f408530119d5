//! Second step to another admin.

use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::Address;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct AcceptAdmin {}

impl Doing for AcceptAdmin {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let proposed = facts.config.pending_admin;
        if proposed == Address::default() {
            return refused(
                "nobody is proposed as admin; the present one does that with \"tally network propose-admin\"",
            );
        }
        context.must_be(&proposed, "the proposed admin")?;
        Ok(Plan::new(vec![facts.network().accept_admin(&proposed)])
            .say(format!("You become the network's admin in place of {}.", facts.config.admin))
            .figures(Record::new().text("admin_then", proposed).text("admin_now", facts.config.admin)))
    }
}
