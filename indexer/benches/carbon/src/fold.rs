//! What the indexer's [`body`](crate::decode::body) takes from its fold.

/// Why no conversion follows on a receipt of a batch, as the indexer's fold has it.
pub const HALT_BATCH: u64 = 66;
