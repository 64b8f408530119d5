//! The bids for a job.

use crate::arguments::JobRef;
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::Record;
use std::mem::offset_of;
use tally_client::interface::accounts::Bid;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Bids {
    /// The job
    job: JobRef,
}

impl Asking for Bids {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let mut bids = context.rpc.find::<Bid>(offset_of!(Bid, job), address.as_ref()).await?;
        bids.sort_by_key(|(_, bid)| (bid.rate == 0, bid.rate, bid.index));
        let row = |(account, bid): &(_, Bid)| {
            Record::new()
                .text("provider", bid.provider)
                .rate("rate", bid.rate, job.terms.order.unit)
                .text("standing", if bid.rate == 0 { "withdrawn" } else { "stands" })
                .flag("best", *account == job.best_bid)
                .tokens("bond", bid.bond, facts.decimals())
                .time("placed", bid.placed_at, facts.now)
        };
        Ok(Answer { rows: Some(("bids", bids.iter().map(row).collect())), ..Answer::default() })
    }
}
