//! The network as it is.

use super::parameters::figures;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::run::{Answer, Asking};
use crate::show::Record;
use tally_client::interface::{Address, ID};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Show {}

fn somebody(address: Address) -> Option<Address> {
    (address != Address::default()).then_some(address)
}

impl Asking for Show {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let genesis = context.rpc.genesis_hash().await?;
        let config = &facts.config;
        let qualifies = match &facts.quote {
            Ok(_) => "yes".to_owned(),
            Err(halt) => format!("no: {}", halt.name()),
        };
        let parameters = figures(&config.parameters, facts.decimals());
        let shown = parameters
            .shown()
            .map(|(label, value)| format!("{label} {value}"))
            .collect::<Vec<_>>()
            .join(", ");
        let value = serde_json::to_value(&parameters).map_err(|error| Failure::Failed(error.to_string()))?;
        let record = Record::new()
            .text("program", ID)
            .text("cluster", genesis)
            .flag("initialised_for_this_cluster", genesis.to_bytes() == config.cluster)
            .text("mint", config.mint)
            .count("decimals", u64::from(config.decimals))
            .text("feed", config.feed)
            .text("price_qualifies_now", qualifies)
            .price("last_price", facts.price.spot, facts.price.exponent)
            .time("last_price_published", facts.price.publish_time, facts.now)
            .time("last_price_seen", facts.price.seen_at, facts.now)
            .flag("paused", config.is_paused(facts.now))
            .time("paused_until", config.paused_until, facts.now)
            .text("admin", config.admin)
            .maybe("pending_admin", somebody(config.pending_admin))
            .maybe("guardian", somebody(config.guardian))
            .maybe("treasury", somebody(config.treasury))
            .count("consumers", config.consumers)
            .count("providers", config.providers)
            .count("meters", config.meters)
            .count("arbiters", config.arbiters)
            .count("changes_queued_ever", config.changes)
            .maybe("stablecoin", somebody(config.stable_mint))
            .count("epoch", facts.epoch()?)
            .count("slot", facts.slot)
            .time("initialised", config.initialized_at, facts.now)
            .with("parameters", shown, value);
        Ok(Answer { record, ..Answer::default() })
    }
}
