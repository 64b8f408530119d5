//! The indexer's own pipeline over blocks from a file: as fast as it goes, or in time with a chain.

use super::blocks::Blocks;
use super::measure::{Delays, Rate, resident_kib};
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::{Block, Heads, Reached, Resume, Source, Until, Update};
use indexer::store::{Committed, Store};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const CLUSTER: &str = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";
/// Slots from confirmed to final.
const LAG: u64 = 32;
/// Events of one transaction, where more wait.
const BATCH: usize = 10_000;
/// Slots written before delays are counted, in parts of all.
const WARM: usize = 10;

/// When each block was there, by slot.
type Offered = Arc<Mutex<VecDeque<(u64, Instant)>>>;

struct FromFile {
    file: PathBuf,
    /// Slots between a block and what is final with it.
    lag: u64,
    /// Time between two blocks; none for as fast as it goes.
    pace: Option<(Duration, Offered)>,
}

impl Source for FromFile {
    async fn run(
        self,
        _resume: Resume,
        _until: Until,
        sink: mpsc::Sender<Update>,
        _stop: CancellationToken,
    ) -> Result<(), indexer::Error> {
        let mut due = tokio::time::Instant::now();
        let mut last = 0;
        for block in Blocks::open(&self.file) {
            let Block { slot, time, .. } = block;
            last = slot;
            if let Some((pace, offered)) = &self.pace {
                due += *pace;
                tokio::time::sleep_until(due).await;
                // When it was due: a source that is late itself does not hide a delay.
                offered.lock().unwrap().push_back((slot, due.into_std()));
            }
            let finalized = slot.saturating_sub(self.lag);
            let head = Heads { confirmed: slot, finalized, confirmed_time: time, finalized_time: None };
            let reached = Reached { confirmed: slot, finalized, head };
            if sink.send(Update::Block(block)).await.is_err()
                || sink.send(Update::Reached(reached)).await.is_err()
            {
                return Ok(());
            }
        }
        let head = Heads { confirmed: last, finalized: last, confirmed_time: None, finalized_time: None };
        let _ = sink.send(Update::Reached(Reached { confirmed: last, finalized: last, head })).await;
        Ok(())
    }
}

struct Running {
    pipeline: Pipeline,
    metrics: Arc<Metrics>,
    progress: watch::Receiver<Committed>,
}

async fn running(database: &str) -> Running {
    let store = Store::connect(database, 4).await.unwrap();
    store.migrate().await.unwrap();
    store.claim(CLUSTER, 0).await.unwrap();
    let metrics = Arc::new(Metrics::default());
    let (progress, watched) = watch::channel(Committed::default());
    let stop = CancellationToken::new();
    let pipeline = Pipeline { store, batch_events: BATCH, metrics: metrics.clone(), progress, stop };
    Running { pipeline, metrics, progress: watched }
}

async fn run(database: &str, source: FromFile) -> Rate {
    let Running { pipeline, metrics, .. } = running(database).await;
    let started = Instant::now();
    pipeline.run(source, Until::Head).await.unwrap();
    let took = started.elapsed();
    pipeline.store.close().await;
    assert_eq!((metrics.waiting_events.get(), metrics.dead_letters.get()), (0, 0), "nothing was left out");
    Rate { events: metrics.events_total.get(), took }
}

/// An empty schema with its tables divided into partitions of so many slots.
pub async fn divide(database: &str, slots: u64) {
    let Running { pipeline, .. } = running(database).await;
    pipeline.store.partition(slots.max(1)).await.unwrap();
    pipeline.store.close().await;
    let pool = sqlx::PgPool::connect(database).await.unwrap();
    // The rows that are copied say it.
    sqlx::query("DELETE FROM watermark").execute(&pool).await.unwrap();
    pool.close().await;
}

/// History: every block is final when it is written.
pub async fn backfill(database: &str, file: &Path) -> Rate {
    run(database, FromFile { file: file.to_owned(), lag: 0, pace: None }).await
}

/// The head with blocks waiting: none is final when it is written.
pub async fn head(database: &str, file: &Path) -> Rate {
    run(database, FromFile { file: file.to_owned(), lag: LAG, pace: None }).await
}

/// The head in time with a chain, for what is stored; the rate is at most the chain's.
pub async fn live(database: &str, file: &Path, slot_ms: u64) -> Rate {
    let pace = Some((Duration::from_millis(slot_ms), Offered::default()));
    run(database, FromFile { file: file.to_owned(), lag: LAG, pace }).await
}

/// The head in time with a chain: from when a block was due to when its rows were committed.
pub async fn paced(database: &str, file: &Path, slot_ms: u64) -> Delays {
    let Running { pipeline, mut progress, .. } = running(database).await;
    let offered = Offered::default();
    let pace = Some((Duration::from_millis(slot_ms), offered.clone()));
    let source = FromFile { file: file.to_owned(), lag: LAG, pace };
    let watching = tokio::spawn(async move {
        let mut delays = Vec::new();
        while progress.changed().await.is_ok() {
            let (now, through) = (Instant::now(), progress.borrow_and_update().confirmed);
            let mut offered = offered.lock().unwrap();
            while let Some((slot, due)) = offered.front().copied().filter(|(slot, _)| *slot <= through) {
                delays.push((slot, now.saturating_duration_since(due)));
                offered.pop_front();
            }
        }
        delays
    });
    pipeline.run(source, Until::Head).await.unwrap();
    pipeline.store.close().await;
    drop(pipeline); // with it the sender of progress
    let delays = watching.await.unwrap();
    let warm = delays.len() / WARM;
    Delays::new(delays.into_iter().skip(warm).map(|(_, delay)| delay).collect())
}

/// Resident memory while a chain is filled in, at every tenth of it.
pub async fn memory(database: &str, file: &Path, events: u64) {
    let Running { pipeline, metrics, mut progress } = running(database).await;
    let source = FromFile { file: file.to_owned(), lag: 0, pace: None };
    let watching = tokio::spawn(async move {
        let mut tenth = 1;
        println!("| events | resident, MiB |\n|---:|---:|");
        while progress.changed().await.is_ok() {
            progress.mark_unchanged();
            let written = metrics.events_total.get();
            while tenth <= 10 && written >= events / 10 * tenth {
                println!("| {written} | {} |", resident_kib() / 1_024);
                tenth += 1;
            }
        }
    });
    pipeline.run(source, Until::Head).await.unwrap();
    pipeline.store.close().await;
    drop(pipeline);
    watching.await.unwrap();
}
