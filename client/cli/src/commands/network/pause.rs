//! Pausing.

use crate::arguments::{Span, local};
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Pause {
    /// For how long, such as 12h
    time: Span,
}

impl Doing for Pause {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let Span(length) = self.time;
        let seconds = u32::try_from(length).ok().filter(|seconds| *seconds > 0);
        let seconds =
            seconds.ok_or_else(|| Failure::Usage("the pause must last at least a second".into()))?;
        let facts = context.facts().await?;
        let (config, owner) = (&facts.config, context.owner()?);
        if owner != config.admin && owner != config.guardian {
            return refused(format!(
                "only the admin {} or the guardian {} may pause, but the key is {owner}; name the right key file with \
                 --keypair",
                config.admin, config.guardian
            ));
        }
        if config.is_paused(facts.now) {
            return Err(program_refuses(SettlementError::PausedAlready));
        }
        let until = facts.now.saturating_add(length);
        let most = config.parameters.pause_max;
        if length > most {
            return refused(format!("a pause lasts {} at most, in any 30 days together", Span(most)));
        }
        Ok(Plan::new(vec![facts.network().pause(&owner, seconds)])
            .say(format!(
                "Nobody can open or accept jobs until {}; everything else goes on. It ends by itself.",
                local(until, facts.now)
            ))
            .figures(Record::new().time("until", until, facts.now)))
    }
}
