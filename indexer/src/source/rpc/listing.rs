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
    let (mut listing, mut failed) = (Listing::new(), 0u64);
    let mut crawl = Crawl::default();
    loop {
        let (fresh, end) = match crawl.step(endpoint, range, page_size).await? {
            Step::More(fresh) => (fresh, false),
            Step::Whole(fresh) => (fresh, true),
            Step::Broken(reason) => return Ok(Listed::Broken(reason.to_owned())),
        };
        for entry in fresh {
            if entry.failed {
                let newly_final = entry.slot > range.was_finalized && entry.slot <= range.finalized;
                failed = failed.saturating_add(u64::from(newly_final));
                continue;
            }
            listing.entry(entry.slot).or_default().push((entry.signature, entry.index));
        }
        if end {
            return Ok(Listed::Whole(listing, failed));
        }
    }
}

/// A transaction that a page names for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its slot.
    pub slot: u64,
    /// Its signature.
    pub signature: Arc<str>,
    /// Its place in the block, if the node says it.
    pub index: Option<u32>,
    /// Whether it failed.
    pub failed: bool,
}

/// What a page came to.
#[derive(Debug)]
pub enum Step {
    /// There are more pages.
    More(Vec<Entry>),
    /// This was the last one, and that is proved as far as it can be.
    Whole(Vec<Entry>),
    /// The list is not to be believed, for this reason.
    Broken(&'static str),
}

/// A list taken page by page, newest first, all of one node: pages of several do not fit together but at a slot of which
/// everything is listed.
#[derive(Debug)]
pub struct Crawl {
    before: Before,
    /// Everything in this place's slot and above it is listed.
    cursor: Option<Place>,
    /// What was listed of the oldest slot so far, which comes again.
    oldest: (u64, HashSet<Arc<str>>),
    /// Times that there was nothing more.
    empty: u32,
}

impl Default for Crawl {
    fn default() -> Self {
        Self::from(None)
    }
}

impl Crawl {
    /// A list that begins at the head, or goes on below a place at which another one stood.
    pub fn from(cursor: Option<Place>) -> Self {
        let before = cursor.clone().map_or(Before::Newest, Before::Boundary);
        Self { before, cursor, oldest: (u64::MAX, HashSet::new()), empty: 0 }
    }

    /// Where another list can go on, of whatever node: everything in this slot and above it is listed.
    pub fn cursor(&self) -> Option<&Place> {
        self.cursor.as_ref()
    }

    /// Lists the next page of `range`.
    pub async fn step(
        &mut self,
        endpoint: &Endpoint,
        range: Range<'_>,
        page_size: usize,
    ) -> Result<Step, RpcError> {
        let page = page(endpoint, range, page_size, self.before.signature()).await?;
        let length = page.len();
        let place = boundary(&page);
        let last = page.last().map(|entry| Before::Within((entry.slot, entry.signature.clone())));
        let fresh = place.as_ref().map_or_else(Vec::new, |(oldest, _)| self.fresh(page, *oldest));
        let is_new = !fresh.is_empty() || self.before == Before::Newest;
        let within = |entry: &Entry| entry.slot > range.after && entry.slot <= range.through;
        let fresh: Vec<Entry> = fresh.into_iter().filter(within).collect();
        if place.as_ref().is_some_and(|(oldest, _)| *oldest <= range.after) {
            return Ok(Step::Whole(fresh));
        }
        // A short page is no end: what comes before it is asked for until nothing does. A page of one slot, or one that
        // brought nothing new, can only be left behind.
        let above = place.and_then(|(_, above)| above);
        let next = above.clone().map(Before::Boundary).filter(|next| is_new && *next != self.before);
        let Some(next) = next.or(last).filter(|next| *next != self.before) else {
            return Ok(match &self.before {
                // A node that always lists the same: nothing tells what comes before that.
                _ if length >= page_size => Step::Broken(REPEATING),
                // The page has to repeat a whole slot: the signature left the chain meanwhile.
                Before::Boundary(_) => Step::Broken(FORKED),
                Before::Within((slot, _)) if range.anchor.stored.is_some() && *slot > range.finalized => {
                    Step::Broken(FORKED)
                }
                _ if range.anchor.stored.is_some() => Step::Broken(SHALLOW),
                // The first transaction ever: believed when said twice.
                _ if self.empty > 0 => Step::Whole(fresh),
                _ => {
                    self.empty = self.empty.saturating_add(1);
                    Step::More(fresh)
                }
            });
        };
        self.cursor = above.or(self.cursor.take());
        self.before = next;
        if length >= page_size {
            let slot = self.oldest.0;
            tracing::debug!("listed transactions back to slot {slot}");
        }
        Ok(Step::More(fresh))
    }

    /// What of a page was not listed before; keeps what may come again.
    fn fresh(&mut self, page: Vec<Signature>, oldest: u64) -> Vec<Entry> {
        let listed_whole = self.cursor.as_ref().map_or(u64::MAX, |(slot, _)| *slot);
        let (before, known) = &mut self.oldest;
        let mut fresh = Vec::new();
        for entry in page {
            if entry.slot >= listed_whole || (entry.slot == *before && !known.insert(entry.signature.clone()))
            {
                continue;
            }
            fresh.push(Entry {
                slot: entry.slot,
                signature: entry.signature,
                index: entry.transaction_index,
                failed: entry.err.is_some(),
            });
        }
        if oldest != *before {
            let again = fresh.iter().filter(|entry| entry.slot == oldest);
            self.oldest = (oldest, again.map(|entry| entry.signature.clone()).collect());
        }
        fresh
    }
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
    Boundary(Place),
    /// Before a signature in a slot that fills a whole page.
    Within(Place),
}

impl Before {
    fn signature(&self) -> Option<&str> {
        match self {
            Self::Newest => None,
            Self::Boundary((_, name)) | Self::Within((_, name)) => Some(name),
        }
    }
}

/// A signature with its slot.
pub type Place = (u64, Arc<str>);

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
