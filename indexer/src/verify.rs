//! Proving that the tables follow from the events, and the events from the chain, beside a live indexer.
//!
//! The live tables are frozen in one snapshot: what they say at that moment, of everything up to the last slot indexed,
//! confirmed slots included. From the events in it all derived tables are made anew in a scratch schema, and each is
//! compared with the live one of the same snapshot. From genesis, the scratch schema is then filled again by a source
//! from the start of indexing through the slot that was final in the snapshot, which both sides have reached, and what
//! is kept by slot is compared through that slot: blocks, transactions, events, ledger, facts.
//!
//! It holds a page of the chain and a batch of events in memory, and as much disk as the tables compared: a long
//! history is listed and fetched through tables of the scratch schema, as that of the live tables was.

use crate::Error;
use crate::backfill::History;
use crate::metrics::Metrics;
use crate::pipeline::Pipeline;
use crate::source::rpc::Client;
use crate::source::{Source, Until};
use crate::store::{Committed, Compared, Frozen, Scratch, Store};
use serde::Serialize;
use std::fmt::Write;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether everything is the same and no number is missing.
    pub same: bool,
    /// The last slot in the snapshot.
    pub slot: u64,
    /// The last slot of it that is final.
    pub finalized: u64,
    /// Events folded again.
    pub events: u64,
    /// Entities whose numbers have a hole, the first few: the whole check, which reads every event.
    pub gaps: Vec<String>,
    /// Tables made anew from the stored events.
    pub derived: Vec<Compared>,
    /// Tables read again from the chain, through the final slot; `None` unless asked for.
    pub chain: Option<Vec<Compared>>,
}

impl Report {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("{} events were folded again, through slot {}.\n", self.events, self.slot);
        // Writing to a string cannot fail.
        let mut part = |what: &str, tables: &[Compared]| {
            let wrong: Vec<&Compared> = tables.iter().filter(|table| !table.is_same()).collect();
            let rows: u64 = tables.iter().fold(0, |sum, table| sum.saturating_add(table.live.rows));
            if wrong.is_empty() {
                let _ = writeln!(text, "{what}: {} tables with {rows} rows are the same.", tables.len());
            }
            for table in wrong {
                let (name, live, anew) = (&table.table, table.live.rows, table.anew.rows);
                let _ = writeln!(text, "{what}: {name} differs ({live} rows live, {anew} anew):");
                for key in &table.differing {
                    let _ = writeln!(text, "  {key}");
                }
            }
        };
        part("From stored events", &self.derived);
        if let Some(chain) = &self.chain {
            part(&format!("From the chain through slot {}", self.finalized), chain);
        }
        match self.gaps.as_slice() {
            [] => text.push_str("Numbers: no entity's events have a gap.\n"),
            gaps => gaps.iter().for_each(|gap| {
                let _ = writeln!(text, "Numbers: {gap}");
            }),
        }
        text
    }
}

/// Where the chain is read again from.
#[derive(Debug)]
pub struct Genesis<S> {
    /// Gives what is left at the end, or all of it.
    pub source: S,
    /// Nodes that a long history is brought in from before, page by page; `None` for a source without nodes.
    pub nodes: Option<Nodes>,
}

/// Nodes, and how much is asked of them at a time.
#[derive(Debug)]
pub struct Nodes {
    /// The nodes.
    pub client: Client,
    /// Transactions in a range and signatures a page.
    pub page_size: usize,
    /// Calls under way at a time.
    pub concurrency: usize,
    /// Slots of history that are worth it.
    pub history_slots: u64,
}

/// Compares; with `genesis`, reads the chain again from there.
pub async fn verify<S: Source>(
    url: &str,
    genesis: Option<Genesis<S>>,
    batch_events: usize,
    stop: &CancellationToken,
) -> Result<Report, Error> {
    let mut frozen = Store::freeze(url).await?;
    let scratch = Scratch::make(url).await?;
    let compared = tokio::select! {
        () = stop.cancelled() => Err(Error::Setup("Stopped before the tables were compared.".into())),
        report = within(&mut frozen, &scratch) => report,
    };
    let compared = drop_after(scratch, compared).await;
    let mut report = compared?;
    if let Some(genesis) = genesis {
        let scratch = Scratch::make(url).await?;
        // A source ends by itself when it is told to stop.
        let compared = again(&mut frozen, &scratch, genesis, batch_events, stop).await;
        report.chain = Some(drop_after(scratch, compared).await?);
    }
    frozen.thaw().await?;
    let mut all = report.derived.iter().chain(report.chain.iter().flatten());
    report.same = all.all(Compared::is_same) && report.gaps.is_empty();
    Ok(report)
}

/// Drops the schema whatever came of it.
async fn drop_after<T>(scratch: Scratch, outcome: Result<T, Error>) -> Result<T, Error> {
    let dropped = scratch.drop().await;
    let value = outcome?;
    dropped?;
    Ok(value)
}

async fn within(frozen: &mut Frozen, scratch: &Scratch) -> Result<Report, Error> {
    let events = scratch.rebuild(frozen).await?;
    let derived = scratch.compare_derived(frozen).await?;
    let (slot, finalized) = (frozen.confirmed, frozen.finalized);
    let gaps = frozen.gaps().await?;
    Ok(Report { same: false, slot, finalized, events, gaps, derived, chain: None })
}

async fn again<S: Source>(
    frozen: &mut Frozen,
    scratch: &Scratch,
    genesis: Genesis<S>,
    batch_events: usize,
    stop: &CancellationToken,
) -> Result<Vec<Compared>, Error> {
    scratch.store.claim(&frozen.cluster, frozen.start_slot).await?;
    let (metrics, until) = (Arc::new(Metrics::default()), Until::Slot(frozen.finalized));
    let (progress, watched) = watch::channel(Committed::default());
    let pipeline = Pipeline {
        store: scratch.store.clone(),
        batch_events,
        metrics: metrics.clone(),
        progress,
        stop: stop.child_token(),
    };
    if let Some(nodes) = &genesis.nodes {
        let history = History {
            client: &nodes.client,
            store: &scratch.store,
            metrics: &metrics,
            progress: watched,
            page_size: nodes.page_size,
            concurrency: nodes.concurrency,
            start_slot: frozen.start_slot,
            least: nodes.history_slots,
            stop: stop.child_token(),
        };
        history.bring_in(&pipeline, until).await?;
    }
    pipeline.run(genesis.source, until).await?;
    let reached = scratch.store.watermark().await?.map_or(0, |mark| mark.finalized);
    if reached < frozen.finalized {
        return Err(Error::Setup(format!(
            "The chain was read again through slot {reached} only, not through {}; run it again.",
            frozen.finalized
        )));
    }
    scratch.compare_sources(frozen).await
}
