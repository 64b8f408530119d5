//! Where blocks come from. A source gives blocks with the program's transactions, in order of slot,
//! and says how far it has come and which blocks left the chain.
//!
//! It does not know what an event is, and it does not decide what is stored.

pub mod choice;
pub mod file;
pub mod rpc;
#[cfg(feature = "yellowstone")]
pub mod yellowstone;

use crate::Error;
use serde::{Deserialize, Serialize};
use settlement_interface::Address;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A block's transactions that name the program and succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Slot.
    pub slot: u64,
    /// Blockhash and parent; `None` where a node no longer serves the block itself, which happens
    /// only for old final ones.
    pub header: Option<Header>,
    /// Unix seconds by the block's own estimate.
    pub time: Option<i64>,
    /// The transactions, in no particular order.
    pub transactions: Vec<Transaction>,
}

/// What identifies a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Base58.
    pub blockhash: String,
    /// Slot of the block before.
    pub parent: u64,
}

/// A transaction that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// First signature, base58.
    pub signature: Arc<str>,
    /// Place in the block, if the node says it.
    pub index: Option<u32>,
    /// Outer instructions in order.
    pub instructions: Vec<Instruction>,
}

/// An outer instruction with all that was called under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instruction {
    /// Program called.
    #[serde(with = "file::text::address")]
    pub program: Address,
    /// Its data.
    #[serde(with = "file::text::bytes")]
    pub data: Vec<u8>,
    /// Calls made under it, in order, however deep.
    pub inner: Vec<Inner>,
}

/// A call made by a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inner {
    /// Program called.
    #[serde(with = "file::text::address")]
    pub program: Address,
    /// Accounts passed.
    #[serde(with = "file::text::addresses")]
    pub accounts: Vec<Address>,
    /// Its data.
    #[serde(with = "file::text::bytes")]
    pub data: Vec<u8>,
    /// Depth: 2 for a call made by the outer instruction's program. Old nodes do not say.
    pub height: Option<u32>,
}

/// What a source says. Blocks come in order of slot, except for late transactions of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Update {
    /// A block, or the transactions of a block that was given before and turned out incomplete.
    Block(Block),
    /// A block that was given is not part of the chain.
    Dropped {
        /// Its slot.
        slot: u64,
        /// Its hash; another block may follow in the same slot.
        blockhash: String,
    },
    /// All blocks through these slots were given.
    Reached(Reached),
}

/// How far a source has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// Every block through this slot was given.
    pub confirmed: u64,
    /// Every block through this slot was given and is final.
    pub finalized: u64,
    /// The chain's head.
    pub head: Heads,
}

/// The chain's latest slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// Latest confirmed slot.
    pub confirmed: u64,
    /// Latest finalized slot; never above the confirmed one.
    pub finalized: u64,
    /// The cluster's time of the confirmed slot, Unix seconds, if the node says it.
    pub confirmed_time: Option<i64>,
    /// The cluster's time of the finalized slot, likewise.
    pub finalized_time: Option<i64>,
}

/// Where to go on: what the store has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// Everything through this slot is stored and final.
    pub finalized: u64,
    /// Stored blocks above `finalized - OVERLAP`.
    pub recent: BTreeMap<u64, Known>,
    /// What is stored at or below `finalized - OVERLAP`.
    pub anchor: Anchor,
}

impl Resume {
    /// Slots above this one are listed again: those of which a node may show a transaction late.
    pub fn listed_after(&self, start_slot: u64) -> u64 {
        self.finalized.saturating_sub(OVERLAP).max(start_slot)
    }
}

/// What is stored where listing ends: a proof that a list reaches it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// The newest transaction, with its slot: every list has to reach that slot.
    pub stored: Option<(u64, Arc<str>)>,
    /// One of an earlier slot, at which a node may stop: so the newest one is still listed.
    pub older: Option<Arc<str>>,
}

impl Anchor {
    /// Goes on to a newer transaction.
    pub fn advance(&mut self, slot: u64, signature: Arc<str>) {
        match self.stored.take() {
            Some((at, older)) if at < slot => self.older = Some(older),
            Some(stored) => {
                self.stored = Some(stored);
                return;
            }
            None => {}
        }
        self.stored = Some((slot, signature));
    }
}

/// Slots below the final watermark that are listed again: a node may index a transaction late.
pub const OVERLAP: u64 = 64;

/// A stored block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Its hash.
    pub blockhash: Option<String>,
    /// Its transactions that are stored.
    pub signatures: Vec<Arc<str>>,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Never.
    Stopped,
    /// When everything through the finalized head of the start is given.
    Head,
    /// When everything through this slot is given and final.
    Slot(u64),
}

/// Something that blocks come from.
pub trait Source: Send + 'static {
    /// Gives updates into `sink`, waiting while it is full, until `until` is reached, `stop` is
    /// cancelled or nobody listens any more. Fails only on what waiting does not mend.
    fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
