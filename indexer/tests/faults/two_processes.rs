//! Two processes on one database: the one that started last writes.

use super::running::Running;
use super::support::node::{LAG, Node};
use super::trial::{CALM, Trial, chain, clean, empty};

#[tokio::test]
async fn two_processes_want_the_head() {
    let (chain, mut trial) = (chain(), Trial::of("two_processes_want_the_head"));
    let (node, database) = (Node::start(&chain, CALM).await, empty());
    node.head_at(chain.last_slot / 3 + LAG);
    let mut first = Running::start(&database, &node.url, &[]);
    first.until("tally_indexer_finalized_slot", chain.last_slot / 3).await;
    let second = Running::start(&database, &node.url, &[]);
    node.head_at(chain.last_slot + LAG);
    assert!(!first.ended().await.success());
    assert!(first.log().contains("Another indexer has started on this database"), "{}", first.log());
    trial.holds(&second).await;
    trial.is_over(second, chain.last_slot, clean().await).await;
    trial.done();
}
