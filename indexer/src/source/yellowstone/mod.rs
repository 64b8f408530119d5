//! The source that subscribes to a Yellowstone gRPC server, beside nodes that it asks by JSON-RPC.
//!
//! The nodes prove, the stream is fast. Before the stream is believed, a round of the nodes gives
//! everything up to their head. From then on a block of the stream is given only if its parent, by slot
//! and hash, is here; if it is not, a round of the nodes closes the gap first. A final block of the
//! stream makes final what its links lead back to, once the nodes have made final everything before
//! that; blocks that the links pass by have left the chain. Now and then a round of the nodes lists and
//! proves again what was given since the one before, so that a transaction that the server left out of
//! a block is found; an end that was asked for is reached only so. Without the stream, rounds go on at
//! the pace of the polling source.
//!
//! Not believed: a block's meta without the block, transactions outside of blocks, statuses of blocks
//! that are not here. Memory: one message, the links of blocks that are not final, and our blocks since
//! the last round of the nodes, 100,000 of each at most.

mod follow;
mod links;
mod stream;
mod wire;

pub use stream::Server;

use super::rpc::RpcSource;
use super::{Resume, Source, Until, Update};
use crate::Error;
use crate::metrics::Metrics;
use follow::{End, Run};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How patient it is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Between two rounds of the nodes while the stream gives everything.
    pub audit: Duration,
    /// Without a new block, after which the server is connected to anew.
    pub stall: Duration,
    /// The shortest pause after a connection that gave nothing; later ones grow.
    pub pause: Duration,
    /// Spreads the pauses.
    pub seed: u64,
}

/// A server's stream and the nodes beside it.
#[derive(Debug)]
pub struct YellowstoneSource {
    server: Server,
    nodes: RpcSource,
    patience: Patience,
    metrics: Arc<Metrics>,
}

impl YellowstoneSource {
    /// A source that streams from `server` what it proves by `nodes`.
    pub fn new(server: Server, nodes: RpcSource, patience: Patience, metrics: Arc<Metrics>) -> Self {
        Self { server, nodes, patience, metrics }
    }
}

impl Source for YellowstoneSource {
    async fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let mut run = Run::new(&self, resume, until, &sink);
        let ended = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = run.follow() => ended,
        };
        match ended {
            End::Done => Ok(()),
            End::Nodes(error) => RpcSource::ended(error),
        }
    }
}
