//! A node that says of a slot that it was skipped, while the next block's parent names it.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Denial, Habits, LAG, Node};
use super::support::script::straight;
use super::support::tables::{Database, assert_same, database};
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::Until;
use indexer::source::rpc::{Client, Fate, Manners, Options, RpcSource, fate};
use indexer::store::Committed;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const CALM: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
const DENIALS: [Denial; 4] =
    [Denial::Null, Denial::Code(-32_004), Denial::Code(-32_007), Denial::Code(-32_009)];

fn client(nodes: &[&Node], metrics: &Arc<Metrics>) -> Client {
    let manners = Manners {
        timeout: Duration::from_secs(10),
        concurrency: 4,
        calls_a_second: 0,
        max_lag: 1_000,
        seed: 1,
    };
    let urls: Vec<String> = nodes.iter().map(|node| node.url.clone()).collect();
    Client::of(&urls, manners, metrics.clone(), CancellationToken::new()).unwrap()
}

async fn index(database: &Database, nodes: &[&Node], metrics: &Arc<Metrics>, until: u64) {
    let options =
        Options { poll_interval: Duration::from_millis(1), page_size: 50, concurrency: 4, start_slot: 0 };
    let source = RpcSource::new(client(nodes, metrics), options, metrics.clone());
    let pipeline = Pipeline {
        store: database.store.clone(),
        batch_events: 100,
        metrics: metrics.clone(),
        progress: watch::channel(Committed::default()).0,
        stop: CancellationToken::new(),
    };
    pipeline.run(source, Until::Slot(until)).await.unwrap();
}

#[tokio::test]
async fn a_slot_that_is_said_to_be_skipped_is_waited_for_and_its_block_kept() {
    let chain = Chain::make(Recipe { seed: 43, slots: 100, noise: false });
    let reference = database().await;
    reference.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    let one = reference.sums().await;
    let denied = chain.blocks[chain.blocks.len() / 2].slot;
    for denial in DENIALS {
        let node = Node::start(&chain, CALM).await;
        let (other, metrics) = (database().await, Arc::new(Metrics::default()));
        // Stored while it is confirmed, and denied when it should be final.
        node.head_at(denied + 2);
        index(&other, &[&node], &metrics, denied + 2 - LAG).await;
        node.deny(Some((denied, denial)));
        node.head_at(chain.last_slot + LAG);
        node.light(60);
        let nodes = [&node];
        tokio::select! {
            () = index(&other, &nodes, &metrics, chain.last_slot) => panic!("it believed {denial:?}"),
            () = node.burned() => {}
        }
        let is_there = format!("SELECT count(*) FROM blocks WHERE slot = {denied} AND status = 'confirmed'");
        assert_eq!(other.number(&is_there).await, 1, "{denial:?}");
        let mark = other.number("SELECT finalized_slot FROM watermark").await;
        assert!(mark < i128::from(denied), "{denial:?}: final through {mark}");
        assert_eq!(metrics.reverted_blocks_total.get(), 0);
        let text = metrics.render();
        let said = text.lines().filter(|line| line.contains("endpoint_contradictions_total{"));
        assert!(said.clone().any(|line| !line.ends_with(" 0")), "{:?}", said.collect::<Vec<_>>());
        // Another node tells, or the same one once it says the truth.
        if matches!(denial, Denial::Null) {
            let honest = Node::start(&chain, CALM).await;
            index(&other, &[&node, &honest], &metrics, chain.last_slot).await;
        } else {
            node.deny(None);
            index(&other, &[&node], &metrics, chain.last_slot).await;
        }
        assert_same(&one, &other.sums().await, &[]);
    }
}

#[tokio::test]
async fn a_slot_was_skipped_only_if_the_next_final_block_s_parent_is_below_it() {
    let chain = Chain::make(Recipe { seed: 44, slots: 100, noise: false });
    let node = Node::start(&chain, CALM).await;
    let metrics = Arc::new(Metrics::default());
    let client = client(&[&node], &metrics);
    let endpoint = &client.endpoints()[0];
    let skipped = chain.blocks.windows(2).find(|pair| pair[1].slot > pair[0].slot + 1).unwrap()[0].slot + 1;
    assert_eq!(fate(endpoint, skipped, Some("gone")).await.unwrap(), Fate::Dropped);
    let block = &chain.blocks[chain.blocks.len() / 2];
    assert_eq!(fate(endpoint, block.slot, Some(&block.blockhash)).await.unwrap(), Fate::Final);
    assert_eq!(fate(endpoint, block.slot, Some("another")).await.unwrap(), Fate::Dropped);
    for denial in DENIALS {
        node.deny(Some((block.slot, denial)));
        let found = fate(endpoint, block.slot, Some(&block.blockhash)).await.unwrap();
        assert!(matches!(found, Fate::Unknown(_)), "{denial:?}: {found:?}");
    }
    // Nothing final comes after it: nothing is proved.
    node.deny(None);
    let last = chain.blocks.last().unwrap().slot;
    let found = fate(endpoint, last + 1, Some("gone")).await.unwrap();
    assert!(matches!(found, Fate::Unknown(_)), "{found:?}");
}
