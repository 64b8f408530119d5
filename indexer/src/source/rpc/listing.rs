//! The signature crawl: every transaction that names the program in a range of slots.
//!
//! Pages come newest first and their order within a slot differs between nodes, so a page is never
//! continued inside a slot: the whole slot at a page's end is listed again and duplicates go.

use super::client::{Client, RpcError};
use super::wire::Listed;
use serde_json::{Value, json};
use settlement_interface::{Address, ID};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Successful transactions by slot. An entry is a signature and its place in the block, if known.
pub type Listing = BTreeMap<u64, Vec<(Arc<str>, Option<u32>)>>;

/// What to list.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    /// Slots above this one.
    pub after: u64,
    /// Slots through this one, which the node must have reached.
    pub through: u64,
    /// Slots through this one cannot leave the chain.
    pub finalized: u64,
    /// A signature at or below `after` at which the node may stop.
    pub anchor: Option<&'a str>,
}

/// Lists the range; the second part is the number of failed transactions, which are left out.
///
/// `None` if the list broke off: pages continue from a signature, and one that is not final can
/// leave the chain while the pages are read.
pub async fn list(
    client: &Client,
    range: Range<'_>,
    page_size: usize,
) -> Result<Option<(Listing, u64)>, RpcError> {
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    let (mut listing, mut failed) = (Listing::new(), 0u64);
    let mut before: Option<Place> = None;
    let mut empty = 0u32;
    loop {
        let page = page(client, range, page_size, before.as_ref().map(|(_, name)| &**name)).await?;
        let known = seen.len();
        for entry in &page {
            let within = entry.slot > range.after && entry.slot <= range.through;
            if !within || !seen.insert(entry.signature.clone()) {
                continue;
            }
            if entry.err.is_some() {
                failed = failed.saturating_add(1);
                continue;
            }
            let place = (entry.signature.clone(), entry.transaction_index);
            listing.entry(entry.slot).or_default().push(place);
        }
        let Some((oldest, boundary)) = boundary(&page) else {
            if before.as_ref().is_some_and(|(slot, _)| *slot > range.finalized) {
                return Ok(None);
            }
            // The first transaction ever, or the anchor: believed when said twice.
            empty = empty.saturating_add(1);
            if empty > 1 || range.anchor.is_some() {
                break;
            }
            continue;
        };
        let nothing_new = seen.len() == known && page.len() < page_size && before.is_some();
        let anchored = range.anchor.is_some() && page.len() < page_size;
        if oldest <= range.after || nothing_new || anchored {
            break;
        }
        // A full page of one slot, or one that brought nothing new, can only be left behind.
        let last = page.last().map(|entry| (entry.slot, entry.signature.clone()));
        let stuck = boundary.is_none() || before == boundary;
        before = if stuck { last } else { boundary };
        if page.len() >= page_size {
            tracing::debug!("listed transactions back to slot {oldest}");
        }
    }
    Ok(Some((listing, failed)))
}

/// A signature with its slot.
type Place = (u64, Arc<str>);

/// A page's oldest slot, and the last signature above it: listing before that repeats the whole slot.
fn boundary(page: &[Listed]) -> Option<(u64, Option<Place>)> {
    let oldest = page.iter().map(|entry| entry.slot).min()?;
    let above = page.iter().rev().find(|entry| entry.slot > oldest);
    Some((oldest, above.map(|entry| (entry.slot, entry.signature.clone()))))
}

async fn page(
    client: &Client,
    range: Range<'_>,
    page_size: usize,
    before: Option<&str>,
) -> Result<Vec<Listed>, RpcError> {
    let program: Address = ID;
    let mut options = json!({
        "limit": page_size,
        "commitment": "confirmed",
        "minContextSlot": range.through,
    });
    if let Some(fields) = options.as_object_mut() {
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                fields.insert(name.into(), Value::from(value));
            }
        };
        add("before", before);
        add("until", range.anchor);
    }
    client.value("getSignaturesForAddress", json!([program.to_string(), options])).await
}
