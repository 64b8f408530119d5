//! Counters and gauges that the tasks share, and their text form for Prometheus.
//!
//! Figures of the process only; nothing here is read back by the indexer.

use crate::source::rpc::Healths;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! metrics {
    ($($kind:ident $name:ident $help:literal;)*) => {
        /// All of them; gauges are set, counters only grow.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $(#[doc = $help] pub $name: Figure,)*
            /// How each endpoint is.
            pub endpoints: Healths,
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
    gauge waiting_events "Events that wait for a missing predecessor.";
    gauge dead_letters "Bytes of the program that could not be read or contradict their predecessors.";
    gauge deficits "Subjects of the last reconciliation that are in deficit.";
    gauge stream_up "1 while the Yellowstone server is subscribed to.";
    gauge seen_at "Unix seconds at which the head was last seen.";
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
