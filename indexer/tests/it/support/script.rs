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

pub fn reached(confirmed: u64, finalized: u64) -> Update {
    Update::Reached(Reached {
        confirmed,
        finalized,
        head: Heads { confirmed, finalized, ..Heads::default() },
    })
}

/// All blocks in order, final at the end.
pub fn straight(blocks: &[Block], last: u64) -> Vec<Update> {
    let blocks = blocks.iter().cloned().map(Update::Block);
    blocks.chain([reached(last, last)]).collect()
}
