//! The signature crawl: every transaction that names the program in a range of slots.
//!
//! Pages come newest first and their order within a slot differs between nodes, so a page is never
//! continued inside a slot: the whole slot at a page's end is listed again and duplicates go.

use super::endpoint::Endpoint;
use super::error::RpcError;
use super::wire::Signature;
use crate::source::Anchor;
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
    /// Slots through this one were final the last time.
    pub was_finalized: u64,
    /// What is stored at or below `after`.
    pub anchor: &'a Anchor,
}

/// A whole list, or why it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Everything in the range, and the number of failed transactions that became final, which are left out.
    Whole(Listing, u64),
    /// The list broke off, or does not reach what is stored.
    Broken(String),
}

/// Lists the range.
///
/// A node that does not know the signature to go on from, or that no longer has old transactions,
/// answers just like one that has nothing more. So the end is believed only where it is proved: by
/// a transaction at or below `after`, or, while nothing is stored there, by a node that says twice
/// that nothing comes before the oldest one.
pub async fn list(endpoint: &Endpoint, range: Range<'_>, page_size: usize) -> Result<Listed, RpcError> {
    let broken = |reason: &str| Ok(Listed::Broken(reason.to_owned()));
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    let (mut listing, mut failed) = (Listing::new(), 0u64);
    let mut before = Before::Newest;
    let mut empty = 0u32;
    loop {
        let page = page(endpoint, range, page_size, before.signature()).await?;
        let known = seen.len();
        for entry in &page {
            let within = entry.slot > range.after && entry.slot <= range.through;
            if !within || !seen.insert(entry.signature.clone()) {
                continue;
            }
            if entry.err.is_some() {
                let newly_final = entry.slot > range.was_finalized && entry.slot <= range.finalized;
                failed = failed.saturating_add(u64::from(newly_final));
                continue;
            }
            let place = (entry.signature.clone(), entry.transaction_index);
            listing.entry(entry.slot).or_default().push(place);
        }
        let next = next(&page, &before, seen.len() > known);
        if next.as_ref().is_some_and(|(oldest, _)| *oldest <= range.after) {
            break;
        }
        let Some((oldest, next)) = next.filter(|(_, next)| *next != before) else {
            match before {
                // A node that always lists the same: nothing tells what comes before that.
                _ if page.len() >= page_size => return broken(REPEATING),
                // The page has to repeat a whole slot: the signature left the chain meanwhile.
                Before::Boundary(..) => return broken(FORKED),
                _ if range.anchor.stored.is_some() => {
                    let within = matches!(before, Before::Within(slot, _) if slot > range.finalized);
                    return broken(if within { FORKED } else { SHALLOW });
                }
                // The first transaction ever: believed when said twice.
                _ if empty > 0 => break,
                _ => empty = empty.saturating_add(1),
            }
            continue;
        };
        before = next;
        if page.len() >= page_size {
            tracing::debug!("listed transactions back to slot {oldest}");
        }
    }
    Ok(Listed::Whole(listing, failed))
}

/// Why a list is not believed that ends at a signature which is not there any more.
const FORKED: &str = "it changed forks while it listed transactions";
/// Why a list is not believed that gives the same page again.
const REPEATING: &str = "it lists the same transactions again and again";
/// Why a list is not believed that does not reach what is stored.
pub const SHALLOW: &str = "its history does not reach back to what is stored; if this stays so, choose a node that \
     keeps the program's transactions";

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Before {
    /// At the head.
    Newest,
    /// Before the last signature above a page's oldest slot.
    Boundary(u64, Arc<str>),
    /// Before a signature in a slot that fills a whole page.
    Within(u64, Arc<str>),
}

impl Before {
    fn signature(&self) -> Option<&str> {
        match self {
            Self::Newest => None,
            Self::Boundary(_, name) | Self::Within(_, name) => Some(name),
        }
    }
}

/// A signature with its slot.
type Place = (u64, Arc<str>);

/// A page's oldest slot, and where the next page begins; `None` if the page is empty. A short page is no end: what
/// comes before it is asked for until nothing does.
fn next(page: &[Signature], before: &Before, is_new: bool) -> Option<(u64, Before)> {
    let (oldest, boundary) = boundary(page)?;
    let last = page.last().map(|entry| Before::Within(entry.slot, entry.signature.clone()));
    // A page of one slot, or one that brought nothing new, can only be left behind.
    let is_first = *before == Before::Newest;
    let next = boundary.map(|(slot, name)| Before::Boundary(slot, name));
    let next = next.filter(|next| (is_new || is_first) && next != before);
    Some((oldest, next.or(last).unwrap_or(Before::Newest)))
}

/// A page's oldest slot, and the last signature above it: listing before that repeats the whole slot.
fn boundary(page: &[Signature]) -> Option<(u64, Option<Place>)> {
    let oldest = page.iter().map(|entry| entry.slot).min()?;
    let above = page.iter().rev().find(|entry| entry.slot > oldest);
    Some((oldest, above.map(|entry| (entry.slot, entry.signature.clone()))))
}

async fn page(
    endpoint: &Endpoint,
    range: Range<'_>,
    page_size: usize,
    before: Option<&str>,
) -> Result<Vec<Signature>, RpcError> {
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
        add("until", range.anchor.older.as_deref());
    }
    endpoint.value("getSignaturesForAddress", json!([program.to_string(), options])).await
}
