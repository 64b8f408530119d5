//! The JSON-RPC source and the whole process against a node with bad habits.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, LAG, Node};
use super::support::process::{indexing, spawn};
use super::support::random::Random;
use super::support::script::straight;
use super::support::tables::{Database, assert_same, connect, database, sums};
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::Until;
use indexer::source::rpc::{Client, Options, RpcSource};
use indexer::store::Committed;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const CALM: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };

fn chain(slots: u64) -> Chain {
    Chain::make(Recipe { seed: 31, slots, noise: true })
}

async fn index(database: &Database, node: &Node, page_size: usize, until: Until) -> Arc<Metrics> {
    let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
    let client = Client::new(&node.url, Duration::from_secs(10), 4, metrics.clone(), stop.clone()).unwrap();
    let options =
        Options { poll_interval: Duration::from_millis(1), page_size, concurrency: 4, start_slot: 0 };
    let source = RpcSource::new(client, options, metrics.clone());
    let pipeline = Pipeline {
        store: database.store.clone(),
        batch_events: 100,
        metrics: metrics.clone(),
        progress: watch::channel(Committed::default()).0,
        stop,
    };
    pipeline.run(source, until).await.unwrap();
    metrics
}

async fn reference(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    database
}

#[tokio::test]
async fn a_crawl_gives_what_the_chain_holds_whatever_the_size_of_pages() {
    let chain = chain(150);
    let one = reference(&chain).await.sums().await;
    for (page_size, says_index) in [(1_000, true), (7, false), (5, true)] {
        let node = Node::start(&chain, Habits { says_index, ..CALM }).await;
        let other = database().await;
        index(&other, &node, page_size, Until::Head).await;
        assert_same(&one, &other.sums().await, &[]);
    }
}

#[tokio::test]
async fn following_the_head_through_forks_and_failing_calls_gives_the_same() {
    let chain = chain(150);
    let one = reference(&chain).await.sums().await;
    let habits = Habits { calls_a_slot: 9, forks: true, failing: 3, says_index: false };
    let node = Node::start(&chain, habits).await;
    let other = database().await;
    let metrics = index(&other, &node, 20, Until::Slot(chain.last_slot)).await;
    assert!(metrics.reverted_blocks_total.get() > 3, "{}", metrics.reverted_blocks_total.get());
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn a_node_that_lost_what_lies_between_is_not_believed() {
    let chain = chain(150);
    let one = reference(&chain).await.sums().await;
    let node = Node::start(&chain, CALM).await;
    let other = database().await;
    let (first, lost) = (chain.last_slot / 3, chain.last_slot / 2);
    node.head_at(first + LAG);
    index(&other, &node, 20, Until::Slot(first)).await;
    let before = other.sums().await;
    // The head goes on; what is listed of it begins above the last stored slot.
    node.forget(lost);
    node.head_at(chain.last_slot + LAG);
    node.light(40);
    tokio::select! {
        _ = index(&other, &node, 20, Until::Slot(chain.last_slot)) => panic!("it went on over a hole"),
        () = node.burned() => {}
    }
    assert_same(&before, &other.sums().await, &[]);
    // With a node that has everything, nothing is missing in the end.
    node.forget(0);
    index(&other, &node, 20, Until::Slot(chain.last_slot)).await;
    assert_same(&one, &other.sums().await, &[]);
}

/// Whether an indexer has a transaction under way that has written.
async fn writes(admin: &mut PgConnection) -> bool {
    let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND application_name LIKE 'tally-indexer%' AND backend_xid IS NOT NULL)";
    sqlx::query_scalar(sql).fetch_one(admin).await.unwrap()
}

async fn confirmed(admin: &mut PgConnection) -> i64 {
    // No tables, or no row, before the first start has got so far.
    let watermark = sqlx::query_scalar("SELECT confirmed_slot FROM watermark").fetch_optional(admin).await;
    watermark.ok().flatten().unwrap_or(-1)
}

/// Shows 2: killed at random moments and restarted, the tables are those of an undisturbed run.
#[tokio::test]
async fn killed_again_and_again_it_ends_with_the_tables_of_an_undisturbed_run() {
    const SEED: u64 = 77;
    const KILLS: u64 = 60;
    let chain = chain(220);
    let habits = Habits { calls_a_slot: 12, forks: true, failing: 1, says_index: true };
    let until = chain.last_slot.to_string();
    let start = |url: &str, node: &Node| {
        let mut command = indexing(url, &node.url);
        command.args(["--until-slot", &until, "--page-size", "50", "--batch-events", "9"]);
        spawn(command)
    };
    let calm = test_postgres::shared().unwrap().empty_database().unwrap();
    let node = Node::start(&chain, habits).await;
    assert!(start(&calm, &node).wait().await.unwrap().success());

    let rough = test_postgres::shared().unwrap().empty_database().unwrap();
    let node = Node::start(&chain, habits).await;
    let mut random = Random::new(SEED);
    let mut admin = connect(&rough).await;
    let (mut watermarks, mut within) = (BTreeSet::new(), 0);
    for kill in 0..KILLS {
        // The chain's end stays out of reach until the last kill.
        node.limit(chain.last_slot * (kill + 1) / KILLS);
        node.light(random.within(1, 150));
        let mut child = start(&rough, &node);
        tokio::select! {
            status = child.wait() => panic!("it ended by itself: {status:?}"),
            () = node.burned() => {}
        }
        // Somewhere in what follows the answer: decoding, or, every other time, a transaction under way.
        for _ in 0..random.within(0, 200) {
            if kill % 2 == 1 && writes(&mut admin).await {
                within += 1;
                break;
            }
            tokio::task::yield_now().await;
        }
        // On a slow machine it is killed before it gets anywhere: every other time it may pass the watermark first.
        for _ in 0..if kill % 2 == 0 { 3_000 } else { 0 } {
            if !watermarks.contains(&confirmed(&mut admin).await) {
                break;
            }
        }
        child.kill().await.unwrap();
        watermarks.insert(confirmed(&mut admin).await);
    }
    assert!(watermarks.len() > 20, "it came no farther between kills: {watermarks:?}");
    assert!(within > 5, "killed within {within} transactions");
    node.limit(u64::MAX);
    node.light(0);
    assert!(start(&rough, &node).wait().await.unwrap().success());
    // Said even if the test passes, when what is printed is thrown away.
    let _ = writeln!(
        std::io::stderr(),
        "killed {KILLS} times, {within} of them within a transaction, seed {SEED}"
    );
    assert_same(&sums(&calm).await, &sums(&rough).await, &[]);
    assert_same(&sums(&calm).await, &reference(&chain).await.sums().await, &[]);
    let mut connection = connect(&rough).await;
    let undo: i64 = sqlx::query_scalar("SELECT count(*) FROM undo").fetch_one(&mut connection).await.unwrap();
    assert_eq!(undo, 0);
}
