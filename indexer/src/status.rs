//! `indexer status`: what `/readyz` says, and what it follows from.

use crate::Error;
use crate::error::one_line;
use crate::health::{Facts, Health, Limits, PATIENCE, State, judge};
use crate::store::{Overview, Store};
use serde::Serialize;
use std::fmt::Write;

/// All that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The judgement.
    #[serde(flatten)]
    pub health: Health,
    /// Slots and seconds.
    pub progress: Progress,
    /// Events that wait for others before them.
    pub waiting_events: u64,
    /// Slot of the last comparison with the chain, and seconds since.
    pub compared_slot: Option<u64>,
    /// See `compared_slot`.
    pub compared_ago: Option<u64>,
    /// The rest.
    #[serde(flatten)]
    pub overview: Overview,
}

/// How far the tables go. `None` where nothing is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Everything through this slot is indexed and final.
    pub finalized_slot: Option<u64>,
    /// Everything through this slot is indexed.
    pub confirmed_slot: Option<u64>,
    /// The chain's finalized head as last seen.
    pub head_finalized: Option<u64>,
    /// The chain's confirmed head as last seen.
    pub head_confirmed: Option<u64>,
    /// Seconds since it was seen.
    pub head_seen_ago: Option<u64>,
    /// Slots between the last final slot indexed and the finalized head.
    pub lag_slots: Option<u64>,
    /// Seconds from the cluster's time of the last final slot indexed to the present.
    pub lag_seconds: Option<u64>,
}

impl Status {
    /// Asks the database at `url`. `Err` within, the judgement alone, if it does not answer; an error if there is
    /// nothing to judge.
    pub async fn of(url: &str, limits: &Limits) -> Result<Result<Self, Health>, Error> {
        let asking = async {
            let store = Store::connect(url, 2).await?;
            let status = tokio::time::timeout(PATIENCE, Self::ask(&store, limits)).await;
            let status = status.map_err(|_| Error::Away("it did not answer in time".into()))??;
            store.close().await;
            Ok(status)
        };
        match asking.await {
            Ok(status) => Ok(Ok(status)),
            Err(Error::Away(reason)) => Ok(Err(Health::without_database(&reason))),
            Err(Error::Database(error)) => Ok(Err(Health::without_database(&one_line(&error)))),
            Err(error) => Err(error),
        }
    }

    async fn ask(store: &Store, limits: &Limits) -> Result<Self, Error> {
        store.check_schema().await?;
        let facts = store.facts().await?;
        let health = judge(&facts, limits);
        let Facts { waiting, compared_slot, compared_ago, .. } = facts;
        let progress = Progress {
            finalized_slot: facts.finalized,
            confirmed_slot: facts.confirmed,
            head_finalized: facts.head_finalized,
            head_confirmed: facts.head_confirmed,
            head_seen_ago: facts.seen_ago,
            lag_slots: facts.lag_slots(),
            lag_seconds: facts.lag_seconds,
        };
        let overview = store.overview().await?;
        Ok(Self { health, progress, waiting_events: waiting, compared_slot, compared_ago, overview })
    }

    /// Whether all is well.
    pub fn is_ready(&self) -> bool {
        self.health.state == State::Ready
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = self.health.text();
        let known = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        let (progress, overview) = (&self.progress, &self.overview);
        let mut line = |name: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<15}{value}");
        };
        line("program", overview.program.clone());
        line("cluster", overview.cluster.clone().unwrap_or_else(|| "unknown".into()));
        let (finalized, confirmed) = (known(progress.finalized_slot), known(progress.confirmed_slot));
        line("indexed", format!("through slot {finalized} final, {confirmed} confirmed"));
        let (head, ago) = (known(progress.head_finalized), known(progress.head_seen_ago));
        line("source", format!("finalized head {head}, seen {ago} seconds ago"));
        let (slots, seconds) = (known(progress.lag_slots), known(progress.lag_seconds));
        line("lag", format!("{slots} slots, {seconds} seconds"));
        let activity = overview.activity.clone().unwrap_or_else(|| "never ran".into());
        let version = overview.version.clone().unwrap_or_else(|| "unknown".into());
        let (writer, connections) = (overview.writer, overview.connections);
        let holder = overview.holder.clone().unwrap_or_else(|| "nobody".into());
        let held_for = known(overview.held_for);
        line(
            "writer",
            format!("{holder}, for {held_for} seconds; start {writer}, version {version}, {activity}"),
        );
        line("", format!("{connections} connections of indexers"));
        let history = overview.history;
        if history.ranges > 0 {
            line(
                "history",
                format!(
                    "{} transactions in {} ranges to fold; {} ranges fetched, {} under way",
                    history.transactions, history.ranges, history.fetched, history.claimed
                ),
            );
        }
        line("waiting", format!("{} events", self.waiting_events));
        line("gaps", overview.gaps.len().to_string());
        for gap in &overview.gaps {
            let outcome = gap.outcome.clone().unwrap_or_else(|| "not read again yet".into());
            line(
                "",
                format!(
                    "{}: events {} to {}, in slots {} to {}; read again {} times: {outcome}",
                    gap.entity,
                    gap.first_missing,
                    gap.last_missing,
                    gap.after_slot,
                    gap.before_slot,
                    gap.tries
                ),
            );
        }
        let letters = overview.dead_letters.iter().fold(0u64, |sum, left| sum.saturating_add(left.count));
        line("dead letters", letters.to_string());
        for left in &overview.dead_letters {
            line("", format!("{} {}, from slot {}: {}", left.count, left.kind, left.first_slot, left.reason));
        }
        let (slot, ago) = (known(self.compared_slot), known(self.compared_ago));
        line(
            "compared",
            format!(
                "at slot {slot}, {ago} seconds ago; all accounts {} seconds ago",
                known(overview.all_compared_ago)
            ),
        );
        for one in &overview.differences {
            let detail = one.detail.clone().unwrap_or_default();
            line("", format!("{}: chain {}, tables {} {detail}", one.subject, one.found, one.expected));
        }
        line("disk", format!("{} in the database", bytes(overview.database_bytes)));
        for size in &overview.tables {
            let parts =
                if size.partitions > 0 { format!(", {} partitions", size.partitions) } else { String::new() };
            line("", format!("{} {}{parts}", size.table, bytes(size.bytes)));
        }
        text
    }
}

/// In the largest unit of which there is at least one, rounded down.
fn bytes(count: u64) -> String {
    let units = [(1u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let fits = units.into_iter().find(|(unit, _)| count >= *unit);
    fits.map_or_else(|| format!("{count} B"), |(unit, name)| format!("{} {name}", count.div_euclid(unit)))
}
