//! The tasks and the channels between them: source, decode, store. Channels are bounded and wait.
//!
//! When the source ends or is told to stop, what it gave is still decoded and written before the
//! pipeline ends. A database that goes away is waited for; the batch at hand is written again, which
//! changes nothing if it had been written before.

use crate::Error;
use crate::decode::{self, Step};
use crate::metrics::Metrics;
use crate::patience::patiently;
use crate::source::{Source, Until, Update};
use crate::store::{Batch, Committed, Store};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Updates between the source and the decoder, and as many between that and the store.
const CHANNEL: usize = 256;

/// What the pipeline is made of.
#[derive(Debug)]
pub struct Pipeline {
    /// Where to write.
    pub store: Store,
    /// Events that one transaction may write; a block is never divided.
    pub batch_events: usize,
    /// Figures to keep.
    pub metrics: Arc<Metrics>,
    /// Told how far the tables go.
    pub progress: watch::Sender<Committed>,
    /// Ends the pipeline.
    pub stop: CancellationToken,
}

impl Pipeline {
    /// Runs until the source ends, `stop` is cancelled, or something fails that waiting does not mend.
    pub async fn run(&self, source: impl Source, until: Until) -> Result<(), Error> {
        let resume = patiently(&self.metrics, &self.stop, || self.store.resume()).await?;
        let (updates, received) = mpsc::channel(CHANNEL);
        let (steps, decoded) = mpsc::channel(CHANNEL);
        let reading = source.run(resume, until, updates, self.stop.clone());
        // What cannot be written ends the source too, wherever it is.
        let writing = async {
            let written = self.write_all(decoded).await;
            if written.is_err() {
                self.stop.cancel();
            }
            written
        };
        let (read, (), written) = tokio::join!(reading, decode_all(received, steps), writing);
        written.and(read)
    }

    /// Writes what comes, in batches of what is at hand.
    async fn write_all(&self, mut steps: mpsc::Receiver<Step>) -> Result<(), Error> {
        let mut next = steps.recv().await;
        while let Some(first) = next.take() {
            let mut batch = Batch::default();
            let mut step = Some(first);
            while let Some(one) = step.take() {
                if matches!(one, Step::Dropped { .. }) && !batch.blocks.is_empty() {
                    next = Some(one); // dropped blocks go first in a batch
                    break;
                }
                add(&mut batch, one);
                // How far the source has come with a block belongs to it: what is final needs no way back.
                match steps.try_recv() {
                    Ok(more) if batch.events() < self.batch_events || matches!(more, Step::Reached(_)) => {
                        step = Some(more);
                    }
                    Ok(more) => next = Some(more),
                    Err(_) => {}
                }
            }
            // Dropping the receiver on an error ends the tasks before.
            self.write(&batch).await?;
            if next.is_none() {
                next = steps.recv().await;
            }
        }
        Ok(())
    }

    async fn write(&self, batch: &Batch) -> Result<(), Error> {
        let slot =
            batch.reached.map(|reached| reached.confirmed).or(batch.blocks.last().map(|block| block.slot));
        let span = tracing::info_span!(
            "batch",
            slot,
            blocks = batch.blocks.len(),
            events = batch.events(),
            dropped = batch.dropped.len()
        );
        let commit = || async {
            let started = Instant::now();
            let done = self.store.commit(batch).await?;
            self.metrics.batch_duration.observe(started.elapsed());
            Ok(done)
        };
        let done = patiently(&self.metrics, &self.stop, commit).instrument(span).await?;
        self.note(done);
        Ok(())
    }

    fn note(&self, done: Committed) {
        let metrics = &self.metrics;
        metrics.commits_total.add(1);
        metrics.blocks_total.add(done.blocks);
        metrics.transactions_total.add(done.transactions);
        metrics.events_total.add(done.events);
        metrics.reverted_blocks_total.add(done.reverted);
        metrics.waiting_events.set(done.waiting);
        metrics.dead_letters.set(done.dead_letters);
        metrics.confirmed_slot.set(done.confirmed);
        metrics.finalized_slot.set(done.finalized);
        if done.reverted > 0 {
            tracing::warn!("took back {} blocks that left the chain", done.reverted);
        }
        self.progress.send_replace(done);
    }
}

fn add(batch: &mut Batch, step: Step) {
    match step {
        Step::Block(block) => batch.blocks.push(block),
        Step::Dropped { slot, blockhash } => batch.dropped.push((slot, blockhash)),
        Step::Reached(reached) => batch.reach(reached),
    }
}

async fn decode_all(mut updates: mpsc::Receiver<Update>, steps: mpsc::Sender<Step>) {
    while let Some(update) = updates.recv().await {
        if steps.send(decode::step(update)).await.is_err() {
            return;
        }
    }
}
