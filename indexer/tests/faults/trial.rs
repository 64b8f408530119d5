//! One fault's test: what its row says is asserted, and its runs are counted.

use super::list::{FAULTS, Fault};
use super::running::{PATIENCE, Running, Said, status};
use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::tables::{assert_same, connect, sums};
use indexer::health::STALE_S;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// A node that has everything and does nothing wrong.
pub const CALM: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };

pub type Sums = BTreeMap<String, String>;

/// The chain of most faults.
pub fn chain() -> Chain {
    Chain::make(Recipe { seed: 131, slots: 180, noise: true })
}

/// The tables of a clean run over it.
pub async fn clean() -> &'static Sums {
    static CLEAN: OnceCell<Sums> = OnceCell::const_new();
    CLEAN.get_or_init(async || clean_of(&chain()).await).await
}

/// The tables of a run of the indexer over a chain in which nothing goes wrong.
pub async fn clean_of(chain: &Chain) -> Sums {
    let node = Node::start(chain, CALM).await;
    let database = empty();
    let mut run = Running::start(&database, &node.url, &["--once"]);
    assert!(run.ended().await.success(), "{}", run.log());
    sums(&database).await
}

/// A database of its own on the server that all share.
pub fn empty() -> String {
    test_postgres::shared().unwrap().empty_database().unwrap()
}

/// A fault on its way.
pub struct Trial {
    fault: &'static Fault,
    runs: u32,
}

impl Trial {
    /// Of the fault that this test makes.
    pub fn of(test: &str) -> Self {
        let fault = FAULTS.iter().find(|fault| fault.test == test);
        Self { fault: fault.unwrap_or_else(|| panic!("{test} is not in the list of faults")), runs: 0 }
    }

    fn expected(&self) -> Said {
        Said::of(self.fault.state, self.fault.reasons)
    }

    /// While it holds, all three say what the row says.
    pub async fn holds(&self, running: &Running) {
        running.says_soon(&self.expected(), async || {}).await;
    }

    /// The same once nothing was heard for as long as is allowed.
    pub async fn holds_in_silence(&self, running: &Running) {
        running.says_soon(&self.expected(), async || silence(&running.database).await).await;
    }

    /// The same where no process runs that could serve anything, so that `indexer status` alone tells.
    pub async fn holds_without_process(&self, database: &str) {
        silence(database).await;
        let (exit, said) = status(database).await.unwrap();
        let codes = said["reasons"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap());
        let found = Said::of(said["state"].as_str().unwrap(), &codes.collect::<Vec<_>>());
        let expected = self.expected();
        // Where the head ran away before it was killed, it lags too.
        assert!(found.reasons.is_superset(&expected.reasons), "{found:?}");
        assert_eq!((exit, found.state), (Some(1), expected.state));
    }

    /// When it is over, all three say that all is well through the last slot, and the tables are those of a
    /// clean run.
    pub async fn is_over(&mut self, running: Running, last_slot: u64, clean: &Sums) {
        self.is_over_but_for(running, last_slot, clean, &[]).await;
    }

    /// The same where some tables cannot be compared.
    pub async fn is_over_but_for(&mut self, running: Running, last_slot: u64, clean: &Sums, except: &[&str]) {
        running.until("tally_indexer_finalized_slot", last_slot).await;
        running.says_soon(&Said::of("ready", &[]), async || {}).await;
        let database = running.database.clone();
        running.stop().await;
        self.ends_with(&database, clean, except).await;
    }

    /// A run that has ended left the tables of a clean one.
    pub async fn ends_with(&mut self, database: &str, clean: &Sums, except: &[&str]) {
        let found = tokio::time::timeout(PATIENCE, sums(database)).await.unwrap();
        assert_same(clean, &found, except);
        self.runs += 1;
    }

    /// Says how many runs there were, of this fault and of all until now: even of a test that passes.
    pub fn done(self) {
        static FAULTS: AtomicU32 = AtomicU32::new(0);
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let Self { fault: Fault { test, runs: least, .. }, runs } = self;
        assert!(runs >= *least, "{runs} runs of {least}");
        let all = RUNS.fetch_add(runs, Ordering::Relaxed) + runs;
        let faults = FAULTS.fetch_add(1, Ordering::Relaxed) + 1;
        let told = format!("{test}: {runs} runs as clean ones; so far {faults} faults, {all} runs\n");
        let _ = std::io::stderr().write_all(told.as_bytes());
    }
}

/// As if the head had last been heard of just longer ago than is allowed: what an operator would wait for.
async fn silence(database: &str) {
    let mut connection = connect(database).await;
    let long_ago = "UPDATE indexer_status SET seen_at = seen_at - $1 * INTERVAL '1 second' \
        WHERE seen_at > now() - $1 * INTERVAL '1 second'";
    sqlx::query(long_ago).bind(STALE_S.cast_signed() + 1).execute(&mut connection).await.unwrap();
}
