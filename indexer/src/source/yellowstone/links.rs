//! The blocks that a stream gave since the last proof by nodes, each linked to its parent by slot and hash.
//!
//! It is pure: no input or output, and no rule that counts slots.

use std::collections::BTreeMap;

/// Blocks that are kept at most; the chain would have to go on for hours without becoming final.
const MOST: usize = 100_000;

/// A block of the stream, without what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Base58.
    pub blockhash: String,
    /// Slot of the block before.
    pub parent: u64,
    /// Hash of the block before.
    pub parent_hash: String,
    /// Unix seconds by the block's own estimate.
    pub time: Option<i64>,
    /// Its transactions of ours that failed.
    pub failed: u64,
}

/// What is to be done with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It was given, or lies before the first block here, where nodes have answered for everything.
    Known,
    /// Its parent is here: nothing is missing between the two.
    Next,
    /// Its parent is not here, or another block is in its slot.
    Apart,
}

/// A tree of blocks; several branches while a fork is not decided.
#[derive(Clone, Debug, Default)]
pub struct Links(BTreeMap<u64, Link>);

impl Links {
    /// Where a block belongs.
    pub fn place(&self, slot: u64, link: &Link) -> Place {
        match self.0.get(&slot) {
            Some(known) if known.blockhash == link.blockhash => return Place::Known,
            Some(_) => return Place::Apart,
            None => {}
        }
        if self.0.first_key_value().is_some_and(|(root, _)| slot < *root) {
            return Place::Known;
        }
        let parent = self.0.get(&link.parent).filter(|_| link.parent < slot);
        if parent.is_some_and(|parent| parent.blockhash == link.parent_hash) {
            Place::Next
        } else {
            Place::Apart
        }
    }

    /// Adds a block whose place is next.
    pub fn add(&mut self, slot: u64, link: Link) {
        self.0.insert(slot, link);
        if self.0.len() > MOST {
            self.clear();
        }
    }

    /// Begins anew with a block before which nothing is missing.
    pub fn begin(&mut self, slot: u64, link: Link) {
        self.clear();
        self.0.insert(slot, link);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The block in a slot.
    pub fn get(&self, slot: u64) -> Option<&Link> {
        self.0.get(&slot)
    }

    /// The latest slot with a block.
    pub fn last(&self) -> Option<u64> {
        self.0.last_key_value().map(|(slot, _)| *slot)
    }

    /// The slot before the first block here, which nodes have to make final first.
    pub fn before(&self) -> Option<u64> {
        self.0.first_key_value().map(|(_, first)| first.parent)
    }

    /// From the final block in `slot` back to the first one here: the slots that have a block, and its hash.
    /// `None` unless everything before the first one is final through `finalized`.
    pub fn path(&self, slot: u64, finalized: u64) -> Option<BTreeMap<u64, &Link>> {
        let (root, first) = self.0.first_key_value()?;
        if first.parent > finalized {
            return None;
        }
        let mut path = BTreeMap::new();
        let (mut at, mut link) = (slot, self.0.get(&slot)?);
        loop {
            path.insert(at, link);
            if at <= *root {
                return Some(path);
            }
            (at, link) = (link.parent, self.0.get(&link.parent)?);
        }
    }

    /// Forgets what is before the final block in `slot`.
    pub fn settle(&mut self, slot: u64) {
        self.0 = self.0.split_off(&slot);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may fail
mod tests {
    use super::*;

    fn link(hash: &str, parent: u64, parent_hash: &str) -> Link {
        Link { blockhash: hash.into(), parent, parent_hash: parent_hash.into(), time: None, failed: 0 }
    }

    #[test]
    fn only_a_block_whose_parent_is_here_by_slot_and_hash_is_next() {
        let mut links = Links::default();
        assert_eq!(links.place(5, &link("e", 4, "d")), Place::Apart, "nothing is here");
        links.begin(5, link("e", 4, "d"));
        assert_eq!(links.place(5, &link("e", 4, "d")), Place::Known);
        assert_eq!(links.place(5, &link("x", 4, "d")), Place::Apart, "another block in the same slot");
        assert_eq!(links.place(4, &link("d", 3, "c")), Place::Known, "before everything");
        assert_eq!(links.place(8, &link("h", 5, "e")), Place::Next, "slots between were skipped");
        assert_eq!(links.place(8, &link("h", 5, "x")), Place::Apart, "another parent in that slot");
        assert_eq!(links.place(8, &link("h", 7, "g")), Place::Apart, "the parent was not given");
        assert_eq!(links.place(8, &link("h", 8, "h")), Place::Apart, "no block is its own parent");
    }

    #[test]
    fn the_path_from_a_final_block_leaves_out_what_left_the_chain() {
        let mut links = Links::default();
        links.begin(5, link("e", 4, "d"));
        links.add(6, link("fork", 5, "e"));
        links.add(7, link("on the fork", 6, "fork"));
        links.add(8, link("h", 5, "e"));
        links.add(9, link("i", 8, "h"));
        let path: Vec<u64> = links.path(9, 4).unwrap().into_keys().collect();
        assert_eq!(path, [5, 8, 9]);
        assert_eq!(links.path(9, 3), None, "slot 4 is not known to be final");
        assert_eq!(links.path(10, 4), None, "it is not here");
        links.settle(9);
        assert_eq!((links.get(8), links.last()), (None, Some(9)));
        assert!(links.path(9, 8).is_some());
    }
}
