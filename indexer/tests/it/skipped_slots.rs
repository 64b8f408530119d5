//! A node that says of a slot that it was skipped, while the next block's parent names it.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Denial, Habits, Node};
use indexer::metrics::Metrics;
use indexer::source::rpc::{Client, Fate, Manners, fate};
use std::sync::Arc;
use std::time::Duration;
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
