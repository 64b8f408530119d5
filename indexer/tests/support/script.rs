//! A source that says what it was told to say.

use indexer::Error;
use indexer::source::{Block, Heads, Reached, Resume, Source, Until, Update};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub struct Script(pub Vec<Update>);

impl Source for Script {
    async fn run(
        self,
        _resume: Resume,
        _until: Until,
        sink: mpsc::Sender<Update>,
        _stop: CancellationToken,
    ) -> Result<(), Error> {
        for update in self.0 {
            if sink.send(update).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// The cluster's time of a slot.
pub fn time(slot: u64) -> i64 {
    1_780_000_000 + slot.cast_signed()
}

pub fn reached(confirmed: u64, finalized: u64) -> Update {
    let (confirmed_time, finalized_time) = (Some(time(confirmed)), Some(time(finalized)));
    let head = Heads { confirmed, finalized, confirmed_time, finalized_time };
    Update::Reached(Reached { confirmed, finalized, head })
}

/// All blocks in order, final at the end.
pub fn straight(blocks: &[Block], last: u64) -> Vec<Update> {
    let blocks = blocks.iter().cloned().map(Update::Block);
    blocks.chain([reached(last, last)]).collect()
}
