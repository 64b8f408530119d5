//! Counters and gauges that the tasks share, and their text form for Prometheus.
//!
//! Figures of the process, and those of the database that were last asked for health; nothing here is read
//! back by the indexer.

use crate::health::{Facts, Health, State};
use crate::source::rpc::Healths;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

macro_rules! metrics {
    ($($kind:ident $name:ident $help:literal;)*) => {
        /// All of them; gauges are set, counters only grow.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $(#[doc = $help] pub $name: Figure,)*
            /// How each endpoint is.
            pub endpoints: Healths,
            /// How long writing a batch took.
            pub batch_duration: Durations,
        }

        impl Metrics {
            /// Prometheus' text form.
            pub fn render(&self) -> String {
                let mut text = String::new();
                $(
                    let name = concat!("tally_indexer_", stringify!($name));
                    // Writing to a string cannot fail.
                    let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {}\n{name} {}",
                        $help, stringify!($kind), self.$name.get());
                )*
                self.endpoints.render(&mut text);
                let help = "Seconds that writing a batch took, in one database transaction.";
                self.batch_duration.render("tally_indexer_batch_duration_seconds", help, &mut text);
                text
            }
        }
    };
}

metrics! {
    gauge head_confirmed "Latest confirmed slot of the chain.";
    gauge head_finalized "Latest finalized slot of the chain.";
    gauge confirmed_slot "Everything through this slot is indexed.";
    gauge finalized_slot "Everything through this slot is indexed and final.";
    gauge lag_slots "Slots between the last final slot indexed and the finalized head.";
    gauge lag_seconds "Seconds from the cluster's time of the last final slot indexed to the present.";
    gauge waiting_events "Events that wait for a missing predecessor.";
    gauge gaps "Places at which events of an entity are missing.";
    gauge dead_letters "Bytes of the program that could not be read or contradict their predecessors.";
    gauge deficits "Subjects of the last reconciliation in which chain and tables differ.";
    gauge stream_up "1 while the Yellowstone server is subscribed to.";
    gauge reconciled_slot "Slot of the last comparison of tables with accounts on chain.";
    gauge reconciliation_age_seconds "Seconds since the last comparison of tables with accounts on chain.";
    gauge unsettled_accounts "Accounts of the last comparison that changed while they were compared, and wait for the next.";
    gauge history_left "Transactions of history that are listed and not folded yet.";
    gauge seen_at "Unix seconds at which the head was last seen.";
    gauge writing "1 while this process holds the lease, 0 while it stands by.";
    gauge ready "1 if the tables are fit to be read, as /readyz says.";
    gauge degraded "1 if something is missing or not proved, and what is there is right.";
    gauge failing "1 if the tables are old or contradict the chain.";
    counter blocks_total "Blocks stored.";
    counter transactions_total "Transactions stored.";
    counter events_total "Events stored.";
    counter failed_transactions_total "Failed transactions skipped.";
    counter reverted_blocks_total "Blocks taken back because they left the chain.";
    counter commits_total "Database transactions committed.";
    counter rpc_calls_total "Calls to the RPC node.";
    counter rpc_errors_total "Calls to the RPC node that failed.";
    counter stream_blocks_total "Blocks of the Yellowstone stream that were taken.";
    counter stream_gaps_total "Gaps in the Yellowstone stream that nodes closed.";
    counter stream_breaks_total "Connections to the Yellowstone server that ended.";
    counter database_retries_total "Database transactions tried again.";
    counter gap_transactions_total "Transactions that were missing and were found by reading slots again.";
    counter history_transactions_total "Transactions of history that this process fetched, for whichever folds them.";
    counter reconciliations_total "Comparisons of tables with accounts on chain.";
    counter accounts_compared_total "Accounts of the program that were compared field by field.";
}

impl Metrics {
    /// Takes over what the database says, and the judgement on it.
    pub fn note(&self, facts: Option<&Facts>, health: &Health) {
        let is = |state: State| u64::from(health.state == state);
        self.ready.set(is(State::Ready));
        self.degraded.set(is(State::Degraded));
        self.failing.set(is(State::Failing));
        let Some(facts) = facts else { return };
        let set = |figure: &Figure, value: Option<u64>| {
            if let Some(value) = value {
                figure.set(value);
            }
        };
        set(&self.head_confirmed, facts.head_confirmed);
        set(&self.head_finalized, facts.head_finalized);
        set(&self.confirmed_slot, facts.confirmed);
        set(&self.finalized_slot, facts.finalized);
        set(&self.lag_slots, facts.lag_slots());
        set(&self.lag_seconds, facts.lag_seconds);
        set(&self.reconciled_slot, facts.compared_slot);
        set(&self.reconciliation_age_seconds, facts.compared_ago);
        self.waiting_events.set(facts.waiting);
        self.gaps.set(facts.gaps);
        self.dead_letters.set(facts.dead_letters());
        self.deficits.set(facts.differences);
    }
}

/// One figure.
#[derive(Debug, Default)]
pub struct Figure(AtomicU64);

impl Figure {
    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets it.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Adds to it.
    pub fn add(&self, value: u64) {
        self.0.fetch_add(value, Ordering::Relaxed);
    }
}

/// Upper bounds of the buckets in microseconds, and how Prometheus writes them in seconds.
const BUCKETS: [(u128, &str); 11] = [
    (2_000, "0.002"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (20_000, "0.02"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (200_000, "0.2"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (5_000_000, "5"),
    (30_000_000, "30"),
];

/// A histogram of durations, counted in whole microseconds.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [Figure; BUCKETS.len()],
    count: Figure,
    micros: Figure,
}

impl Durations {
    /// Counts one.
    pub fn observe(&self, duration: Duration) {
        let micros = duration.as_micros();
        for ((bound, _), bucket) in BUCKETS.iter().zip(&self.buckets) {
            bucket.add(u64::from(micros <= *bound));
        }
        self.count.add(1);
        self.micros.add(u64::try_from(micros).unwrap_or(u64::MAX));
    }

    fn render(&self, name: &str, help: &str, text: &mut String) {
        const SECOND: u64 = 1_000_000;
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} histogram");
        for ((_, bound), bucket) in BUCKETS.iter().zip(&self.buckets) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {}", bucket.get());
        }
        let (count, micros) = (self.count.get(), self.micros.get());
        let (whole, rest) = (micros.div_euclid(SECOND), micros.rem_euclid(SECOND));
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum {whole}.{rest:06}\n{name}_count {count}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_every_bucket_that_reaches_it() {
        let metrics = Metrics::default();
        for micros in [2_000, 2_001, 1_500_000] {
            metrics.batch_duration.observe(Duration::from_micros(micros));
        }
        let text = metrics.render();
        for line in [
            "tally_indexer_batch_duration_seconds_bucket{le=\"0.002\"} 1",
            "tally_indexer_batch_duration_seconds_bucket{le=\"0.005\"} 2",
            "tally_indexer_batch_duration_seconds_bucket{le=\"1\"} 2",
            "tally_indexer_batch_duration_seconds_bucket{le=\"5\"} 3",
            "tally_indexer_batch_duration_seconds_bucket{le=\"+Inf\"} 3",
            "tally_indexer_batch_duration_seconds_sum 1.504001",
            "tally_indexer_batch_duration_seconds_count 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
