//! Recording that a pause has ended. Anyone may.

use crate::arguments::local;
use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Resume {}

impl Doing for Resume {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let until = facts.config.paused_until;
        if until == 0 {
            return Err(program_refuses(SettlementError::NotPaused));
        }
        if facts.config.is_paused(facts.now) {
            return refused(format!(
                "the pause ends {}; its end can be recorded then",
                local(until, facts.now)
            ));
        }
        Ok(Plan::new(vec![facts.network().resume()])
            .say("Puts on record that the pause has ended; nothing depends on it.")
            .figures(Record::new().time("ended", until, facts.now)))
    }
}
