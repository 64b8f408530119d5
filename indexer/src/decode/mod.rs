//! From blocks to events, each with its place on the chain.
//!
//! It reads the program's own types and nothing else. It does not judge whether an event can follow
//! another; that is the fold's.

pub mod body;
mod order;
mod self_cpi;

use crate::source::{Block, Header, Update};
use settlement_interface::events::Event;
use std::sync::Arc;

/// Where an event's bytes are on the chain. Ordered by slot only for the sake of maps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Slot.
    pub slot: u64,
    /// Signature of the transaction, base58.
    pub signature: Arc<str>,
    /// Index of the outer instruction.
    pub instruction: u32,
    /// Index among the calls made under it.
    pub inner: u32,
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its key.
    pub key: Key,
    /// Place of its transaction in the block.
    pub tx_index: u32,
    /// What it says.
    pub event: Event,
}

/// Bytes of ours that are no event of this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// Their key.
    pub key: Key,
    /// Place of their transaction in the block.
    pub tx_index: u32,
    /// The instruction's data.
    pub data: Vec<u8>,
    /// Why they cannot be read.
    pub reason: String,
}

/// What a block holds of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Slot.
    pub slot: u64,
    /// Blockhash and parent, if known.
    pub header: Option<Header>,
    /// Unix seconds by the block's own estimate.
    pub time: Option<i64>,
    /// Signatures with their place in the block, in that order.
    pub transactions: Vec<(Arc<str>, u32)>,
    /// Events in order of place.
    pub events: Vec<Placed>,
    /// What could not be read.
    pub undecodable: Vec<Undecodable>,
}

/// An update with its blocks decoded.
#[derive(Clone, Debug)]
pub enum Step {
    /// See [`Update::Block`].
    Block(Decoded),
    /// See [`Update::Dropped`].
    Dropped {
        /// Its slot.
        slot: u64,
        /// Its hash.
        blockhash: String,
    },
    /// See [`Update::Reached`].
    Reached(crate::source::Reached),
}

/// Decodes an update.
pub fn step(update: Update) -> Step {
    match update {
        Update::Block(block) => Step::Block(decode(block)),
        Update::Dropped { slot, blockhash } => Step::Dropped { slot, blockhash },
        Update::Reached(reached) => Step::Reached(reached),
    }
}

/// Reads every event of a block.
pub fn decode(block: Block) -> Decoded {
    let slot = block.slot;
    let mut decoded = Decoded { slot, header: block.header, time: block.time, ..Decoded::default() };
    for transaction in &block.transactions {
        let place = |instruction: u32, inner: u32| Key {
            slot,
            signature: transaction.signature.clone(),
            instruction,
            inner,
        };
        let tx_index = transaction.index.unwrap_or(u32::MAX);
        for (instruction, inner, data) in self_cpi::events(transaction) {
            let key = place(instruction, inner);
            match Event::decode(data) {
                Ok(Some(event)) => decoded.events.push(Placed { key, tx_index, event }),
                Ok(None) => {} // `self_cpi` gives only data behind the tag
                Err(error) => decoded.undecodable.push(Undecodable {
                    key,
                    tx_index,
                    data: data.to_vec(),
                    reason: error.to_string(),
                }),
            }
        }
        decoded.transactions.push((transaction.signature.clone(), tx_index));
    }
    if block.transactions.iter().any(|transaction| transaction.index.is_none()) {
        order::rank(&mut decoded);
    }
    decoded.transactions.sort_by_key(|(_, index)| *index);
    decoded.events.sort_by_key(|placed| (placed.tx_index, placed.key.instruction, placed.key.inner));
    decoded
}
