//! Several processes on one database: one writes, another one stands by and goes on when the first dies or hangs.

use super::running::Running;
use super::support::node::{LAG, Node};
use super::trial::{CALM, Trial, chain, clean, empty};

const WRITING: &str = "tally_indexer_writing";
const FINALIZED: &str = "tally_indexer_finalized_slot";

#[tokio::test]
async fn two_processes_want_the_head() {
    let (chain, mut trial) = (chain(), Trial::of("two_processes_want_the_head"));
    let (node, database) = (Node::start(&chain, CALM).await, empty());
    let start = || Running::start(&database, &node.url, &["--lease-s", "1"]);
    let third = chain.last_slot / 3;
    node.head_at(third + LAG);
    let mut first = start();
    first.until(FINALIZED, third).await;
    let second = start();
    // Both say the same, and one of them writes.
    trial.holds(&first).await;
    trial.holds(&second).await;
    assert_eq!((first.figure(WRITING).await, second.figure(WRITING).await), (Some(1), Some(0)));

    first.kill().await;
    second.until(WRITING, 1).await;
    node.head_at(2 * third + LAG);
    second.until(FINALIZED, 2 * third).await;
    trial.holds(&second).await;

    let third = start();
    trial.holds(&third).await;
    second.signal("-STOP");
    third.until(WRITING, 1).await;
    second.signal("-CONT");
    node.head_at(chain.last_slot + LAG);
    third.until(FINALIZED, chain.last_slot).await;
    // It woke up, was refused, and stands by.
    second.until_at_most(WRITING, 0).await;
    trial.holds(&second).await;
    second.stop().await;
    trial.is_over(third, chain.last_slot, clean().await).await;
    trial.done();
}
