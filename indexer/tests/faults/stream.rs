//! A Yellowstone server that misbehaves, beside a node.

use super::running::Running;
use super::support::chain::{Chain, Recipe};
use super::support::geyser::{Faults, Server, Told};
use super::support::node::{Habits, Node};
use super::trial::{CALM, Trial, clean_of, empty};

const MOVING: Habits = Habits { calls_a_slot: 25, ..CALM };
/// Says when the watermark's slots were, which a stream and the tests' nodes tell differently.
const TIMES: [&str; 1] = ["watermark"];

/// A chain that ends with a block.
fn chain(seed: u64, slots: u64) -> Chain {
    let mut chain = Chain::make(Recipe { seed, slots, noise: true });
    chain.last_slot = chain.blocks.last().unwrap().slot;
    chain
}

fn follow(node: &Node, url: &str, more: &[&str]) -> Running {
    let stream = ["--yellowstone-url", url, "--yellowstone-audit-s", "1"];
    Running::start(&empty(), &node.url, &[&stream, more].concat())
}

/// Follows a chain from its beginning through these faults.
async fn followed(trial: &mut Trial, seed: u64, habits: Habits, faults: Faults) -> Told {
    let chain = chain(seed, 300);
    let (node, clean) = (Node::start(&chain, habits).await, clean_of(&chain).await);
    let (server, url) = Server::start(&node, faults, seed, None).await;
    let running = follow(&node, &url, &["--poll-interval-ms", "2"]);
    running.until("tally_indexer_stream_blocks_total", 3).await;
    trial.holds(&running).await;
    trial.is_over_but_for(running, chain.last_slot, &clean, &TIMES).await;
    server.told()
}

#[tokio::test]
async fn a_stream_is_cut_repeats_and_reorders() {
    let mut trial = Trial::of("a_stream_is_cut_repeats_and_reorders");
    for (seed, forks) in [(61, false), (62, true)] {
        let faults = Faults { cuts: 25, repeats: 10, swaps: 10, dead: 5, replays: true, ..Faults::default() };
        let habits = Habits { forks, failing: 2, ..MOVING };
        let told = followed(&mut trial, seed, habits, faults).await;
        assert!(told.cuts >= 20 && told.replays > 3, "{told:?}");
    }
    trial.done();
}

#[tokio::test]
async fn a_stream_leaves_out_blocks_and_transactions() {
    let mut trial = Trial::of("a_stream_leaves_out_blocks_and_transactions");
    let faults = Faults { missing: 10, short: 20, replays: true, ..Faults::default() };
    let chain = chain(65, 300);
    let (node, clean) = (Node::start(&chain, CALM).await, clean_of(&chain).await);
    // Only the stream moves the chain on, and no farther than the indexer can follow: no round of the nodes comes
    // to a block by chance.
    let mut at = 20;
    node.head_at(at);
    node.limit(at);
    let (server, url) = Server::start(&node, faults, 65, None).await;
    let running = follow(&node, &url, &["--poll-interval-ms", "2"]);
    while at < chain.last_slot {
        running.until("tally_indexer_confirmed_slot", at - 10).await;
        at += 10;
        node.limit(at);
    }
    node.limit(u64::MAX);
    trial.holds(&running).await;
    trial.is_over_but_for(running, chain.last_slot, &clean, &TIMES).await;
    let told = server.told();
    assert!(told.missing > 3, "{told:?}");
    trial.done();
}

#[tokio::test]
async fn a_stream_stalls() {
    let mut trial = Trial::of("a_stream_stalls");
    let chain = chain(66, 300);
    let (node, clean) = (Node::start(&chain, MOVING).await, clean_of(&chain).await);
    let (server, url) = Server::start(&node, Faults::default(), 7, None).await;
    let running = follow(&node, &url, &["--yellowstone-stall-s", "1", "--poll-interval-ms", "2"]);
    running.until("tally_indexer_stream_blocks_total", 5).await;
    // Its end stays out of reach meanwhile.
    node.limit(chain.last_slot / 2);
    server.stall(true);
    running.until("tally_indexer_stream_breaks_total", 2).await;
    trial.holds(&running).await;
    let mark = running.figure("tally_indexer_finalized_slot").await.unwrap();
    // Nodes go on meanwhile.
    running.until("tally_indexer_finalized_slot", mark + 1).await;
    let blocks = running.figure("tally_indexer_stream_blocks_total").await.unwrap();
    // Nor does it answer those who come now: as they see it, it only keeps the connection alive.
    server.mute(true);
    let breaks = running.figure("tally_indexer_stream_breaks_total").await.unwrap();
    running.until("tally_indexer_stream_breaks_total", breaks + 2).await;
    trial.holds(&running).await;
    server.mute(false);
    server.stall(false);
    node.limit(u64::MAX);
    running.until("tally_indexer_stream_blocks_total", blocks + 1).await;
    trial.is_over_but_for(running, chain.last_slot, &clean, &TIMES).await;
    trial.done();
}
