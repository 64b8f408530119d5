//! Fetched ranges as a source: in order of slot, each once it is there.

use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::patience::{patiently, stopped_within};
use crate::source::rpc::{Client, Fate, RpcError, fate, is_everywhere, with_times};
use crate::source::{Block, Heads, Reached, Resume, Source, Until, Update};
use crate::store::{Committed, Next, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause before looking again for a range that is not fetched yet.
const PAUSE: Duration = Duration::from_millis(200);
/// How often the chain's head is asked for meanwhile.
const HEADS: Duration = Duration::from_secs(5);

/// Ranges through a slot.
#[derive(Debug)]
pub struct Ranges {
    /// Nodes that are asked for the head.
    pub client: Client,
    /// Where the ranges are.
    pub store: Store,
    /// Figures to keep.
    pub metrics: Arc<Metrics>,
    /// How far the tables go: ranges that are folded are dropped.
    pub progress: watch::Receiver<Committed>,
    /// The last slot.
    pub through: u64,
    /// The last range's last slot, if there is a range.
    pub last: Option<u64>,
}

/// Where it stands.
struct Place {
    heads: Heads,
    asked: Instant,
    /// The first slot of the last range that was given.
    given: Option<u64>,
    /// Everything through this slot was given.
    reached: u64,
}

impl Source for Ranges {
    async fn run(
        mut self,
        resume: Resume,
        _until: Until,
        sink: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let heads = loop {
            match heads(&self.client).await {
                Ok(Some(heads)) => break heads,
                Ok(None) if self.client.pause(PAUSE).await.is_ok() => {}
                Ok(None) | Err(RpcError::Stopping) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        };
        let mut place = Place { heads, asked: Instant::now(), given: None, reached: resume.finalized };
        if !self.settle(&resume, &sink).await? {
            return Ok(());
        }
        loop {
            if stop.is_cancelled() {
                return Ok(());
            }
            self.drop_folded(resume.finalized, &stop).await?;
            let next = patiently(&self.metrics, &stop, || self.store.next_range(place.given));
            let given = match next.await? {
                Next::None => {
                    if self.last.is_some_and(|last| place.reached < last) {
                        return Err(Error::Setup(format!(
                            "The table backfill_ranges lacks ranges between slots {} and {}; nothing else empties it than \
                             the indexer. Delete the row of the table backfill, and start again: history is listed anew.",
                            place.reached, self.through
                        )));
                    }
                    let reached = place.through(self.through);
                    // Whoever listens has everything.
                    let _ = sink.send(Update::Reached(reached)).await;
                    return Ok(());
                }
                Next::Fetched(first, last, blocks) => {
                    let given = give(&sink, decode(&blocks)?, &mut place).await;
                    place.given = Some(first);
                    place.reached = place.reached.max(last);
                    given
                }
                Next::Waiting => !stopped_within(PAUSE, &stop).await,
            };
            if !given || !self.look_at_head(&mut place, &sink).await? {
                return Ok(());
            }
        }
    }
}

impl Ranges {
    /// Says which stored blocks that were not final have left the chain; whether to go on: somebody listens, and the
    /// process does not stop.
    async fn settle(&self, resume: &Resume, sink: &mpsc::Sender<Update>) -> Result<bool, Error> {
        let due = resume.recent.range(resume.finalized.saturating_add(1)..);
        for (slot, known) in due.take_while(|(slot, _)| **slot <= self.through) {
            loop {
                let endpoint = match self.client.any().await {
                    Ok(endpoint) => endpoint,
                    Err(RpcError::Stopping) => return Ok(false),
                    Err(error) => return Err(error.into()),
                };
                let trouble = match fate(&endpoint, *slot, known.blockhash.as_deref()).await {
                    Ok(Fate::Final) => break,
                    Ok(Fate::Dropped) => {
                        let blockhash = known.blockhash.clone().unwrap_or_default();
                        if sink.send(Update::Dropped { slot: *slot, blockhash }).await.is_err() {
                            return Ok(false);
                        }
                        break;
                    }
                    Ok(Fate::Unknown(reason)) => reason,
                    Err(RpcError::Stopping) => return Ok(false),
                    Err(error) if is_everywhere(&error) => return Err(error.into()),
                    Err(error) if error.may_pass() || self.client.endpoints().len() > 1 => error.to_string(),
                    Err(error) => return Err(error.into()),
                };
                endpoint.let_rest(&trouble, PAUSE);
                if self.client.pause(PAUSE).await.is_err() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Drops ranges that are folded: all below the watermark, once it has moved, for they were written in order.
    async fn drop_folded(&mut self, start: u64, stop: &CancellationToken) -> Result<(), Error> {
        if !self.progress.has_changed().unwrap_or(false) {
            return Ok(());
        }
        let finalized = self.progress.borrow_and_update().finalized;
        if finalized > start {
            patiently(&self.metrics, stop, || self.store.drop_ranges(finalized)).await?;
        }
        Ok(())
    }

    /// Asks for the head from time to time, and says it, so that what is behind shows; whether to go on.
    async fn look_at_head(&self, place: &mut Place, sink: &mpsc::Sender<Update>) -> Result<bool, Error> {
        if place.asked.elapsed() < HEADS {
            return Ok(true);
        }
        place.asked = Instant::now();
        match heads(&self.client).await {
            Ok(heads) => place.heads = heads.unwrap_or(place.heads),
            Err(RpcError::Stopping) => return Ok(false),
            Err(error) if error.may_pass() => return Ok(true),
            Err(error) => return Err(error.into()),
        }
        let left = self.store.backfill_left().await.map(|left| left.transactions).unwrap_or_default();
        self.metrics.history_left.set(left);
        Ok(sink.send(Update::Reached(place.through(place.reached))).await.is_ok())
    }
}

impl Place {
    fn through(&self, slot: u64) -> Reached {
        Reached { confirmed: slot, finalized: slot, head: self.heads }
    }
}

/// The chain's head, of whichever endpoint says it; `None` if all are behind.
async fn heads(client: &Client) -> Result<Option<Heads>, RpcError> {
    match client.choose(0).await?.into_iter().next() {
        Some((endpoint, heads)) => Ok(Some(with_times(&endpoint, heads).await)),
        None => Ok(None),
    }
}

/// Gives blocks, each with how far that reaches, so that all of them are written as final; whether somebody listens.
async fn give(sink: &mpsc::Sender<Update>, blocks: Vec<Block>, place: &mut Place) -> bool {
    for block in blocks {
        let reached = place.through(place.reached.max(block.slot));
        place.reached = reached.finalized;
        for update in [Update::Block(block), Update::Reached(reached)] {
            if sink.send(update).await.is_err() {
                return false;
            }
        }
    }
    true
}

/// Blocks as they wait in the database: JSON, compressed.
pub(super) fn encode(blocks: &[Block]) -> Result<Vec<u8>, Error> {
    let failed =
        |error: &dyn std::fmt::Display| Error::Setup(format!("Blocks cannot be kept: {}.", one_line(error)));
    let json = serde_json::to_vec(blocks).map_err(|error| failed(&error))?;
    zstd::encode_all(json.as_slice(), zstd::DEFAULT_COMPRESSION_LEVEL).map_err(|error| failed(&error))
}

fn decode(bytes: &[u8]) -> Result<Vec<Block>, Error> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::Setup(format!(
            "The table backfill_ranges holds blocks that cannot be read: {}. Delete the row of the table backfill, and start \
             again: history is listed anew.",
            one_line(error)
        ))
    };
    let json = zstd::decode_all(bytes).map_err(|error| failed(&error))?;
    serde_json::from_slice(&json).map_err(|error| failed(&error))
}
