//! A node that says of a slot that it was skipped, while the next block's parent names it.

use super::running::Running;
use super::support::node::{Denial, LAG, Node};
use super::support::tables::connect;
use super::trial::{CALM, Trial, chain, clean, empty};

const DENIALS: [Denial; 4] =
    [Denial::Null, Denial::Code(-32_004), Denial::Code(-32_007), Denial::Code(-32_009)];

#[tokio::test]
async fn a_slot_with_a_block_is_said_to_be_skipped() {
    let (chain, mut trial) = (chain(), Trial::of("a_slot_with_a_block_is_said_to_be_skipped"));
    let denied = chain.blocks[chain.blocks.len() / 2].slot;
    for denial in DENIALS {
        let node = Node::start(&chain, CALM).await;
        // Stored while it is confirmed, and denied when it should be final.
        node.head_at(denied + 2);
        let running = Running::start(&empty(), &node.url, &[]);
        running.until("tally_indexer_confirmed_slot", denied).await;
        node.deny(Some((denied, denial)));
        node.head_at(chain.last_slot + LAG);
        trial.holds(&running).await;
        let mut connection = connect(&running.database).await;
        let kept = "SELECT count(*) FROM blocks WHERE slot = $1 AND status = 'confirmed'";
        let kept: i64 =
            sqlx::query_scalar(kept).bind(denied.cast_signed()).fetch_one(&mut connection).await.unwrap();
        assert_eq!(kept, 1, "it believed {denial:?}");
        assert_eq!(running.figure("tally_indexer_reverted_blocks_total").await, Some(0));
        node.deny(None);
        trial.is_over(running, chain.last_slot, clean().await).await;
    }
    trial.done();
}
