//! The signed receipt: what a meter attests about a job so far.
//!
//! Receipts are cumulative, so the latest replaces all before it and one settles any amount of work.
//! Byte layout (little-endian), in the order of the fields:
//!
//! | bytes | field |
//! |---|---|
//! | 32 | receipt domain: `sha256("tally receipt v1" ‖ genesis hash of the cluster ‖ program id)` |
//! | 32 | job |
//! | 8 | the job's `opened_at` |
//! | 8 | units since the start |
//! | 8 | through: Unix seconds up to which the units were counted |
//! | 32 + 4 | only for verifiable jobs: root over the step hashes, number of steps |

use crate::Address;

/// Tag of the domain hash; another version of the message gets another tag.
pub const DOMAIN_TAG: &[u8; 16] = b"tally receipt v1";
/// Length of a receipt of a job that is not verifiable.
pub const LEN: usize = 88;
/// Length of a receipt of a verifiable job.
pub const VERIFIABLE_LEN: usize = LEN + 36;

/// A receipt's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// See [`DOMAIN_TAG`]; `Config.receipt_domain`.
    pub domain: [u8; 32],
    /// The job.
    pub job: Address,
    /// The job's `opened_at`, Unix seconds.
    pub opened_at: i64,
    /// Cumulative compute units since the start.
    pub units: u64,
    /// Unix seconds up to which they were counted.
    pub through: i64,
    /// Root and number of steps, for verifiable jobs.
    pub commitment: Option<([u8; 32], u32)>,
}

impl Receipt {
    /// Reads a signed message; `None` if its length is that of no receipt.
    #[inline(always)]
    pub fn parse(message: &[u8]) -> Option<Self> {
        let (head, tail) = message.split_first_chunk::<LEN>()?;
        let commitment = match tail.len() {
            0 => None,
            36 => {
                let (root, steps) = tail.split_first_chunk::<32>()?;
                Some((*root, u32::from_le_bytes(*steps.first_chunk()?)))
            }
            _ => return None,
        };
        let (domain, rest) = head.split_first_chunk::<32>()?;
        let (job, rest) = rest.split_first_chunk::<32>()?;
        let (opened_at, rest) = rest.split_first_chunk::<8>()?;
        let (units, rest) = rest.split_first_chunk::<8>()?;
        Some(Self {
            domain: *domain,
            job: Address::new_from_array(*job),
            opened_at: i64::from_le_bytes(*opened_at),
            units: u64::from_le_bytes(*units),
            through: i64::from_le_bytes(*rest.first_chunk()?),
            commitment,
        })
    }

    /// The bytes to sign.
    #[cfg(feature = "std")]
    pub fn encode(&self) -> std::vec::Vec<u8> {
        let mut message = std::vec::Vec::with_capacity(VERIFIABLE_LEN);
        message.extend_from_slice(&self.domain);
        message.extend_from_slice(self.job.as_ref());
        message.extend_from_slice(&self.opened_at.to_le_bytes());
        message.extend_from_slice(&self.units.to_le_bytes());
        message.extend_from_slice(&self.through.to_le_bytes());
        if let Some((root, steps)) = &self.commitment {
            message.extend_from_slice(root);
            message.extend_from_slice(&steps.to_le_bytes());
        }
        message
    }
}

/// The receipt domain of a cluster, by its genesis hash.
#[cfg(feature = "std")]
pub fn domain(cluster: &[u8; 32]) -> [u8; 32] {
    use sha2::Digest;
    let mut hasher = sha2::Sha256::new();
    hasher.update(DOMAIN_TAG);
    hasher.update(cluster);
    hasher.update(crate::ID.as_ref());
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_survives_the_round_trip_and_no_other_length_is_one() {
        let mut receipt = Receipt {
            domain: [1; 32],
            job: Address::new_from_array([2; 32]),
            opened_at: -3,
            units: 4,
            through: 5,
            commitment: None,
        };
        assert_eq!(receipt.encode().len(), LEN);
        assert_eq!(Receipt::parse(&receipt.encode()), Some(receipt));
        receipt.commitment = Some(([6; 32], 7));
        let message = receipt.encode();
        assert_eq!(message.len(), VERIFIABLE_LEN);
        assert_eq!(Receipt::parse(&message), Some(receipt));
        for len in (0..message.len()).filter(|len| *len != LEN) {
            assert_eq!(Receipt::parse(&message[..len]), None);
        }
    }
}
