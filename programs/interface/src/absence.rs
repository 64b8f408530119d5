//! A registered meter's signed statement that a job's provider was absent for a time.
//!
//! Byte layout (little-endian), in the order of the fields. It has the length of no other message that a
//! meter signs, and starts otherwise, so that none is ever taken for another:
//!
//! | bytes | field |
//! |---|---|
//! | 16 | tag: `tally absence v1` |
//! | 32 | receipt domain, which binds cluster and program: see [`crate::receipt`] |
//! | 32 | job |
//! | 8 | the job's `opened_at` |
//! | 8 | from, Unix seconds |
//! | 8 | to, Unix seconds |

use crate::Address;

/// First bytes of the message; another version gets another tag.
pub const TAG: &[u8; 16] = b"tally absence v1";
/// Length of the message.
pub const LEN: usize = 104;

/// The statement's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// `Config.receipt_domain`.
    pub domain: [u8; 32],
    /// The job.
    pub job: Address,
    /// The job's `opened_at`, Unix seconds.
    pub opened_at: i64,
    /// From when nothing was delivered, Unix seconds.
    pub from: i64,
    /// Until when, Unix seconds.
    pub to: i64,
}

impl Absence {
    /// Reads a signed message; `None` if it is no statement of absence.
    pub fn parse(message: &[u8]) -> Option<Self> {
        let rest = message.strip_prefix(TAG.as_slice())?;
        let (domain, rest) = rest.split_first_chunk::<32>()?;
        let (job, rest) = rest.split_first_chunk::<32>()?;
        let (opened_at, rest) = rest.split_first_chunk::<8>()?;
        let (from, rest) = rest.split_first_chunk::<8>()?;
        let (to, rest) = rest.split_first_chunk::<8>()?;
        rest.is_empty().then_some(Self {
            domain: *domain,
            job: Address::new_from_array(*job),
            opened_at: i64::from_le_bytes(*opened_at),
            from: i64::from_le_bytes(*from),
            to: i64::from_le_bytes(*to),
        })
    }

    /// The bytes to sign.
    #[cfg(feature = "std")]
    pub fn encode(&self) -> std::vec::Vec<u8> {
        let mut message = std::vec::Vec::with_capacity(LEN);
        message.extend_from_slice(TAG);
        message.extend_from_slice(&self.domain);
        message.extend_from_slice(self.job.as_ref());
        for time in [self.opened_at, self.from, self.to] {
            message.extend_from_slice(&time.to_le_bytes());
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::{self, Receipt};

    #[test]
    fn a_statement_survives_the_round_trip_and_is_never_taken_for_a_receipt() {
        let statement = Absence {
            domain: [1; 32],
            job: Address::new_from_array([2; 32]),
            opened_at: -3,
            from: 4,
            to: i64::MAX,
        };
        let message = statement.encode();
        assert_eq!(message.len(), LEN);
        assert_eq!(Absence::parse(&message), Some(statement));
        assert_eq!(Receipt::parse(&message), None);
        const { assert!(LEN != receipt::LEN && LEN != receipt::VERIFIABLE_LEN) };
        for length in 0..LEN {
            assert_eq!(Absence::parse(&message[..length]), None);
        }
        let longer = [message.as_slice(), &[0]].concat();
        assert_eq!(Absence::parse(&longer), None);
        let mut other = message;
        other[15] = b'2';
        assert_eq!(Absence::parse(&other), None);
    }
}
