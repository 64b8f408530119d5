//! The source that asks a Solana node by JSON-RPC.
//!
//! One round: read the heads; list every signature above the final watermark (and a little below
//! it); slot by slot, ask for the fate of stored blocks that should be final by now and give what is
//! new; say how far that reaches, so that a process that is killed has come farther. The same round
//! crawls years of history and follows the head, and it sees what a node showed late.
//!
//! It holds the list of signatures of a round in memory, and it never trusts one answer where two
//! can be compared: nothing is called dropped unless the chain of parents proves it.

mod again;
mod block;
mod client;
mod listing;
mod wire;

pub use again::{Pages, Wanted, blocks};
pub use block::{Fate, fate};
pub use client::{Client, RpcError, code};
pub use listing::{Listed, Listing, Range, list};
pub use wire::{Account, Accounts};

use super::{Block, Heads, Known, OVERLAP, Reached, Resume, Source, Until, Update};
use crate::Error;
use crate::metrics::Metrics;
use block::Trouble;
use futures_util::{StreamExt, stream};
use listing::SHALLOW;
use serde_json::json;
use settlement_interface::{Address, ID};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
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

/// A node as a source.
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
    async fn run(self, client: &Client, concurrency: usize) -> Result<Outcome, Trouble> {
        let Self { slot, is_due, blockhash, all, new, is_final } = self;
        let mut dropped = None;
        if is_due {
            match fate(client, slot, blockhash.as_deref()).await? {
                Fate::Final => {}
                Fate::Dropped => dropped = Some(blockhash.clone().unwrap_or_default()),
                Fate::Unknown(reason) => return Err(Trouble::Inconsistent(reason)),
            }
        }
        let wanted = if dropped.is_some() { all.clone() } else { new };
        if wanted.is_empty() {
            return Ok(Outcome { slot, dropped, block: None });
        }
        let mut block = block::fetch(client, slot, wanted, is_final, concurrency).await?;
        let found = block.header.as_ref().map(|header| header.blockhash.as_str());
        if let (Some(old), Some(found), None) = (&blockhash, found, &dropped)
            && old != found
        {
            // Another block took the slot: what was stored of the old one is needed of this one too.
            block = block::fetch(client, slot, all, is_final, concurrency).await?;
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

    /// The genesis hash of the node's cluster, if the program is deployed there. Gives up soon.
    pub async fn check(client: &Client) -> Result<String, Error> {
        let unreachable = |error: RpcError| {
            Error::Setup(format!(
                "Cannot read from the RPC node: {error}. Check `rpc_url` and that the node is running."
            ))
        };
        let cluster: Option<String> =
            client.a_few_times("getGenesisHash", &json!([])).await.map_err(unreachable)?;
        let cluster = cluster.ok_or_else(|| {
            Error::Setup("The RPC node gives no genesis hash; `rpc_url` is not a Solana RPC node.".into())
        })?;
        let program: Address = ID;
        let params =
            json!([[program.to_string()], { "encoding": "base64", "commitment": COMMITMENT_CONFIRMED }]);
        let accounts: Option<Accounts> =
            client.a_few_times("getMultipleAccounts", &params).await.map_err(unreachable)?;
        let account = accounts.and_then(|accounts| accounts.value.into_iter().next().flatten());
        match account {
            Some(account) if account.executable => Ok(cluster),
            Some(_) => Err(Error::Setup(format!(
                "The account {program} on this cluster is not a program; check `rpc_url`."
            ))),
            None => Err(Error::Setup(format!(
                "The program {program} is not deployed on this cluster (genesis {cluster}); deploy it, or check `rpc_url`."
            ))),
        }
    }

    async fn heads(&self) -> Result<Heads, RpcError> {
        let finalized = self.client.value("getSlot", json!([{ "commitment": COMMITMENT_FINALIZED }])).await?;
        let params = json!([{ "commitment": COMMITMENT_CONFIRMED, "minContextSlot": finalized }]);
        let confirmed: u64 = self.client.value("getSlot", params).await?;
        let confirmed = confirmed.max(finalized);
        // Only for readers, so that a node that does not say it is no reason to wait.
        let time = async |slot: u64| self.client.once("getBlockTime", &json!([slot])).await.ok().flatten();
        let (confirmed_time, finalized_time) = tokio::join!(time(confirmed), time(finalized));
        let heads = Heads { confirmed, finalized, confirmed_time, finalized_time };
        self.metrics.head_confirmed.set(heads.confirmed);
        self.metrics.head_finalized.set(heads.finalized);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.metrics.seen_at.set(now.as_secs());
        Ok(heads)
    }

    async fn round(
        &self,
        state: &mut Resume,
        heads: Heads,
        sink: &mpsc::Sender<Update>,
    ) -> Result<Round, RpcError> {
        let range = Range {
            after: state.finalized.saturating_sub(OVERLAP).max(self.options.start_slot),
            through: heads.confirmed,
            finalized: heads.finalized,
            was_finalized: state.finalized,
            anchor: &state.anchor,
        };
        let (mut listing, failed) = match list(&self.client, range, self.options.page_size).await? {
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
        self.work(state, heads, tasks, sink).await
    }

    /// Does what each slot needs, several at a time, and tells the outcome in order of slot.
    async fn work(
        &self,
        state: &mut Resume,
        heads: Heads,
        tasks: Vec<Task>,
        sink: &mpsc::Sender<Update>,
    ) -> Result<Round, RpcError> {
        let concurrency = self.options.concurrency.max(1);
        let running = tasks.into_iter().map(|task| task.run(&self.client, concurrency));
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
        let mut pause = self.options.poll_interval;
        loop {
            let heads = self.heads().await?;
            if until == Until::Head {
                target = target.or(Some(heads.finalized));
            }
            // A node behind the watermark has nothing to say.
            if heads.finalized >= state.finalized {
                match self.round(&mut state, heads, sink).await? {
                    Round::Complete(reached) => {
                        pause = self.options.poll_interval;
                        settle(&mut state, reached);
                        if sink.send(Update::Reached(reached)).await.is_err() {
                            return Ok(());
                        }
                    }
                    Round::Again(reason) => {
                        tracing::warn!("RPC node: {reason}; listing again");
                        pause = pause.saturating_mul(2).min(Duration::from_secs(10));
                    }
                    Round::Closed => return Ok(()),
                }
            }
            if target.is_some_and(|target| state.finalized >= target) {
                return Ok(());
            }
            self.client.pause(pause).await?;
        }
    }
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
        match self.follow(resume, until, &sink).await {
            Ok(()) | Err(RpcError::Stopping) => Ok(()),
            Err(error) if error.code() == Some(code::VERSION_NOT_SUPPORTED) => Err(Error::Setup(format!(
                "The chain has transactions of a version above {MAX_VERSION}; install a newer indexer, nothing was skipped."
            ))),
            Err(error) => Err(error.into()),
        }
    }
}
