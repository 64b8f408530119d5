//! The JSON-RPC source with two nodes, of which one fails, lags, forks, forgets, hides or is of another
//! cluster.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, LAG, Node};
use super::support::process::{indexing, refusal};
use super::support::script::straight;
use super::support::tables::{CLUSTER, Database, assert_same, database};
use indexer::Error;
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::Until;
use indexer::source::rpc::{Client, Manners, Options, RpcSource};
use indexer::store::Committed;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const CALM: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
const MOVING: Habits = Habits { calls_a_slot: 12, forks: false, failing: 0, says_index: true };
const OTHER: &str = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY";

fn manners(max_lag: u64) -> Manners {
    Manners { timeout: Duration::from_secs(10), concurrency: 4, calls_a_second: 0, max_lag, seed: 5 }
}

fn chain() -> Chain {
    Chain::make(Recipe { seed: 37, slots: 150, noise: true })
}

/// A client of these nodes, and its figures.
fn client(nodes: &[&Node], manners: Manners) -> (Client, Arc<Metrics>, CancellationToken) {
    let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
    let urls: Vec<String> = nodes.iter().map(|node| node.url.clone()).collect();
    (Client::of(&urls, manners, metrics.clone(), stop.clone()).unwrap(), metrics, stop)
}

async fn index(database: &Database, client: &(Client, Arc<Metrics>, CancellationToken), until: u64) {
    let (client, metrics, stop) = client.clone();
    let options =
        Options { poll_interval: Duration::from_millis(1), page_size: 20, concurrency: 4, start_slot: 0 };
    let source = RpcSource::new(client, options, metrics.clone());
    let progress = watch::channel(Committed::default()).0;
    let pipeline = Pipeline { store: database.store.clone(), batch_events: 100, metrics, progress, stop };
    pipeline.run(source, Until::Slot(until)).await.unwrap();
}

async fn reference(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    database
}

/// Rounds that each endpoint answered.
fn rounds(client: &Client) -> Vec<u64> {
    client.endpoints().iter().map(|endpoint| endpoint.health().rounds.get()).collect()
}

#[tokio::test]
async fn a_node_with_a_short_history_is_left_for_another() {
    let chain = chain();
    let one = reference(&chain).await.sums().await;
    let (bad, good) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
    bad.forget(chain.last_slot / 2);
    let (client, other) = (client(&[&bad, &good], manners(10)), database().await);
    index(&other, &client, chain.last_slot).await;
    assert_same(&one, &other.sums().await, &[]);
    assert_eq!(rounds(&client.0), [0, 1]);
    let up: Vec<u64> = client.0.endpoints().iter().map(|one| one.health().up.get()).collect();
    assert_eq!(up, [0, 1]);
}

#[tokio::test]
async fn a_node_that_lost_what_lies_between_is_left_for_another() {
    let chain = chain();
    let one = reference(&chain).await.sums().await;
    let (bad, good) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
    let (nodes, other) = ([&bad, &good], database().await);
    let first = chain.last_slot / 3;
    bad.head_at(first + LAG);
    index(&other, &client(&[&bad], manners(0)), first).await;
    bad.forget(chain.last_slot / 2);
    bad.head_at(chain.last_slot + LAG);
    let client = client(&nodes, manners(1_000));
    index(&other, &client, chain.last_slot).await;
    assert_eq!(rounds(&client.0), [0, 1]);
    assert!(client.0.endpoints()[0].health().contradictions.get() > 0);
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn a_fork_that_only_one_node_follows_leaves_no_trace() {
    let chain = chain();
    let one = reference(&chain).await.sums().await;
    let forking = Node::start(&chain, Habits { forks: true, ..MOVING }).await;
    // Asked by fewer calls, it would fall behind for good.
    let steady = Node::start(&chain, Habits { calls_a_slot: 4, ..MOVING }).await;
    let (client, other) = (client(&[&forking, &steady], manners(1_000)), database().await);
    index(&other, &client, chain.last_slot).await;
    assert!(client.1.reverted_blocks_total.get() > 0, "no fork was seen");
    assert!(rounds(&client.0).iter().all(|rounds| *rounds > 3), "{:?}", rounds(&client.0));
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn what_one_node_leaves_out_of_its_lists_another_one_shows() {
    let chain = chain();
    let one = reference(&chain).await.sums().await;
    let (hiding, showing) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
    let blocks = chain.source_blocks();
    let block = &blocks[blocks.len() / 2];
    let hidden = block.transactions[0].signature.clone();
    hiding.hide(Some(hidden.clone()));
    let other = database().await;
    let is_there = format!("SELECT count(*) FROM transactions WHERE signature = '{hidden}'");
    // Final and left out; then another node answers.
    hiding.head_at(block.slot + LAG + 10);
    index(&other, &client(&[&hiding], manners(0)), block.slot + 10).await;
    assert_eq!(other.number(&is_there).await, 0);
    let both = client(&[&showing, &hiding], manners(1_000));
    index(&other, &both, block.slot + 10).await;
    assert_eq!(other.number(&is_there).await, 1);
    // From now on the one that hides it contradicts what is stored.
    hiding.head_at(chain.last_slot + LAG);
    let both = client(&[&hiding, &showing], manners(1_000));
    index(&other, &both, chain.last_slot).await;
    assert_eq!(rounds(&both.0), [0, 1]);
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn a_node_of_another_cluster_is_refused_by_its_host_without_its_key() {
    let chain = chain();
    let (right, wrong) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
    wrong.move_to(OTHER);
    let host = wrong.url.strip_prefix("http://").unwrap();
    let with_key = format!("http://user:secret@{host}/secret?api-key=secret");
    let database = test_postgres::shared().unwrap().empty_database().unwrap();
    let error = refusal(indexing(&database, &format!("{},{with_key}", right.url))).await;
    assert!(!error.contains("secret"), "{error}");
    for part in [host, right.url.strip_prefix("http://").unwrap(), OTHER, CLUSTER] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[tokio::test]
async fn a_node_that_says_only_later_that_it_is_of_another_cluster_is_never_used() {
    let chain = chain();
    let elsewhere = Chain::make(Recipe { seed: 38, slots: 300, noise: false });
    let one = reference(&chain).await.sums().await;
    let (wrong, right) = (Node::start(&elsewhere, CALM).await, Node::start(&chain, MOVING).await);
    wrong.move_to(OTHER);
    wrong.is_down(true);
    let (client, other) = (client(&[&wrong, &right], manners(10)), database().await);
    assert_eq!(RpcSource::check(&client.0).await.unwrap(), CLUSTER);
    wrong.is_down(false);
    index(&other, &client, chain.last_slot).await;
    assert_eq!(rounds(&client.0)[0], 0);
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn a_node_is_asked_no_faster_than_it_is_said() {
    const RATE: u32 = 150;
    let chain = chain();
    let node = Node::start(&chain, CALM).await;
    let manners = Manners { calls_a_second: RATE, ..manners(0) };
    let (client, other) = (client(&[&node], manners), database().await);
    let start = Instant::now();
    index(&other, &client, chain.last_slot).await;
    let allowed = allowed_calls(start.elapsed(), RATE);
    assert!(node.calls() > u64::from(RATE), "too few calls to tell: {}", node.calls());
    assert!(node.calls() <= allowed, "{} calls where {allowed} are allowed", node.calls());
}

/// Calls that `rate` allows in a time: those of one second at once, and then as many a second.
fn allowed_calls(elapsed: Duration, rate: u32) -> u64 {
    let rate = u128::from(rate);
    u64::try_from(rate + elapsed.as_millis() * rate / 1_000 + 1).unwrap()
}

#[tokio::test]
async fn a_node_that_asks_to_be_left_alone_is() {
    let chain = chain();
    let one = reference(&chain).await.sums().await;
    let (node, second) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
    let (alone, other) = (client(&[&node], manners(10)), database().await);
    node.ask_for(1);
    let start = Instant::now();
    index(&other, &alone, chain.last_slot).await;
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_same(&one, &other.sums().await, &[]);
    // Where there is another one, it is not waited for.
    let (both, other) = (client(&[&node, &second], manners(10)), database().await);
    node.ask_for(3_000);
    let before = node.calls();
    index(&other, &both, chain.last_slot).await;
    assert_eq!(node.calls(), before + 1);
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn figures_of_each_node_name_its_host_alone() {
    let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
    let urls =
        ["https://user:secret@a.example/secret", "https://b.example:81/?key=secret", "https://b.example:81"];
    let urls = urls.map(str::to_owned);
    let client = Client::of(&urls, manners(0), metrics.clone(), stop.clone()).unwrap();
    client.endpoints()[1].health().calls.add(3);
    let text = metrics.render();
    assert!(!text.contains("secret"), "{text}");
    for line in [
        "tally_indexer_rpc_endpoint_up{host=\"a.example\"} 1",
        "tally_indexer_rpc_endpoint_calls_total{host=\"b.example:81\"} 3",
        "tally_indexer_rpc_endpoint_calls_total{host=\"b.example:81#2\"} 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let wrong = Client::of(&["ftp://x/secret".to_owned()], manners(0), metrics, stop);
    assert!(
        matches!(wrong, Err(Error::Setup(text)) if text.contains("number 1") && !text.contains("secret"))
    );
}
