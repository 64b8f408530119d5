//! One block with our transactions, and whether a block that we know became final.

use super::endpoint::Endpoint;
use super::error::{RpcError, code};
use super::wire::{BlockHead, Fetched};
use super::{COMMITMENT_CONFIRMED, COMMITMENT_FINALIZED, MAX_VERSION};
use crate::source::{Block, Header, Transaction};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Tries for something that the node just listed and does not find.
const TRIES: u32 = 5;

/// Why a block could not be had.
#[derive(Debug)]
pub enum Trouble {
    /// The node's answers contradict each other, as they do while it changes forks: list again.
    Inconsistent(String),
    /// Waiting does not mend it.
    Rpc(RpcError),
}

impl From<RpcError> for Trouble {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

/// Fetches the listed transactions of a slot and its header, at the commitment that it has.
pub async fn fetch(
    endpoint: &Endpoint,
    slot: u64,
    listed: Vec<(Arc<str>, Option<u32>)>,
    finalized: bool,
    concurrency: usize,
) -> Result<Block, Trouble> {
    let commitment = if finalized { COMMITMENT_FINALIZED } else { COMMITMENT_CONFIRMED };
    let calls = listed
        .into_iter()
        .map(|(signature, index)| transaction(endpoint, slot, signature, index, commitment));
    let fetched: Vec<Option<(Transaction, Option<i64>)>> =
        stream::iter(calls).buffered(concurrency.max(1)).try_collect().await?;
    let (mut transactions, mut time) = (Vec::new(), None);
    for (transaction, at) in fetched.into_iter().flatten() {
        transactions.push(transaction);
        time = time.or(at);
    }
    let ordered = transactions.iter().all(|transaction| transaction.index.is_some());
    let head = head(endpoint, slot, commitment, !ordered).await;
    let header = match head {
        Ok(Some(head)) => {
            for transaction in &mut transactions {
                transaction.index = transaction.index.or(place(&head, &transaction.signature));
            }
            time = head.block_time.or(time);
            Some(Header { blockhash: head.blockhash, parent: head.parent_slot })
        }
        // The transactions are final, so the block exists; this node has only its transactions left.
        Ok(None) if finalized => None,
        Err(error) if finalized && is_gone(&error) => None,
        Ok(None) => {
            return Err(Trouble::Inconsistent(format!("it has transactions but no block in slot {slot}")));
        }
        Err(error) if is_gone(&error) || error.code() == Some(code::BLOCK_NOT_AVAILABLE) => {
            return Err(Trouble::Inconsistent(format!("slot {slot}: {error}")));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Block { slot, header, time, transactions })
}

/// What became of a known block whose slot is now below the finalized head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is final.
    Final,
    /// Another block is in its slot, or none, and that is proved.
    Dropped,
    /// The node cannot tell; ask again later.
    Unknown(String),
}

/// Asks for the fate of the block with `blockhash` in `slot`, which is at or below the finalized head.
///
/// A node answers alike for a slot that was skipped and for one that it does not have, so a skipped
/// slot counts only if the next finalized block's parent is older than it.
pub async fn fate(endpoint: &Endpoint, slot: u64, blockhash: Option<&str>) -> Result<Fate, RpcError> {
    match head(endpoint, slot, COMMITMENT_FINALIZED, false).await {
        Ok(Some(head)) if blockhash.is_none_or(|known| known == head.blockhash) => return Ok(Fate::Final),
        Ok(Some(_)) => return Ok(Fate::Dropped),
        Ok(None) => {}
        Err(error) if is_gone(&error) || error.code() == Some(code::BLOCK_NOT_AVAILABLE) => {}
        Err(error) => return Err(error),
    }
    let params = json!([slot, 1, { "commitment": COMMITMENT_FINALIZED }]);
    let next: Vec<u64> = endpoint.value("getBlocksWithLimit", params).await?;
    let unknown = |reason: String| Ok(Fate::Unknown(reason));
    let Some(next) = next.first().copied() else {
        return unknown(format!("no block is known after slot {slot}"));
    };
    if next <= slot {
        return unknown(format!("slot {slot} is said to exist, but not served"));
    }
    match head(endpoint, next, COMMITMENT_FINALIZED, false).await {
        Ok(Some(head)) if head.parent_slot < slot => Ok(Fate::Dropped),
        Err(error) if error.code().is_none() => Err(error),
        _ => unknown(format!("nothing proves that slot {slot} was skipped")),
    }
}

/// Whether an error says that a block is not there (any more).
fn is_gone(error: &RpcError) -> bool {
    matches!(
        error.code(),
        Some(
            code::BLOCK_CLEANED_UP
                | code::SLOT_SKIPPED
                | code::LONG_TERM_SKIPPED
                | code::HISTORY_NOT_AVAILABLE
        )
    )
}

fn place(head: &BlockHead, signature: &str) -> Option<u32> {
    let position = head.signatures.as_ref()?.iter().position(|candidate| &**candidate == signature)?;
    u32::try_from(position).ok()
}

/// The hash of the block in a slot that is at least confirmed; `None` if the node knows of none.
pub async fn confirmed_hash(endpoint: &Endpoint, slot: u64) -> Result<Option<String>, RpcError> {
    match head(endpoint, slot, COMMITMENT_CONFIRMED, false).await {
        Ok(head) => Ok(head.map(|head| head.blockhash)),
        Err(error) if is_gone(&error) || error.code() == Some(code::BLOCK_NOT_AVAILABLE) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn head(
    endpoint: &Endpoint,
    slot: u64,
    commitment: &str,
    signatures: bool,
) -> Result<Option<BlockHead>, RpcError> {
    let options = json!({
        "commitment": commitment,
        "transactionDetails": if signatures { "signatures" } else { "none" },
        "rewards": false,
        "encoding": "json",
        "maxSupportedTransactionVersion": MAX_VERSION,
    });
    endpoint.call("getBlock", json!([slot, options])).await
}

/// A listed transaction; `None` if it turns out to have failed.
async fn transaction(
    endpoint: &Endpoint,
    slot: u64,
    signature: Arc<str>,
    index: Option<u32>,
    commitment: &str,
) -> Result<Option<(Transaction, Option<i64>)>, Trouble> {
    let options = json!({
        "encoding": "json",
        "commitment": commitment,
        "maxSupportedTransactionVersion": MAX_VERSION,
    });
    for _ in 0..TRIES {
        let fetched: Option<Fetched> = endpoint.call("getTransaction", json!([*signature, options])).await?;
        let Some(fetched) = fetched else {
            endpoint.pause(Duration::from_millis(50)).await?;
            continue;
        };
        if fetched.slot != slot {
            break;
        }
        let time = fetched.block_time;
        let read = fetched.transaction(signature.clone());
        let read =
            read.map_err(|reason| Trouble::Inconsistent(format!("transaction {signature}: {reason}")))?;
        return Ok(read.map(|mut transaction| {
            transaction.index = transaction.index.or(index);
            (transaction, time)
        }));
    }
    Err(Trouble::Inconsistent(format!(
        "transaction {signature} is listed in slot {slot} but not found there"
    )))
}
