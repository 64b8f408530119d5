//! Nodes that fail, fall behind or forget.

use super::running::Running;
use super::support::chain::Chain;
use super::support::node::{Habits, LAG, Node};
use super::trial::{CALM, Trial, chain, clean, empty};

const BOTH: [&str; 2] = ["--rpc-max-lag-slots", "10"];

/// An indexer that has everything through a third of the chain, and its node.
async fn a_third_in(chain: &Chain) -> (Running, Node) {
    let node = Node::start(chain, CALM).await;
    node.head_at(chain.last_slot / 3 + LAG);
    let running = Running::start(&empty(), &node.url, &[]);
    running.until("tally_indexer_finalized_slot", chain.last_slot / 3).await;
    (running, node)
}

/// The whole name of a figure of a node.
fn of(node: &Node, figure: &str) -> String {
    let host = node.url.strip_prefix("http://").unwrap();
    format!("tally_indexer_rpc_endpoint_{figure}{{host=\"{host}\"}}")
}

/// A bad node beside a good one, which has everything.
async fn bad_beside_good(mut trial: Trial, spoil: fn(&Node, &Chain), mend: fn(&Node, &Chain)) {
    let chain = chain();
    let (bad, good) = (Node::start(&chain, CALM).await, Node::start(&chain, CALM).await);
    for node in [&bad, &good] {
        node.head_at(chain.last_slot / 3 + LAG);
    }
    let nodes = format!("{},{}", bad.url, good.url);
    let running = Running::start(&empty(), &nodes, &BOTH);
    running.until("tally_indexer_finalized_slot", chain.last_slot / 3).await;
    spoil(&bad, &chain);
    good.head_at(chain.last_slot + LAG);
    running.until("tally_indexer_finalized_slot", chain.last_slot).await;
    trial.holds(&running).await;
    assert_eq!(running.figure(&of(&bad, "up")).await, Some(0));
    assert_eq!(running.figure(&of(&good, "up")).await, Some(1));
    let rounds = running.figure(&of(&bad, "rounds_total")).await.unwrap();
    mend(&bad, &chain);
    running.until(&of(&bad, "rounds_total"), rounds + 1).await;
    assert_eq!(running.figure(&of(&bad, "up")).await, Some(1));
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn calls_fail_now_and_then() {
    let (chain, mut trial) = (chain(), Trial::of("calls_fail_now_and_then"));
    let habits = Habits { calls_a_slot: 9, forks: false, failing: 20, says_index: false };
    let node = Node::start(&chain, habits).await;
    let running = Running::start(&empty(), &node.url, &["--poll-interval-ms", "2"]);
    running.until("tally_indexer_finalized_slot", 1).await;
    trial.holds(&running).await;
    running.until("tally_indexer_rpc_errors_total", 10).await;
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn the_only_node_answers_nothing() {
    let (chain, mut trial) = (chain(), Trial::of("the_only_node_answers_nothing"));
    let (running, node) = a_third_in(&chain).await;
    node.is_down(true);
    node.head_at(chain.last_slot + LAG);
    trial.holds_in_silence(&running).await;
    node.is_down(false);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn one_of_two_nodes_answers_nothing() {
    let trial = Trial::of("one_of_two_nodes_answers_nothing");
    bad_beside_good(
        trial,
        |bad, _| bad.is_down(true),
        |bad, chain| {
            bad.head_at(chain.last_slot + LAG);
            bad.is_down(false);
        },
    )
    .await;
}

#[tokio::test]
async fn the_only_node_falls_behind_what_is_stored() {
    let (chain, mut trial) = (chain(), Trial::of("the_only_node_falls_behind_what_is_stored"));
    let (running, node) = a_third_in(&chain).await;
    node.head_at(chain.last_slot / 4);
    trial.holds_in_silence(&running).await;
    node.head_at(chain.last_slot + LAG);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn one_of_two_nodes_lags() {
    let trial = Trial::of("one_of_two_nodes_lags");
    bad_beside_good(trial, |_, _| {}, |bad, chain| bad.head_at(chain.last_slot + LAG)).await;
}

#[tokio::test]
async fn the_node_loses_its_history() {
    let (chain, mut trial) = (chain(), Trial::of("the_node_loses_its_history"));
    let (running, node) = a_third_in(&chain).await;
    // What it lists begins above what is stored: what lies between would be missing.
    node.forget(chain.last_slot / 2);
    node.head_at(chain.last_slot + LAG);
    trial.holds(&running).await;
    assert!(running.figure(&of(&node, "contradictions_total")).await.unwrap() > 0);
    let mark = running.figure("tally_indexer_finalized_slot").await.unwrap();
    assert_eq!(mark, chain.last_slot / 3, "it went on over a hole");
    node.forget(0);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}
