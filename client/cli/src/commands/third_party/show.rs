//! A meter or an arbiter as it is.

use super::{Vouching, arbiter, meter};
use crate::arguments::Key;
use crate::context::{Context, Facts};
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::Record;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct ShowMeter {
    /// The meter's key
    meter: Key,
}

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct ShowArbiter {
    /// The arbiter's wallet [default: the key's own]
    arbiter: Option<Key>,
}

fn stake(record: Record, it: &Vouching, facts: &Facts) -> Record {
    let decimals = facts.decimals();
    record
        .tokens("stake", it.vouched.stake, decimals)
        .tokens("unbonding", it.vouched.unbonding, decimals)
        .time("unbonded", it.vouched.available_at, facts.now)
        .tokens("locked", it.vouched.locked, decimals)
        .tokens("free", it.vouched.free().unwrap_or(0), decimals)
}

impl Asking for ShowMeter {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (content, it) = meter(context, &self.meter.0).await?;
        let record =
            Record::new().text("meter", it.address).text("key", content.key).text("authority", it.wallet);
        let record = stake(record, &it, &facts)
            .flag("can_be_named", it.vouched.bonded().unwrap_or(0) >= facts.config.parameters.meter_bond)
            .count("cases_upheld", content.upheld)
            .count("cases_overturned", content.overturned)
            .time("registered", content.registered_at, facts.now);
        Ok(Answer { record, ..Answer::default() })
    }
}

impl Asking for ShowArbiter {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (content, it) = arbiter(context, self.arbiter).await?;
        let record = Record::new().text("arbiter", it.address).text("wallet", it.wallet);
        let record = stake(record, &it, &facts).count("rulings", content.rulings).time(
            "registered",
            content.registered_at,
            facts.now,
        );
        Ok(Answer { record, ..Answer::default() })
    }
}
