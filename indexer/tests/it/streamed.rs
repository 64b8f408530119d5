//! The Yellowstone source: a server that speaks its protocol beside a node, both with bad habits.

use super::support::chain::{Chain, Recipe};
use super::support::geyser::{Faults, Server as Streamer};
use super::support::node::{Habits, Node};
use super::support::process::{Scratch, command, indexing, output};
use super::support::script::straight;
use super::support::tables::{Database, assert_same, database};
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::Until;
use indexer::source::rpc::{Client, Options, RpcSource};
use indexer::source::yellowstone::{Patience, Server, YellowstoneSource};
use indexer::store::Committed;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const MOVING: Habits = Habits { calls_a_slot: 25, forks: false, failing: 0, says_index: true };
/// Says when the watermark's slots were, which the stream and the tests' nodes tell differently.
const TIMES: [&str; 1] = ["watermark"];

/// A chain that ends with a block.
fn chain(seed: u64, slots: u64) -> Chain {
    let mut chain = Chain::make(Recipe { seed, slots, noise: true });
    chain.last_slot = chain.blocks.last().unwrap().slot;
    chain
}

struct Streamed {
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    source: YellowstoneSource,
}

fn streamed(node: &Node, url: &str, token: Option<&str>, audit: Duration) -> Streamed {
    let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
    let client = Client::new(&node.url, Duration::from_secs(10), 4, metrics.clone(), stop.clone()).unwrap();
    let options =
        Options { poll_interval: Duration::from_millis(1), page_size: 50, concurrency: 4, start_slot: 0 };
    let nodes = RpcSource::new(client, options, metrics.clone());
    let pause = Duration::from_millis(1);
    let patience = Patience { audit, stall: Duration::from_secs(20), pause, seed: 3 };
    let server = Server::new(url, token).unwrap();
    let source = YellowstoneSource::new(server, nodes, patience, metrics.clone());
    Streamed { metrics, stop, source }
}

impl Streamed {
    async fn index(self, database: &Database, until: u64) -> Arc<Metrics> {
        let pipeline = Pipeline {
            store: database.store.clone(),
            batch_events: 40,
            metrics: self.metrics.clone(),
            progress: watch::channel(Committed::default()).0,
            stop: self.stop,
        };
        pipeline.run(self.source, Until::Slot(until)).await.unwrap();
        self.metrics
    }
}

async fn assert_whole(chain: &Chain, database: &Database) {
    let reference = super::support::tables::database().await;
    reference.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    assert_same(&reference.sums().await, &database.sums().await, &TIMES);
    let slots = "SELECT confirmed_slot || ' ' || finalized_slot FROM watermark";
    assert_eq!(database.texts(slots).await, [format!("{0} {0}", chain.last_slot)]);
}

#[tokio::test]
async fn a_server_that_replays_nothing_is_followed_too_and_its_token_given() {
    let chain = chain(63, 150);
    let node = Node::start(&chain, MOVING).await;
    let faults = Faults { cuts: 5, ..Faults::default() };
    let (server, url) = Streamer::start(&node, faults, 5, Some("sesame")).await;
    let other = database().await;
    let audit = Duration::from_secs(1);
    streamed(&node, &url, Some("sesame"), audit).index(&other, chain.last_slot).await;
    assert_eq!((server.told().cuts, server.told().replays), (5, 0));
    assert_whole(&chain, &other).await;
    assert!(Server::new(&url, Some("no\ntoken")).is_err());
}

#[tokio::test]
async fn once_it_is_believed_the_stream_goes_on_without_nodes() {
    let chain = chain(64, 150);
    let node = Node::start(&chain, Habits { calls_a_slot: 0, ..MOVING }).await;
    node.head_at(40);
    let (_server, url) = Streamer::start(&node, Faults::default(), 7, None).await;
    let other = database().await;
    let streamed = streamed(&node, &url, None, Duration::from_secs(3_600));
    let metrics = streamed.metrics.clone();
    let silence = async {
        while metrics.finalized_slot.get() < 60 {
            tokio::task::yield_now().await;
        }
        node.is_down(true);
        while metrics.finalized_slot.get() < chain.last_slot {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = streamed.index(&other, u64::MAX) => panic!("it ended by itself"),
        () = silence => {}
    }
    assert!(metrics.stream_blocks_total.get() > 50);
    assert_whole(&chain, &other).await;
}

#[tokio::test]
async fn a_block_of_which_only_the_meta_comes_is_had_from_the_nodes_before_the_next_is_taken() {
    let chain = chain(68, 150);
    // Only the stream moves the chain on, so that no round of the nodes comes to the block by chance.
    let node = Node::start(&chain, Habits { calls_a_slot: 0, ..MOVING }).await;
    node.head_at(20);
    let faults = Faults { missing: 10, ..Faults::default() };
    let (server, url) = Streamer::start(&node, faults, 13, None).await;
    let other = database().await;
    let hour = Duration::from_secs(3_600);
    let metrics = streamed(&node, &url, None, hour).index(&other, chain.last_slot).await;
    assert!(server.told().missing > 3, "{:?}", server.told());
    assert!(metrics.stream_gaps_total.get() > 0);
    assert_whole(&chain, &other).await;
}

#[tokio::test]
async fn without_the_server_nodes_are_polled() {
    let chain = chain(66, 100);
    let node = Node::start(&chain, MOVING).await;
    let other = database().await;
    let nowhere = "http://127.0.0.1:9";
    let metrics = streamed(&node, nowhere, None, Duration::from_secs(1)).index(&other, chain.last_slot).await;
    assert!(metrics.stream_breaks_total.get() > 0);
    assert_whole(&chain, &other).await;
}

/// The process with all of it: stream, nodes, recorder; and again from the recording.
#[tokio::test]
async fn a_stream_can_be_recorded_and_indexed_again() {
    let chain = chain(67, 120);
    let node = Node::start(&chain, Habits { forks: true, ..MOVING }).await;
    let faults = Faults { cuts: 5, repeats: 5, swaps: 5, missing: 5, replays: true, ..Faults::default() };
    let (server, url) = Streamer::start(&node, faults, 11, Some("sesame")).await;
    let (live, again, file) = (database().await, database().await, Scratch::new());
    let mut following = indexing(&live.url, &node.url);
    following.args([
        "--yellowstone-url",
        &url,
        "--yellowstone-token",
        "sesame",
        "--yellowstone-audit-s",
        "1",
    ]);
    following.args(["--until-slot", &chain.last_slot.to_string(), "--record-to"]).arg(&file.0);
    assert!(output(following).await.status.success());
    assert!(server.told().connections > 0);
    assert_whole(&chain, &live).await;
    let mut replaying = command();
    replaying.args(["--database-url", &again.url, "--from-file"]).arg(&file.0);
    assert!(output(replaying).await.status.success());
    assert_same(&live.sums().await, &again.sums().await, &[]);
}
