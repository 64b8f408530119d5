//! Reading a part of the past: the transactions that name one account between two slots, listed again, and blocks of
//! transactions that are final.
//!
//! It proves nothing by itself. Who asks knows by the numbers of the events whether anything is still missing.

use super::block::{self, Trouble};
use super::endpoint::Endpoint;
use super::error::RpcError;
use super::listing::Listing;
use super::wire::Signature;
use crate::source::Block;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use settlement_interface::Address;
use std::sync::Arc;

/// Signatures a page.
const PAGE: usize = 1_000;

/// What to list: final slots only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The account that every transaction names.
    pub account: Address,
    /// From this slot.
    pub from: u64,
    /// Through this slot, which is final.
    pub through: u64,
    /// A transaction of a later slot at which to begin; `None` for the newest.
    pub before: Option<Arc<str>>,
}

/// A list of transactions, page by page, newest first, of one node: pages of several would not fit together.
#[derive(Debug)]
pub struct Pages {
    endpoint: Endpoint,
    wanted: Wanted,
    before: Option<Arc<str>>,
    ended: bool,
}

impl Pages {
    /// Begins a list.
    pub fn new(endpoint: Endpoint, wanted: Wanted) -> Self {
        let before = wanted.before.clone();
        Self { endpoint, wanted, before, ended: false }
    }

    /// The next page's transactions that succeeded, with their slots; `None` at the end. A transaction may come twice.
    pub async fn next(&mut self) -> Result<Option<Vec<(u64, Arc<str>)>>, RpcError> {
        if self.ended {
            return Ok(None);
        }
        let mut options = json!({
            "limit": PAGE, "commitment": "finalized", "minContextSlot": self.wanted.through,
        });
        if let (Some(fields), Some(before)) = (options.as_object_mut(), self.before.as_deref()) {
            fields.insert("before".into(), Value::from(before));
        }
        let params = json!([self.wanted.account.to_string(), options]);
        let page: Vec<Signature> = self.endpoint.value("getSignaturesForAddress", params).await?;
        let oldest = page.iter().map(|entry| entry.slot).min();
        // Nodes order a slot's transactions differently, so a page goes on above its oldest slot, which is listed again.
        let above = page.iter().rev().find(|entry| Some(entry.slot) > oldest).or(page.last());
        let next = above.map(|entry| entry.signature.clone());
        self.ended = oldest.is_none_or(|oldest| oldest < self.wanted.from) || next == self.before;
        self.before = next;
        let within = self.wanted.from..=self.wanted.through;
        let fine = page.into_iter().filter(|entry| entry.err.is_none() && within.contains(&entry.slot));
        Ok(Some(fine.map(|entry| (entry.slot, entry.signature)).collect()))
    }
}

/// Fetches these transactions, which are final, in blocks in order of slot.
pub async fn blocks(
    endpoint: &Endpoint,
    names: Vec<(u64, Arc<str>)>,
    concurrency: usize,
) -> Result<Vec<Block>, RpcError> {
    let mut slots = Listing::new();
    for (slot, name) in names {
        slots.entry(slot).or_default().push((name, None));
    }
    let mut blocks = Vec::new();
    for (slot, listed) in slots {
        match block::fetch(endpoint, slot, listed, true, concurrency).await {
            Ok(block) => blocks.push(block),
            Err(Trouble::Inconsistent(reason)) => {
                tracing::warn!("RPC node: {reason}; left for the next time")
            }
            Err(Trouble::Rpc(error)) => return Err(error),
        }
    }
    Ok(blocks)
}

/// Fetches all of these transactions, which are final, in blocks in order of slot; fails rather than leave one out.
pub async fn whole_blocks(
    endpoint: &Endpoint,
    listing: Listing,
    concurrency: usize,
) -> Result<Vec<Block>, Trouble> {
    let concurrency = concurrency.max(1);
    let fetching =
        listing.into_iter().map(|(slot, listed)| block::fetch(endpoint, slot, listed, true, concurrency));
    stream::iter(fetching).buffered(concurrency).try_collect().await
}
