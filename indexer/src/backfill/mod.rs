//! Bringing in a long history: one process lists it, all that run on the database fetch it, and the one that holds the
//! lease folds it in order of slot.
//!
//! The list is written down page by page, so that a restart, of whichever process, goes on below what is listed; ranges
//! of whole slots are handed out lowest first; fetched blocks wait in the database until their turn comes. So no process
//! holds more than a page, and the blocks of one range. The watermark is the one frontier: what is below it is folded,
//! and nothing else says so. All of it is final when it is listed; what is not is the head's, which is followed after.

mod fold;
mod list;
mod work;

pub use fold::Ranges;
pub use list::Lister;
pub use work::Worker;

use crate::Error;
use crate::metrics::Metrics;
use crate::patience::patiently;
use crate::pipeline::Pipeline;
use crate::source::Until;
use crate::source::rpc::{Client, RpcSource};
use crate::store::{Backfill, Committed, Store};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Slots of a part after which no other part is looked for: what has come meanwhile is the head's.
const SHORT: u64 = 1_000;

/// What the holder of the lease needs to bring history in.
#[derive(Debug)]
pub struct History<'a> {
    /// Nodes that keep it.
    pub client: &'a Client,
    /// The tables.
    pub store: &'a Store,
    /// Figures to keep.
    pub metrics: &'a Arc<Metrics>,
    /// How far the tables go, as the pipeline says.
    pub progress: watch::Receiver<Committed>,
    /// Transactions in a range and signatures a page.
    pub page_size: usize,
    /// Calls under way at a time.
    pub concurrency: usize,
    /// Nothing at or below this slot is looked at.
    pub start_slot: u64,
    /// Slots of history that are worth it.
    pub least: u64,
    /// Ends it.
    pub stop: CancellationToken,
}

impl History<'_> {
    /// Brings in history until less than `least` slots of it are left below the finalized head, or below the slot at
    /// which indexing is to end.
    pub async fn bring_in(&self, pipeline: &Pipeline, until: Until) -> Result<(), Error> {
        loop {
            match self.once(pipeline, until).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(Error::Rpc(error)) => return RpcSource::ended(error),
                Err(error) => return Err(error),
            }
        }
    }

    /// Brings in a part of it; whether to look for another one.
    async fn once(&self, pipeline: &Pipeline, until: Until) -> Result<bool, Error> {
        let resume = patiently(self.metrics, &self.stop, || self.store.resume()).await?;
        let begun = patiently(self.metrics, &self.stop, || self.store.backfill()).await?;
        // One that was folded to its end, or that another way of indexing has overtaken.
        let is_over = |begun: &Backfill| {
            begun.through <= resume.finalized
                || (!begun.listed && begun.after != resume.listed_after(self.start_slot))
        };
        if begun.as_ref().is_some_and(is_over) {
            patiently(self.metrics, &self.stop, || self.store.end_backfill()).await?;
            return Ok(true);
        }
        let lister = Lister { history: self, resume: &resume };
        let plan = match begun {
            Some(begun) if begun.listed => begun,
            begun => {
                let Some(plan) = lister.list(begun, until).await? else { return Ok(false) };
                plan
            }
        };
        let through = plan.through;
        tracing::info!("bringing in history through slot {through}");
        let worker = Worker {
            client: self.client.clone(),
            store: self.store.clone(),
            metrics: self.metrics.clone(),
            concurrency: self.concurrency,
            stop: self.stop.clone(),
        };
        let ranges = Ranges {
            client: self.client.clone(),
            store: self.store.clone(),
            metrics: self.metrics.clone(),
            progress: self.progress.clone(),
            through,
            last: plan.last,
        };
        // A worker ends by itself only where it fails; when it is stopped, what was read is still written.
        let working = async {
            worker.run().await?;
            std::future::pending().await
        };
        tokio::select! {
            folded = pipeline.run(ranges, Until::Head) => folded?,
            failed = working => return failed,
        }
        if self.stop.is_cancelled() {
            return Ok(false);
        }
        patiently(self.metrics, &self.stop, || self.store.end_backfill()).await?;
        tracing::info!("history is in through slot {through}");
        Ok(through.saturating_sub(resume.finalized) > SHORT)
    }
}
