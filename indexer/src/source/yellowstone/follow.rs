//! What happens while a stream is followed: which blocks are taken, when nodes are asked, what becomes final.

use super::links::{Link, Links, Place};
use super::stream::Subscription;
use super::{Patience, YellowstoneSource, wire};
use crate::source::rpc::{Backoff, Endpoint, LONGEST_REST, RpcError, Turn, confirmed_hash};
use crate::source::{Block, Heads, Reached, Resume, Until, Update};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::time::Instant;
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::{SlotStatus, SubscribeUpdateSlot};

/// Why following ended.
pub enum End {
    /// Everything wanted is given, or nobody listens.
    Done,
    /// Waiting does not mend it, or the process is stopping.
    Nodes(RpcError),
}

impl From<RpcError> for End {
    fn from(error: RpcError) -> Self {
        Self::Nodes(error)
    }
}

/// The longest time for an answer to a subscription: no round of the nodes runs meanwhile.
const LONGEST_SUBSCRIBING: Duration = Duration::from_secs(10);
/// Blocks of ours that are taken from the stream at most before nodes have proved them.
const UNPROVED: usize = 100_000;

/// What is known while it runs.
pub struct Run<'a> {
    source: &'a YellowstoneSource,
    /// What the nodes' rounds have come to, and what the stream gave since.
    state: Resume,
    /// Everything through this slot is final, by the nodes or by the stream.
    finalized: u64,
    until: Until,
    target: Option<u64>,
    sink: &'a mpsc::Sender<Update>,
    links: Links,
    /// Slots that the stream called final, above what is.
    finals: BTreeSet<u64>,
    /// The endpoint that answered the last round, how far, and when.
    covered: Option<(Endpoint, Reached)>,
    round_at: Instant,
    block_at: Instant,
    heads: Heads,
}

impl<'a> Run<'a> {
    /// About to begin.
    pub fn new(
        source: &'a YellowstoneSource,
        resume: Resume,
        until: Until,
        sink: &'a mpsc::Sender<Update>,
    ) -> Self {
        let target = match until {
            Until::Slot(slot) => Some(slot),
            Until::Stopped | Until::Head => None,
        };
        let now = Instant::now();
        Self {
            source,
            finalized: resume.finalized,
            state: resume,
            until,
            target,
            sink,
            links: Links::default(),
            finals: BTreeSet::new(),
            covered: None,
            round_at: now,
            block_at: now,
            heads: Heads::default(),
        }
    }

    /// Follows the chain until there is a reason to end, which is returned.
    pub async fn follow(&mut self) -> End {
        let Patience { pause, seed, .. } = self.source.patience;
        let mut backoff = Backoff::new(seed, "yellowstone");
        let (mut failures, mut connect_at) = (0u32, Instant::now());
        loop {
            // Polling goes on while there is no stream, and before it is believed for the first time.
            if (self.links.last().is_none() || failures > 0)
                && let Err(end) = self.round().await
            {
                return end;
            }
            if Instant::now() < connect_at {
                match self.source.nodes.pause().await {
                    Ok(()) => continue,
                    Err(error) => return error.into(),
                }
            }
            let before = self.source.metrics.stream_blocks_total.get();
            // A server can take a connection, keep it alive, and answer nothing.
            let subscribing = self.source.server.subscribe(self.links.last());
            let longest = self.source.patience.stall.min(LONGEST_SUBSCRIBING);
            let reason = match tokio::time::timeout(longest, subscribing).await {
                Ok(Ok(subscription)) => match self.listen(subscription).await {
                    Ok(reason) => reason,
                    Err(end) => return end,
                },
                Ok(Err(reason)) => reason,
                Err(_) => "it does not answer".into(),
            };
            self.source.metrics.stream_up.set(0);
            self.source.metrics.stream_breaks_total.add(1);
            let gave_nothing = self.source.metrics.stream_blocks_total.get() == before;
            failures = if gave_nothing { failures.saturating_add(1) } else { 0 };
            let wait = failures
                .checked_sub(1)
                .map_or(Duration::ZERO, |before| backoff.pause(pause, before, LONGEST_REST));
            tracing::warn!("Yellowstone: {reason}; connecting again in {} ms", wait.as_millis());
            connect_at = Instant::now().checked_add(wait).unwrap_or(connect_at);
        }
    }

    /// Takes what one subscription gives; returns why it ended.
    async fn listen(&mut self, mut subscription: Subscription) -> Result<String, End> {
        self.block_at = Instant::now();
        self.source.metrics.stream_up.set(1);
        loop {
            let Patience { stall, audit, .. } = self.source.patience;
            let stalled_at = self.block_at.checked_add(stall).unwrap_or(self.block_at);
            let round_at = self.round_at.checked_add(audit).unwrap_or(self.round_at);
            let update = tokio::select! {
                update = subscription.next() => match update {
                    Ok(update) => update,
                    Err(reason) => return Ok(reason),
                },
                () = tokio::time::sleep_until(stalled_at) => return Ok("it gives no new block".into()),
                () = tokio::time::sleep_until(round_at) => {
                    self.round().await?;
                    continue;
                }
            };
            match update.update_oneof {
                Some(UpdateOneof::Block(block)) => match wire::block(block) {
                    Ok((block, link)) => self.block(block, link).await?,
                    // The next block's parent will not be here.
                    Err(reason) => tracing::warn!("Yellowstone: {reason}; nodes are asked for the block"),
                },
                Some(UpdateOneof::Slot(slot)) => self.status(&slot).await?,
                Some(UpdateOneof::Ping(_)) => subscription.pong(),
                _ => {}
            }
        }
    }

    /// One round of the nodes: everything up to their head is given, unless they are behind the stream.
    async fn round(&mut self) -> Result<(), End> {
        self.round_at = Instant::now();
        match self.source.nodes.turn(&mut self.state, self.sink).await? {
            Turn::Closed => Err(End::Done),
            Turn::Behind => Ok(()),
            Turn::Whole(endpoint, reached) => {
                self.covered = Some((endpoint, reached));
                let (heads, head) = (&mut self.heads, reached.head);
                if head.confirmed >= heads.confirmed {
                    (heads.confirmed, heads.confirmed_time) = (head.confirmed, head.confirmed_time);
                }
                if head.finalized >= heads.finalized {
                    (heads.finalized, heads.finalized_time) = (head.finalized, head.finalized_time);
                }
                if self.until == Until::Head {
                    self.target.get_or_insert(reached.finalized);
                }
                self.finalized = self.finalized.max(self.state.finalized);
                self.finals = self.finals.split_off(&self.finalized.saturating_add(1));
                let is_done = self.target.is_some_and(|target| self.state.finalized >= target);
                if is_done { Err(End::Done) } else { Ok(()) }
            }
        }
    }

    /// A block of the stream.
    async fn block(&mut self, block: Block, link: Link) -> Result<(), End> {
        let slot = block.slot;
        if slot <= self.finalized {
            return Ok(());
        }
        while self.state.recent.len() >= UNPROVED {
            self.round().await?;
            self.source.nodes.pause().await?;
        }
        let found = block.header.as_ref().map(|header| &header.blockhash);
        let stored = self.state.recent.get(&slot).and_then(|known| known.blockhash.as_ref());
        let is_other = stored.is_some() && stored != found;
        match self.links.place(slot, &link) {
            Place::Known => return Ok(()),
            Place::Next if !is_other => self.links.add(slot, link),
            Place::Next | Place::Apart => {
                if !self.close_gap(slot, &link).await? {
                    return Ok(());
                }
                let stored = self.state.recent.get(&slot).and_then(|known| known.blockhash.as_ref());
                if stored.is_some_and(|stored| *stored != link.blockhash) {
                    // Two blocks in a slot: the nodes' rounds decide, when one of them is final.
                    self.links.clear();
                    return self.round().await;
                }
                self.links.begin(slot, link);
            }
        }
        self.block_at = Instant::now();
        self.source.metrics.stream_blocks_total.add(1);
        if slot >= self.heads.confirmed {
            (self.heads.confirmed, self.heads.confirmed_time) = (slot, block.time);
        }
        self.give(block).await?;
        self.finalise().await
    }

    /// Has the nodes give everything before a block whose parent is not here. Whether the block is on
    /// the nodes' chain too, so that the stream can go on from it.
    async fn close_gap(&mut self, slot: u64, link: &Link) -> Result<bool, End> {
        self.links.clear();
        let mut is_first = true;
        loop {
            if let Some((endpoint, reached)) = self.covered.clone()
                && reached.confirmed >= link.parent
            {
                let (known, hash) = if slot <= reached.confirmed {
                    (slot, &link.blockhash)
                } else {
                    (link.parent, &link.parent_hash)
                };
                return match confirmed_hash(&endpoint, known).await {
                    Ok(found) => Ok(found.as_ref() == Some(hash)),
                    // The next block asks again.
                    Err(error) if error.may_pass() => Ok(false),
                    Err(error) => Err(error.into()),
                };
            }
            if is_first {
                self.source.metrics.stream_gaps_total.add(1);
            } else {
                self.source.nodes.pause().await?;
            }
            is_first = false;
            self.round().await?;
        }
    }

    /// Gives a block, unless it holds nothing of ours, and how far that reaches.
    async fn give(&mut self, block: Block) -> Result<(), End> {
        if !block.transactions.is_empty() {
            let known = self.state.recent.entry(block.slot).or_default();
            known.blockhash = block.header.as_ref().map(|header| header.blockhash.clone());
            for transaction in &block.transactions {
                if !known.signatures.contains(&transaction.signature) {
                    known.signatures.push(transaction.signature.clone());
                }
            }
            self.send(Update::Block(block)).await?;
        }
        let reached = self.reached();
        self.send(Update::Reached(reached)).await
    }

    async fn send(&self, update: Update) -> Result<(), End> {
        self.sink.send(update).await.map_err(|_| End::Done)
    }

    /// How far everything is given: to the last linked block, or to where the nodes came.
    fn reached(&self) -> Reached {
        let covered = self.covered.as_ref().map_or(0, |(_, reached)| reached.confirmed);
        let confirmed = self.links.last().unwrap_or_default().max(covered);
        let metrics = &self.source.metrics;
        metrics.head_confirmed.set(self.heads.confirmed.max(metrics.head_confirmed.get()));
        metrics.head_finalized.set(self.heads.finalized.max(metrics.head_finalized.get()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        metrics.seen_at.set(now.as_secs());
        Reached { confirmed, finalized: self.finalized, head: self.heads }
    }

    async fn status(&mut self, update: &SubscribeUpdateSlot) -> Result<(), End> {
        let slot = update.slot;
        match update.status() {
            SlotStatus::SlotFinalized if slot > self.finalized => {
                self.finals.insert(slot);
                self.finalise().await
            }
            SlotStatus::SlotDead if self.links.get(slot).is_some() => {
                tracing::warn!(
                    "Yellowstone: slot {slot} is said to be dead after its block; nodes are asked"
                );
                self.links.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Has the nodes make final what was given before the first block here, once that can be.
    async fn have_nodes_finalise(&mut self) -> Result<(), End> {
        let last = self.finals.last().copied().unwrap_or_default();
        let is_due = self.links.before().is_some_and(|before| before > self.finalized && before <= last);
        if is_due && self.round_at.elapsed() >= self.source.patience.pause {
            self.round().await?;
        }
        Ok(())
    }

    /// Makes final what the links of the latest final block lead back to.
    async fn finalise(&mut self) -> Result<(), End> {
        let path = self.finals.iter().rev().find_map(|slot| {
            let path = self.links.path(*slot, self.finalized)?;
            Some((*slot, path))
        });
        let Some((slot, path)) = path else { return self.have_nodes_finalise().await };
        let above = self.finalized.saturating_add(1);
        let mut dropped = Vec::new();
        for (at, known) in self.state.recent.range(above..=slot) {
            let hash = known.blockhash.clone().unwrap_or_default();
            if path.get(at).is_none_or(|link| link.blockhash != hash) {
                dropped.push((*at, hash));
            }
        }
        let new = path.range(above..);
        let failed = new.fold(0u64, |sum, (_, link)| sum.saturating_add(link.failed));
        self.source.metrics.failed_transactions_total.add(failed);
        if slot >= self.heads.finalized {
            let time = path.get(&slot).and_then(|link| link.time);
            (self.heads.finalized, self.heads.finalized_time) = (slot, time);
        }
        for (slot, blockhash) in dropped {
            self.state.recent.remove(&slot);
            self.send(Update::Dropped { slot, blockhash }).await?;
        }
        self.links.settle(slot);
        self.finals = self.finals.split_off(&slot.saturating_add(1));
        self.finalized = slot;
        let reached = self.reached();
        self.send(Update::Reached(reached)).await?;
        if self.target.is_some_and(|target| slot >= target) { self.round().await } else { Ok(()) }
    }
}
