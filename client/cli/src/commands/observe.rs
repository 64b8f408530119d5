//! Recording that a price qualifies.

use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Observe {}

impl Doing for Observe {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let quote = match &facts.quote {
            Ok(quote) => quote,
            Err(halt) => {
                return refused(format!(
                    "no price qualifies at the moment ({}); there is nothing to record",
                    halt.name()
                ));
            }
        };
        let record = Record::new()
            .price("spot", quote.spot, quote.message.exponent)
            .price("confidence", quote.message.confidence, quote.message.exponent)
            .time("published", quote.message.publish_time, facts.now)
            .time("last_recorded", facts.price.seen_at, facts.now);
        Ok(Plan::new(vec![facts.network().observe()])
            .say("Records on chain that the token's price qualifies now; nobody is paid.")
            .figures(record))
    }
}
