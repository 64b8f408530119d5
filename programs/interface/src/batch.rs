//! One signature of a registered meter over receipts of many jobs, all through the same time.
//!
//! What is signed: [`TAG`], the receipt domain (see [`crate::receipt`]), then the root of a tree over the
//! entries, each: job (32 bytes), its `opened_at`, cumulative units, through (8 bytes each, little-endian). It
//! has the length of no other message that a meter signs. The program computes the root from the jobs'
//! accounts, so that a transaction carries eight bytes for each job and the index of its account.
//!
//! A leaf is `sha256(0x00 ‖ entry)`, a node `sha256(0x01 ‖ lesser ‖ greater)` of the two below it, as byte
//! strings; the last of an odd number goes up as it is. The first byte keeps a node from being passed off as
//! a leaf. So one entry of any batch is proved by its siblings alone, as an answer to an outage case needs.

use crate::Address;
use crate::hash::hashv;
use bytemuck::{Pod, Zeroable};

/// First bytes of the message; another version gets another tag.
pub const TAG: &[u8; 16] = b"tally batch v1\0\0";
/// Length of the message.
pub const LEN: usize = 80;

/// What a leaf is made of, its bytes one after the other.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Entry {
    /// The job.
    pub job: Address,
    /// Its `opened_at`, Unix seconds.
    pub opened_at: i64,
    /// Cumulative units.
    pub units: u64,
    /// Unix seconds up to which they were counted.
    pub through: i64,
}

/// The leaf of an entry.
pub fn leaf(entry: &Entry) -> [u8; 32] {
    hashv(&[&[0], bytemuck::bytes_of(entry)])
}

/// The node above two others, in whichever order.
fn node(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    let (lesser, greater) = if one <= other { (one, other) } else { (other, one) };
    hashv(&[&[1], lesser, greater])
}

/// The root over these leaves, which it overwrites; zeros over none.
pub fn root(leaves: &mut [[u8; 32]]) -> [u8; 32] {
    let mut count = leaves.len();
    while count > 1 {
        let mut above = 0usize;
        for from in (0..count).step_by(2) {
            let pair = leaves.get(from..count).unwrap_or_default();
            let joined = match pair {
                [one, other, ..] => node(one, other),
                [last] => *last,
                [] => continue,
            };
            if let Some(place) = leaves.get_mut(above) {
                *place = joined;
            }
            above = above.saturating_add(1);
        }
        count = above;
    }
    leaves.first().copied().unwrap_or_default()
}

/// Whether a signed message is the batch of this root, for this domain.
pub fn is_signed(message: &[u8], domain: &[u8; 32], root: &[u8; 32]) -> bool {
    let rest = message.strip_prefix(TAG.as_slice()).and_then(|rest| rest.strip_prefix(domain.as_slice()));
    rest == Some(root.as_slice())
}

/// Whether a signed message is a batch, for this domain, that has this entry: `siblings` lead from its leaf
/// to the root.
pub fn is_listed(message: &[u8], domain: &[u8; 32], entry: &Entry, siblings: &[[u8; 32]]) -> bool {
    let root = siblings.iter().fold(leaf(entry), |below, sibling| node(&below, sibling));
    is_signed(message, domain, &root)
}

#[cfg(feature = "std")]
fn leaves(entries: &[(Address, i64, u64)], through: i64) -> std::vec::Vec<[u8; 32]> {
    let leaf = |(job, opened_at, units): &(Address, i64, u64)| {
        leaf(&Entry { job: *job, opened_at: *opened_at, units: *units, through })
    };
    entries.iter().map(leaf).collect()
}

/// What proves the entry of this number, from 0, to be in the batch of these entries; nothing if there are not
/// as many.
#[cfg(feature = "std")]
pub fn siblings(entries: &[(Address, i64, u64)], through: i64, entry: usize) -> std::vec::Vec<[u8; 32]> {
    let (mut level, mut place, mut found) = (leaves(entries, through), entry, std::vec::Vec::new());
    while level.len() > 1 {
        found.extend(level.get(place ^ 1).copied());
        level = level.chunks_mut(2).map(root).collect();
        place >>= 1;
    }
    found
}

/// The bytes to sign, for entries of job, `opened_at` and units.
#[cfg(feature = "std")]
pub fn message(domain: &[u8; 32], entries: &[(Address, i64, u64)], through: i64) -> std::vec::Vec<u8> {
    let root = root(&mut leaves(entries, through));
    [TAG.as_slice(), domain, &root].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::absence::Absence;
    use crate::receipt::Receipt;
    use sha2::Digest;
    #[test]
    fn a_batch_is_bound_to_every_byte_and_is_no_other_message() {
        let job = Address::new_from_array([3; 32]);
        let domain = [1; 32];
        let signed = message(&domain, &[(job, 5, 6), (job, 7, 8)], 9);
        assert_eq!(signed.len(), LEN);
        let entry = |opened_at, units| Entry { job, opened_at, units, through: 9 };
        let entries = [entry(5, 6), entry(7, 8)];
        let digest = node(&leaf(&entries[0]), &leaf(&entries[1]));
        assert!(is_signed(&signed, &domain, &digest));
        for at in 0..LEN {
            let mut other = signed.clone();
            other[at] ^= 1;
            assert!(!is_signed(&other, &domain, &digest));
        }
        assert!(!is_signed(&[signed.as_slice(), &[0]].concat(), &domain, &digest));
        assert!(!is_signed(&signed[..LEN - 1], &domain, &digest));
        assert!(Receipt::parse(&signed).is_none() && Absence::parse(&signed).is_none());
        let bytes: Vec<u8> = [&[0], bytemuck::bytes_of(&entries[0])].concat();
        assert_eq!(leaf(&entries[0]), <[u8; 32]>::from(sha2::Sha256::digest(&bytes)));
        let first = bytemuck::bytes_of(&entries[0]);
        assert_eq!(
            (&first[32..40], &first[48..]),
            (&[5, 0, 0, 0, 0, 0, 0, 0][..], &[9, 0, 0, 0, 0, 0, 0, 0][..])
        );
    }

    #[test]
    fn every_entry_of_every_batch_is_proved_by_its_siblings_and_nothing_else_is() {
        let domain = [1; 32];
        for count in 1..=57u64 {
            let entries: Vec<_> =
                (0..count).map(|i| (Address::new_from_array([i as u8; 32]), 5, i)).collect();
            let signed = message(&domain, &entries, 9);
            for (at, (job, opened_at, units)) in entries.iter().enumerate() {
                let siblings = siblings(&entries, 9, at);
                let entry = Entry { job: *job, opened_at: *opened_at, units: *units, through: 9 };
                assert!(siblings.len() <= 6 && is_listed(&signed, &domain, &entry, &siblings));
                for other in [Entry { units: units + 1, ..entry }, Entry { through: 8, ..entry }] {
                    assert!(!is_listed(&signed, &domain, &other, &siblings));
                }
                assert!(!is_listed(&signed, &[2; 32], &entry, &siblings));
                assert!(count == 1 || !is_listed(&signed, &domain, &entry, &siblings[1..]));
            }
        }
    }
}
