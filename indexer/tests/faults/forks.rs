//! Blocks that are confirmed and then leave the chain.

use super::running::Running;
use super::support::node::{Habits, Node};
use super::trial::{CALM, Trial, chain, clean, empty};

#[tokio::test]
async fn confirmed_blocks_leave_the_chain() {
    let (chain, mut trial) = (chain(), Trial::of("confirmed_blocks_leave_the_chain"));
    let node = Node::start(&chain, Habits { calls_a_slot: 9, forks: true, ..CALM }).await;
    let running = Running::start(&empty(), &node.url, &["--poll-interval-ms", "1"]);
    running.until("tally_indexer_reverted_blocks_total", 2).await;
    trial.holds(&running).await;
    running.until("tally_indexer_finalized_slot", chain.last_slot).await;
    let reverted = running.figure("tally_indexer_reverted_blocks_total").await.unwrap();
    assert!(reverted > 3, "{reverted} blocks taken back");
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}
