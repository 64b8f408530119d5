//! Changing a provider's description or rates.

use super::{Rate, description, entries};
use crate::arguments::{Digest, HashedFile};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::order::rate_card;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Update {
    /// The whole new rate card, such as 1=2.50; up to eight times [default: as it is]
    #[arg(long = "rate", value_name = "CLASS=USD")]
    rates: Vec<Rate>,
    /// Empty the rate card
    #[arg(long, conflicts_with = "rates")]
    no_rates: bool,
    /// File that describes the provider; its SHA-256 goes on chain [default: as it is]
    #[arg(long, value_name = "FILE")]
    metadata: Option<HashedFile>,
    /// That hash itself
    #[arg(long, value_name = "HEX", conflicts_with = "metadata")]
    metadata_hash: Option<Digest>,
}

impl Doing for Update {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let hash = description(self.metadata_hash, self.metadata)?;
        if self.rates.is_empty() && !self.no_rates && hash.is_none() {
            return Err(Failure::Usage("nothing would change: name --rate, --no-rates or --metadata".into()));
        }
        let facts = context.facts().await?;
        let (address, provider) = context.provider(None).await?;
        let present = provider.rates.iter().filter(|entry| entry.rate > 0);
        let rates = if self.rates.is_empty() && !self.no_rates {
            present.map(|entry| (entry.hardware, entry.rate)).collect()
        } else {
            entries(&self.rates)?
        };
        let hash = hash.unwrap_or(provider.metadata_hash);
        let update = facts.network().update_provider(&provider.authority, &hash, &rate_card(&rates)?);
        let record = Record::new()
            .text("provider", address)
            .text("metadata_hash", Digest(hash))
            .rates("rates", &rates);
        Ok(Plan::new(vec![update])
            .say(
                "Replaces what the provider's account says about it. Jobs that were opened keep their rates.",
            )
            .figures(record))
    }
}
