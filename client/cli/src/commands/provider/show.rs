//! A provider as it is.

use crate::arguments::{Digest, Key};
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::Record;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Its account or its authority [default: the key's own]
    provider: Option<Key>,
}

impl Asking for Show {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (address, it) = context.provider(self.provider).await?;
        let (decimals, now) = (facts.decimals(), facts.now);
        let rates: Vec<_> = it
            .rates
            .iter()
            .filter(|entry| entry.rate > 0)
            .map(|entry| (entry.hardware, entry.rate))
            .collect();
        let record = Record::new()
            .text("provider", address)
            .text("authority", it.authority)
            .rates("rates", &rates)
            .tokens("stake", it.stake, decimals)
            .tokens("locked", it.locked, decimals)
            .tokens("unbonding", it.unbonding, decimals)
            .time("unbonded", it.unbonding_at, now)
            .tokens("free", it.free_stake().unwrap_or(0), decimals)
            .tokens("claimable", it.claimable, decimals)
            .tokens("earned", it.earned, decimals)
            .tokens("minted", it.minted, decimals)
            .tokens("slashed", it.slashed, decimals)
            .usd("settled", it.settled)
            .count("jobs_accepted", it.jobs_accepted)
            .count("jobs_open", it.jobs_open)
            .count("jobs_failed", it.jobs_failed)
            .text("metadata_hash", Digest(it.metadata_hash))
            .time("registered", it.registered_at, now);
        Ok(Answer { record, ..Answer::default() })
    }
}
