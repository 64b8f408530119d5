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
use crate::store::{Committed, Store};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

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
                Err(_) if self.stop.is_cancelled() => return Ok(()),
                Err(Error::Rpc(error)) => return RpcSource::ended(error),
                Err(error) => return Err(error),
            }
        }
    }

    /// Brings in a part of it; whether there was one.
    async fn once(&self, pipeline: &Pipeline, until: Until) -> Result<bool, Error> {
        let resume = patiently(self.metrics, &self.stop, || self.store.resume()).await?;
        let begun = patiently(self.metrics, &self.stop, || self.store.backfill()).await?;
        let lister = Lister { history: self, resume: &resume };
        let through = match begun {
            Some(begun) if begun.listed => begun.through,
            begun => {
                let Some(through) = lister.list(begun, until).await? else { return Ok(false) };
                through
            }
        };
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
        };
        tokio::select! {
            folded = pipeline.run(ranges, Until::Head) => folded?,
            failed = worker.run() => failed?,
        }
        if self.stop.is_cancelled() {
            return Ok(false);
        }
        patiently(self.metrics, &self.stop, || self.store.end_backfill()).await?;
        tracing::info!("history is in through slot {through}");
        Ok(true)
    }
}
