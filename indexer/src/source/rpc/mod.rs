//! The source that asks a Solana node by JSON-RPC.
//!
//! One round: read the heads; list every signature above the final watermark (and a little below
//! it); slot by slot, ask for the fate of stored blocks that should be final by now and give what is
//! new; say how far that reaches, so that a process that is killed has come farther. The same round
//! crawls years of history and follows the head, and it sees what a node showed late.
//!
//! It holds the list of signatures of a round in memory, and it never trusts one answer where two
//! can be compared: nothing is called dropped unless the chain of parents proves it. Where there are
//! several endpoints, one alone answers a round; one that contradicts itself or what is stored rests,
//! and another one answers the next.

mod again;
mod block;
mod client;
mod endpoint;
mod error;
mod health;
mod listing;
mod pace;
mod start;
mod wire;

pub use again::{Pages, Wanted, blocks, whole_blocks};
pub use block::{Fate, Trouble, confirmed_hash, fate};
pub use client::Client;
pub use endpoint::{Endpoint, Manners, is_everywhere};
pub use error::{RpcError, code};
pub use health::{Health, Healths};
pub use listing::{Crawl, Entry, Listed, Listing, Place, Range, Step, list};
pub use pace::{Backoff, LONGEST_REST};
pub use wire::{Account, Accounts};

use super::{Block, Heads, Known, OVERLAP, Reached, Resume, Source, Until, Update};
use crate::Error;
use crate::metrics::Metrics;
use futures_util::{StreamExt, stream};
use listing::SHALLOW;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Newest transaction version that is read; nodes refuse to serve newer ones.
const MAX_VERSION: u8 = 1;
const COMMITMENT_CONFIRMED: &str = "confirmed";
const COMMITMENT_FINALIZED: &str = "finalized";

/// How to ask.
#[derive(Clone, Debug)]
pub struct Options {
    /// Pause between two rounds at the head.
    pub poll_interval: Duration,
    /// Signatures a page, at most 1,000.
    pub page_size: usize,
    /// Calls under way at a time.
    pub concurrency: usize,
    /// Nothing at or below this slot is looked at.
    pub start_slot: u64,
}

/// Nodes as a source.
#[derive(Debug)]
pub struct RpcSource {
    client: Client,
    options: Options,
    metrics: Arc<Metrics>,
}

/// What one slot needs in a round.
struct Task {
    slot: u64,
    /// Whether its fate is to be asked: it is stored and should be final by now.
    is_due: bool,
    /// Its stored block, if any.
    blockhash: Option<String>,
    /// All that is listed in it.
    all: Vec<(Arc<str>, Option<u32>)>,
    /// What of that is not stored.
    new: Vec<(Arc<str>, Option<u32>)>,
    is_final: bool,
}

/// What became of it.
struct Outcome {
    slot: u64,
    dropped: Option<String>,
    block: Option<Block>,
}

impl Task {
    async fn run(self, endpoint: &Endpoint, concurrency: usize) -> Result<Outcome, Trouble> {
        let Self { slot, is_due, blockhash, all, new, is_final } = self;
        let mut dropped = None;
        if is_due {
            match fate(endpoint, slot, blockhash.as_deref()).await? {
                Fate::Final => {}
                Fate::Dropped => dropped = Some(blockhash.clone().unwrap_or_default()),
                Fate::Unknown(reason) => return Err(Trouble::Inconsistent(reason)),
            }
        }
        let wanted = if dropped.is_some() { all.clone() } else { new };
        if wanted.is_empty() {
            return Ok(Outcome { slot, dropped, block: None });
        }
        let mut block = block::fetch(endpoint, slot, wanted, is_final, concurrency).await?;
        let found = block.header.as_ref().map(|header| header.blockhash.as_str());
        if let (Some(old), Some(found), None) = (&blockhash, found, &dropped)
            && old != found
        {
            // Another block took the slot: what was stored of the old one is needed of this one too.
            block = block::fetch(endpoint, slot, all, is_final, concurrency).await?;
            dropped = blockhash;
        }
        Ok(Outcome { slot, dropped, block: Some(block) })
    }
}

/// What a round left behind.
enum Round {
    Complete(Reached),
    /// The node contradicted itself; the round is repeated.
    Again(String),
    /// Nobody listens.
    Closed,
}

impl RpcSource {
    /// A source that asks `client`.
    pub fn new(client: Client, options: Options, metrics: Arc<Metrics>) -> Self {
        Self { client, options, metrics }
    }

    fn range<'a>(&self, state: &'a Resume, heads: Heads) -> Range<'a> {
        Range {
            after: state.listed_after(self.options.start_slot),
            through: heads.confirmed,
            finalized: heads.finalized,
            was_finalized: state.finalized,
            anchor: &state.anchor,
        }
    }

    async fn round(
        &self,
        endpoint: &Endpoint,
        state: &mut Resume,
        heads: Heads,
        sink: &mpsc::Sender<Update>,
    ) -> Result<Round, RpcError> {
        let range = self.range(state, heads);
        let (mut listing, failed) = match list(endpoint, range, self.options.page_size).await? {
            Listed::Whole(listing, failed) => (listing, failed),
            Listed::Broken(reason) => return Ok(Round::Again(reason)),
        };
        // What is stored and final is there for ever: a list without it lacks more than that.
        let has = |slot: &u64, signature: &Arc<str>| {
            listing.get(slot).is_some_and(|listed| listed.iter().any(|(name, _)| name == signature))
        };
        let lacks = |(slot, known): (&u64, &Known)| !known.signatures.iter().all(|name| has(slot, name));
        if state.recent.range(..=state.finalized).any(lacks) {
            return Ok(Round::Again(SHALLOW.into()));
        }
        self.metrics.failed_transactions_total.add(failed);

        let is_due = |slot: &u64| *slot > state.finalized && *slot <= heads.finalized;
        let due = state.recent.keys().copied().filter(is_due);
        let mut slots: Vec<u64> = listing.keys().copied().chain(due).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut tasks = Vec::new();
        for slot in slots {
            let all = listing.remove(&slot).unwrap_or_default();
            let known = state.recent.get(&slot).cloned();
            let stored =
                |signature: &Arc<str>| known.iter().any(|known| known.signatures.contains(signature));
            let new: Vec<_> = all.iter().filter(|(signature, _)| !stored(signature)).cloned().collect();
            let is_due = known.is_some() && is_due(&slot);
            if is_due || !new.is_empty() {
                let blockhash = known.and_then(|known| known.blockhash);
                tasks.push(Task { slot, is_due, blockhash, all, new, is_final: slot <= heads.finalized });
            }
        }
        self.work(endpoint, state, heads, tasks, sink).await
    }

    /// Does what each slot needs, several at a time, and tells the outcome in order of slot.
    async fn work(
        &self,
        endpoint: &Endpoint,
        state: &mut Resume,
        heads: Heads,
        tasks: Vec<Task>,
        sink: &mpsc::Sender<Update>,
    ) -> Result<Round, RpcError> {
        let concurrency = self.options.concurrency.max(1);
        let running = tasks.into_iter().map(|task| task.run(endpoint, concurrency));
        let mut outcomes = stream::iter(running).buffered(concurrency);
        while let Some(outcome) = outcomes.next().await {
            let Outcome { slot, dropped, block } = match outcome {
                Ok(outcome) => outcome,
                Err(Trouble::Inconsistent(reason)) => return Ok(Round::Again(reason)),
                Err(Trouble::Rpc(error)) => return Err(error),
            };
            let mut updates = Vec::new();
            if let Some(blockhash) = dropped {
                state.recent.remove(&slot);
                updates.push(Update::Dropped { slot, blockhash });
            }
            if let Some(block) = block {
                let known = state.recent.entry(slot).or_default();
                known.blockhash = block.header.as_ref().map(|header| header.blockhash.clone());
                known.signatures.extend(block.transactions.iter().map(|t| t.signature.clone()));
                updates.push(Update::Block(block));
            }
            let reached = Reached { confirmed: slot, finalized: slot.min(heads.finalized), head: heads };
            settle(state, reached);
            updates.push(Update::Reached(reached));
            for update in updates {
                if sink.send(update).await.is_err() {
                    return Ok(Round::Closed);
                }
            }
        }
        Ok(Round::Complete(Reached { confirmed: heads.confirmed, finalized: heads.finalized, head: heads }))
    }

    /// One whole round, by whichever endpoint answers it.
    pub async fn turn(&self, state: &mut Resume, sink: &mpsc::Sender<Update>) -> Result<Turn, RpcError> {
        loop {
            let mut choice = self.client.choose(state.finalized).await?;
            if state.anchor.stored.is_none() && state.recent.is_empty() && choice.len() > 1 {
                self.leave_shallow(state, &mut choice).await?;
            }
            // Nodes behind the watermark have nothing to say.
            let Some((endpoint, heads)) = choice.into_iter().next() else { return Ok(Turn::Behind) };
            let heads = with_times(&endpoint, heads).await;
            match self.round(&endpoint, state, heads, sink).await {
                Ok(Round::Complete(reached)) => {
                    endpoint.did_well();
                    settle(state, reached);
                    if sink.send(Update::Reached(reached)).await.is_err() {
                        return Ok(Turn::Closed);
                    }
                    return Ok(Turn::Whole(endpoint, reached));
                }
                Ok(Round::Again(reason)) => {
                    endpoint.health().contradictions.add(1);
                    endpoint.let_rest(&reason, self.options.poll_interval);
                    // The head runs away meanwhile, and nobody would know by how far.
                    let (confirmed, finalized) = (state.finalized, state.finalized);
                    let nothing_new = Reached { confirmed, finalized, head: heads };
                    if sink.send(Update::Reached(nothing_new)).await.is_err() {
                        return Ok(Turn::Closed);
                    }
                }
                Ok(Round::Closed) => return Ok(Turn::Closed),
                Err(error) if is_everywhere(&error) => return Err(error),
                Err(error) if error.may_pass() || self.client.endpoints().len() > 1 => {
                    endpoint.let_rest(&error.to_string(), self.options.poll_interval);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What an error that ended it means: nothing if the process is stopping.
    pub fn ended(error: RpcError) -> Result<(), Error> {
        match error {
            RpcError::Stopping => Ok(()),
            error if error.code() == Some(code::VERSION_NOT_SUPPORTED) => Err(Error::Setup(format!(
                "The chain has transactions of a version above {MAX_VERSION}; install a newer indexer, nothing was skipped."
            ))),
            error => Err(error.into()),
        }
    }

    /// Waits for as long as is between two rounds at the head, unless the process is stopping.
    pub async fn pause(&self) -> Result<(), RpcError> {
        self.client.pause(self.options.poll_interval).await
    }

    async fn follow(
        &self,
        mut state: Resume,
        until: Until,
        sink: &mpsc::Sender<Update>,
    ) -> Result<(), RpcError> {
        let mut target = match until {
            Until::Slot(slot) => Some(slot),
            Until::Stopped | Until::Head => None,
        };
        loop {
            match self.turn(&mut state, sink).await? {
                Turn::Whole(_, reached) if until == Until::Head => {
                    target.get_or_insert(reached.finalized);
                }
                Turn::Whole(..) | Turn::Behind => {}
                Turn::Closed => return Ok(()),
            }
            if target.is_some_and(|target| state.finalized >= target) {
                return Ok(());
            }
            self.pause().await?;
        }
    }
}

/// What came of trying to answer a round.
#[derive(Debug)]
pub enum Turn {
    /// This endpoint answered it, so far.
    Whole(Endpoint, Reached),
    /// Every endpoint that answers is behind what is stored.
    Behind,
    /// Nobody listens.
    Closed,
}

/// The heads with the cluster's time of both. Only for readers, so that a node that does not say it is no
/// reason to wait.
pub async fn with_times(endpoint: &Endpoint, heads: Heads) -> Heads {
    let time = async |slot: u64| endpoint.once("getBlockTime", &json!([slot])).await.ok().flatten();
    let (confirmed_time, finalized_time) = tokio::join!(time(heads.confirmed), time(heads.finalized));
    Heads { confirmed_time, finalized_time, ..heads }
}

/// Moves the final watermark and forgets what is no longer listed.
fn settle(state: &mut Resume, reached: Reached) {
    state.finalized = state.finalized.max(reached.finalized);
    let kept = state.finalized.saturating_sub(OVERLAP).saturating_add(1);
    let rest = state.recent.split_off(&kept);
    let done = std::mem::replace(&mut state.recent, rest);
    for (slot, known) in done {
        if let Some(signature) = known.signatures.into_iter().next() {
            state.anchor.advance(slot, signature);
        }
    }
}

impl Source for RpcSource {
    async fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<Update>,
        _stop: CancellationToken,
    ) -> Result<(), Error> {
        // The client ends its calls and pauses when the process stops.
        self.follow(resume, until, &sink).await.or_else(Self::ended)
    }
}
