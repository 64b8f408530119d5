//! First step to another admin.

use crate::arguments::Key;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct ProposeAdmin {
    /// Who is to become admin
    admin: Key,
}

impl Doing for ProposeAdmin {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        context.must_be(&facts.config.admin, "the network's admin")?;
        let Key(proposed) = self.admin;
        Ok(Plan::new(vec![facts.network().propose_admin(&facts.config.admin, &proposed)])
            .say(format!("{proposed} becomes the network's admin once it accepts; until then you remain it."))
            .figures(Record::new().text("admin", facts.config.admin).text("proposed", proposed)))
    }
}
