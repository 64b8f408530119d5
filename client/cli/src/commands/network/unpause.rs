//! Lifting a pause.

use crate::context::Context;
use crate::failure::{Result, program_refuses};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Unpause {}

impl Doing for Unpause {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        context.must_be(&facts.config.admin, "the network's admin")?;
        if !facts.config.is_paused(facts.now) {
            return Err(program_refuses(SettlementError::NotPaused));
        }
        Ok(Plan::new(vec![facts.network().unpause(&facts.config.admin)])
            .say("Jobs can be opened and accepted again at once.")
            .figures(Record::new().time("would_have_ended", facts.config.paused_until, facts.now)))
    }
}
