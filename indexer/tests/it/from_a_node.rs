//! The JSON-RPC source and the whole process against a node with bad habits.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::script::straight;
use super::support::tables::{Database, assert_same, database};
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::Until;
use indexer::source::rpc::{Client, Options, RpcSource};
use indexer::store::Committed;
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
