//! What is missing is found, named, shown and read again.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, LAG, Node};
use super::support::random::Random;
use super::support::script::{reached, straight};
use super::support::tables::{Database, assert_same, database};
use indexer::gaps::Filler;
use indexer::health::{Limits, State, judge};
use indexer::metrics::Metrics;
use indexer::source::rpc::Client;
use indexer::source::{Block, Update};
use indexer::store::Committed;
use settlement_interface::pda;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const AT_THE_END: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
const LIMITS: Limits = Limits { max_lag_slots: 150, reconcile_interval_s: 0 };

fn chain() -> Chain {
    Chain::make(Recipe { seed: 61, slots: 200, noise: true })
}

async fn indexed(blocks: &[Block], last: u64) -> Database {
    let database = database().await;
    database.feed(straight(blocks, last), 100).await;
    database
}

/// Everything but one transaction that has events; its slot.
fn without_one(chain: &Chain, random: &mut Random) -> (Vec<Block>, u64) {
    let mut blocks = chain.source_blocks();
    loop {
        let place = 10 + random.index(blocks.len() - 40);
        let transactions = &mut blocks[place].transactions;
        let genuine = |one: &indexer::source::Transaction| one.instructions.iter().any(|i| i.inner.len() > 1);
        if let Some(which) = transactions.iter().position(genuine) {
            transactions.remove(which);
            let slot = blocks[place].slot;
            return (blocks, slot);
        }
    }
}

fn filler(database: &Database, node: &Node, finalized: u64) -> (Filler, watch::Sender<Committed>) {
    let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
    let client = Client::new(&node.url, Duration::from_secs(10), 4, metrics.clone(), stop.clone()).unwrap();
    let start = Committed { confirmed: finalized, finalized, ..Committed::default() };
    let (sender, progress) = watch::channel(start);
    (Filler { client, store: database.store.clone(), metrics, progress, concurrency: 4, stop }, sender)
}

#[tokio::test]
async fn a_gap_is_named_with_the_slots_around_it_and_its_slots_are_read_again() {
    let chain = chain();
    let whole = indexed(&chain.source_blocks(), chain.last_slot).await;
    let mut random = Random::new(1);
    for _ in 0..3 {
        let (blocks, slot) = without_one(&chain, &mut random);
        let database = indexed(&blocks, chain.last_slot).await;
        let gaps = database.store.missing().await.unwrap();
        assert!(!gaps.is_empty());
        for gap in &gaps {
            assert!(gap.after_slot <= slot && slot <= gap.before_slot, "{gap:?} does not hold slot {slot}");
            let view = format!("SELECT count(*) FROM sequence_gaps WHERE entity = '{}'", gap.entity);
            assert_eq!(database.number(&view).await, 1, "the whole check knows it too");
        }
        let facts = database.store.facts().await.unwrap();
        assert_eq!(facts.gaps, gaps.len() as u64);
        let health = judge(&facts, &LIMITS);
        assert_eq!(health.state, State::Degraded, "{}", health.line());
        assert!(health.reasons.iter().any(|reason| reason.code == "gaps"), "{}", health.line());

        let node = Node::start(&chain, AT_THE_END).await;
        let (mut filler, _alive) = filler(&database, &node, chain.last_slot);
        assert_eq!(filler.once().await.unwrap(), 0);
        assert_eq!(filler.metrics.gap_transactions_total.get(), 1);
        assert_eq!(database.number("SELECT count(*) FROM gaps").await, 0);
        assert_eq!(judge(&database.store.facts().await.unwrap(), &LIMITS).state, State::Ready);
        assert_same(&whole.sums().await, &database.sums().await, &[]);
    }
}

#[tokio::test]
async fn a_gap_that_the_node_does_not_have_stays_and_says_what_came_of_it() {
    let chain = chain();
    let (blocks, _) = without_one(&chain, &mut Random::new(2));
    let database = indexed(&blocks, chain.last_slot).await;
    let before = database.sums().await;
    let node = Node::start(&chain, AT_THE_END).await;
    node.forget(chain.last_slot);
    let (mut filler, _alive) = filler(&database, &node, chain.last_slot);
    let left = filler.once().await.unwrap();
    assert!(left > 0);
    assert_eq!(database.number("SELECT count(*) FROM gaps").await, i128::from(left));
    assert_eq!(database.number("SELECT min(tries) FROM gaps").await, 1);
    let outcomes = database.texts("SELECT DISTINCT outcome FROM gaps").await;
    assert_eq!(outcomes, ["nothing new was listed"]);
    // Not at once again, so that a node is not asked without end.
    assert_eq!(filler.once().await.unwrap(), left);
    assert_eq!(database.number("SELECT max(tries) FROM gaps").await, 1);
    assert_same(&before, &database.sums().await, &[]);
    // Once its time has come and the node has everything, it closes.
    node.forget(0);
    database.execute("UPDATE gaps SET tried_at = tried_at - INTERVAL '2 seconds'").await.unwrap();
    assert_eq!(filler.once().await.unwrap(), 0);
}

#[tokio::test]
async fn a_gap_above_the_final_slot_is_left_to_the_source() {
    let chain = chain();
    let (blocks, slot) = without_one(&chain, &mut Random::new(3));
    let database = database().await;
    let confirmed: Vec<Update> = blocks.into_iter().map(Update::Block).collect();
    let first = slot.saturating_sub(9);
    database.feed([confirmed, vec![reached(chain.last_slot, first)]].concat(), 100).await;
    let missing = database.store.missing().await.unwrap();
    assert!(!missing.is_empty());
    let node = Node::start(&chain, AT_THE_END).await;
    node.head_at(first + LAG);
    let (mut filler, _alive) = filler(&database, &node, 0);
    filler.once().await.unwrap();
    assert_eq!(database.number("SELECT max(tries) FROM gaps").await, 0);
}

#[tokio::test]
async fn everything_waits_for_the_first_event_and_that_is_a_gap() {
    let chain = chain();
    let mut blocks = chain.source_blocks();
    let first = blocks[0].transactions.remove(0);
    assert!(first.instructions.iter().any(|one| !one.inner.is_empty()));
    let database = indexed(&blocks, chain.last_slot).await;
    let missing = database.store.missing().await.unwrap();
    let config = missing.iter().find(|gap| gap.entity == pda::config());
    assert_eq!(config.map(|gap| gap.first), Some(1), "{missing:?}");
    let node = Node::start(&chain, AT_THE_END).await;
    let (mut filler, _alive) = filler(&database, &node, chain.last_slot);
    assert_eq!(filler.once().await.unwrap(), 0);
    let whole = indexed(&chain.source_blocks(), chain.last_slot).await;
    assert_same(&whole.sums().await, &database.sums().await, &[]);
}

#[tokio::test]
async fn where_nothing_is_missing_nothing_is_found() {
    let chain = chain();
    let database = indexed(&chain.source_blocks(), chain.last_slot).await;
    assert_eq!(database.store.missing().await.unwrap(), []);
    assert_eq!(database.number("SELECT count(*) FROM sequence_gaps").await, 0);
    assert_eq!(database.store.facts().await.unwrap().gaps, 0);
}

#[tokio::test]
async fn looking_for_gaps_does_not_read_what_is_applied() {
    let chain = chain();
    let (blocks, _) = without_one(&chain, &mut Random::new(4));
    let database = indexed(&blocks, chain.last_slot).await;
    // A table that cannot be read from its start to its end says so.
    let plan = "EXPLAIN SELECT slot, signature, instruction, inner_index FROM events WHERE NOT applied
        ORDER BY slot LIMIT 10000";
    let mut connection = database.connection().await;
    sqlx::query("SET enable_seqscan = off").execute(&mut connection).await.unwrap();
    let lines: Vec<String> = sqlx::query_scalar(plan).fetch_all(&mut connection).await.unwrap();
    assert!(lines.iter().any(|line| line.contains("events_waiting")), "{lines:?}");
}
