//! One signature of a registered meter over receipts of many jobs, all through the same time.
//!
//! What is signed: [`TAG`], the receipt domain (see [`crate::receipt`]), then `sha256` over the entries,
//! each: job (32 bytes), its `opened_at`, cumulative units, through (8 bytes each, little-endian). It has the
//! length of no other message that a meter signs. The program computes the digest from the jobs' accounts, so
//! that a transaction carries eight bytes for each job and the index of its account.

use crate::Address;
use bytemuck::{Pod, Zeroable};

/// First bytes of the message; another version gets another tag.
pub const TAG: &[u8; 16] = b"tally batch v1\0\0";
/// Length of the message.
pub const LEN: usize = 80;

/// What is hashed for one job, its bytes one after the other.
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

/// Whether a signed message is the batch of this digest, for this domain.
pub fn is_signed(message: &[u8], domain: &[u8; 32], digest: &[u8; 32]) -> bool {
    let rest = message.strip_prefix(TAG.as_slice()).and_then(|rest| rest.strip_prefix(domain.as_slice()));
    rest == Some(digest.as_slice())
}

/// The bytes to sign, for entries of job, `opened_at` and units.
#[cfg(feature = "std")]
pub fn message(domain: &[u8; 32], entries: &[(Address, i64, u64)], through: i64) -> std::vec::Vec<u8> {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    for (job, opened_at, units) in entries {
        let entry = Entry { job: *job, opened_at: *opened_at, units: *units, through };
        hasher.update(bytemuck::bytes_of(&entry));
    }
    let digest: [u8; 32] = hasher.finalize().into();
    [TAG.as_slice(), domain, &digest].concat()
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
        let digest: [u8; 32] = sha2::Sha256::digest(bytemuck::bytes_of(&entries)).into();
        assert!(is_signed(&signed, &domain, &digest));
        for at in 0..LEN {
            let mut other = signed.clone();
            other[at] ^= 1;
            assert!(!is_signed(&other, &domain, &digest));
        }
        assert!(!is_signed(&[signed.as_slice(), &[0]].concat(), &domain, &digest));
        assert!(!is_signed(&signed[..LEN - 1], &domain, &digest));
        assert!(Receipt::parse(&signed).is_none() && Absence::parse(&signed).is_none());
        let first = bytemuck::bytes_of(&entries[0]);
        assert_eq!(
            (&first[32..40], &first[48..]),
            (&[5, 0, 0, 0, 0, 0, 0, 0][..], &[9, 0, 0, 0, 0, 0, 0, 0][..])
        );
    }
}
