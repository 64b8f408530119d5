//! Finding events that are missing, and reading the slots again in which they must be.
//!
//! An entity's events are numbered without a gap, so a stored event whose predecessor is not stored shows what is
//! missing and between which slots. The transactions that name the entity in those slots are listed and fetched
//! again and written like any others; the numbers then tell whether that was enough. It touches no watermark.
//! At most one page of signatures and its transactions are held in memory.

use crate::Error;
use crate::decode::decode;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::patience::stopped_within;
use crate::source::rpc::{Client, Pages, Wanted, blocks};
use crate::store::{Batch, Committed, Gap, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Pause between two looks while nothing is written.
const INTERVAL: Duration = Duration::from_secs(5);

/// What filling gaps needs.
#[derive(Debug)]
pub struct Filler {
    /// Where to read slots again.
    pub client: Client,
    /// The tables.
    pub store: Store,
    /// Figures to keep.
    pub metrics: Arc<Metrics>,
    /// How far the tables go.
    pub progress: watch::Receiver<Committed>,
    /// Calls under way at a time.
    pub concurrency: usize,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Filler {
    /// Looks and fills until stopped. What fails is logged and tried again.
    pub async fn run(mut self) {
        loop {
            if let Err(error) = self.once().await {
                if self.stop.is_cancelled() {
                    return;
                }
                tracing::warn!("missing events were not looked for: {}", one_line(&error));
            }
            if stopped_within(INTERVAL, &self.stop).await {
                return;
            }
        }
    }

    /// One look: notes what is missing, and reads again what is due. The number of gaps that are left.
    pub async fn once(&mut self) -> Result<u64, Error> {
        self.look().await?;
        let due = self.store.gaps_due().await?;
        if due.is_empty() {
            return Ok(self.metrics.gaps.get());
        }
        let finalized = self.progress.borrow_and_update().finalized;
        for gap in due {
            // What is not final yet is listed by the source anyway.
            if gap.after_slot >= finalized {
                continue;
            }
            let outcome = match self.fill(&gap, finalized).await {
                Ok(0) => "nothing new was listed".to_owned(),
                Ok(count) => format!("{count} transactions were stored"),
                Err(error) if self.stop.is_cancelled() => return Err(error),
                Err(error) => one_line(&error),
            };
            tracing::info!("slots {} to {} were read again: {outcome}", gap.after_slot, gap.before_slot);
            self.store.note_try(&gap, &outcome).await?;
        }
        self.look().await
    }

    async fn look(&self) -> Result<u64, Error> {
        let found = self.store.missing().await?;
        for gap in self.store.note_gaps(&found).await? {
            let Gap { entity, first, last, after_slot, before_slot } = gap;
            tracing::error!(
                entity = %entity,
                after_slot,
                before_slot,
                "events {first} to {last} of {entity} are missing between slots {after_slot} and {before_slot}; \
                 these slots are read again"
            );
        }
        let left = u64::try_from(found.len()).unwrap_or(u64::MAX);
        self.metrics.gaps.set(left);
        Ok(left)
    }

    /// Reads a gap's slots again; the number of transactions that were not stored.
    async fn fill(&self, gap: &Gap, finalized: u64) -> Result<u64, Error> {
        let through = gap.before_slot.min(finalized);
        let before = self.store.transaction_after(&gap.entity, through).await?;
        let wanted = Wanted { account: gap.entity, from: gap.after_slot, through, before };
        let endpoint = self.client.any().await?;
        let mut pages = Pages::new(endpoint.clone(), wanted);
        let mut count = 0u64;
        while let Some(mut page) = pages.next().await? {
            let stored = self.store.stored(&page).await?;
            page.retain(|(_, name)| !stored.contains(&**name));
            let found = blocks(&endpoint, page, self.concurrency).await?;
            if found.is_empty() {
                continue;
            }
            let batch = Batch { blocks: found.into_iter().map(decode).collect(), ..Batch::default() };
            let done = self.store.commit(&batch).await?;
            self.metrics.blocks_total.add(done.blocks);
            self.metrics.transactions_total.add(done.transactions);
            self.metrics.events_total.add(done.events);
            self.metrics.gap_transactions_total.add(done.transactions);
            count = count.saturating_add(done.transactions);
        }
        Ok(count)
    }
}
