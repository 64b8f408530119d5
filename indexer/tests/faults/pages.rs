//! Lists of transactions that a node garbles.

use super::running::Running;
use super::support::chain::{Chain, Full};
use super::support::node::{Garbling, Habits, Node};
use super::trial::{CALM, Trial, chain, clean, empty};
use std::sync::Arc;

/// Small, so that a list has many of them.
const PAGES: [&str; 4] = ["--page-size", "9", "--poll-interval-ms", "2"];

/// Garbled while the chain is followed from its beginning, and while all of it is read at once.
async fn garbled(mut trial: Trial, garbling: Garbling) {
    let (chain, clean) = (chain(), clean().await);
    for calls_a_slot in [12, 0] {
        let habits = Habits { calls_a_slot, says_index: false, ..CALM };
        let node = Node::start(&chain, habits).await;
        node.garble(garbling);
        let running = Running::start(&empty(), &node.url, &PAGES);
        if calls_a_slot > 0 {
            running.until("tally_indexer_finalized_slot", chain.last_slot / 2).await;
        }
        trial.holds(&running).await;
        trial.is_over(running, chain.last_slot, clean).await;
    }
    trial.done();
}

#[tokio::test]
async fn pages_repeat_what_was_listed() {
    garbled(Trial::of("pages_repeat_what_was_listed"), Garbling::Repeats).await;
}

#[tokio::test]
async fn pages_come_out_of_order() {
    garbled(Trial::of("pages_come_out_of_order"), Garbling::Shuffles).await;
}

#[tokio::test]
async fn pages_break_off() {
    garbled(Trial::of("pages_break_off"), Garbling::Cuts).await;
}

/// A transaction early enough not to be listed again, with events that later ones follow.
fn early(chain: &Chain) -> Arc<str> {
    let in_the_first_fifth = chain.blocks.iter().filter(|block| block.slot < chain.last_slot / 5);
    let mut sent = in_the_first_fifth.flat_map(|block: &Full| &block.sent).skip(5);
    let genuine = sent.find(|sent| !sent.failed && sent.transaction.instructions[0].inner.len() > 1);
    genuine.unwrap().transaction.signature.clone()
}

#[tokio::test]
async fn a_transaction_is_left_out_of_the_lists() {
    let (chain, mut trial) = (chain(), Trial::of("a_transaction_is_left_out_of_the_lists"));
    let node = Node::start(&chain, CALM).await;
    node.hide(Some(early(&chain)));
    let running = Running::start(&empty(), &node.url, &[]);
    trial.holds(&running).await;
    assert!(running.figure("tally_indexer_gaps").await.unwrap() > 0);
    node.hide(None);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}
