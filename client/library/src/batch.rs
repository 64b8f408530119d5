//! Receipts of many jobs by one signature of their registered meter: what a meter hands over, and the
//! transaction that has them accepted.
//!
//! A job takes nine bytes of a transaction whose lookup table has its address, and 41 of one without; how
//! many jobs fit either is stated in `docs/benchmarks.md` and held by a test.

use crate::pack::Piece;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use settlement_interface::accounts::{Config, Job};
use settlement_interface::batch::{message, siblings};
use settlement_interface::instructions::{Network, verify_receipt};
use settlement_interface::{Address, SettlementError};
use solana_instruction::Instruction;
use solana_signature::Signature;
use solana_signer::{Signer, SignerError};

/// Most jobs of one transaction: with the eight other accounts of its two instructions they are all that
/// a transaction may lock.
pub const MOST_JOBS: usize = 56;
/// Bytes of a batch's text before its jobs: key, signature, domain, through.
const HEAD: usize = 32 + 64 + 32 + 8;
/// Bytes of each job in it: address, `opened_at`, units.
const ENTRY: usize = 32 + 8 + 8;

/// One job of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The job.
    pub job: Address,
    /// Its `opened_at`, Unix seconds.
    pub opened_at: i64,
    /// Cumulative units.
    pub units: u64,
}

/// A batch and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBatch {
    /// `Config.receipt_domain`.
    pub domain: [u8; 32],
    /// Unix seconds up to which all units were counted.
    pub through: i64,
    /// The jobs, in the order in which they are signed.
    pub entries: Vec<Entry>,
    /// Key that signed.
    pub meter: Address,
    /// Over [`settlement_interface::batch::message`].
    pub signature: Signature,
}

/// Why text is no signed batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not base64.
    #[error("a signed batch is base64 text; this is not")]
    Encoding,
    /// Of a length that no batch has.
    #[error("a signed batch is a key, a signature, a domain, a time and 48 bytes for each job; this is not")]
    Length,
}

fn signed(domain: &[u8; 32], entries: &[Entry], through: i64) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|one| (one.job, one.opened_at, one.units)).collect();
    message(domain, &entries, through)
}

impl SignedBatch {
    /// Signs receipts of these jobs, all through the same time.
    ///
    /// # Errors
    /// What the signer says.
    pub fn sign(
        meter: &dyn Signer,
        domain: [u8; 32],
        entries: Vec<Entry>,
        through: i64,
    ) -> Result<Self, SignerError> {
        let signature = meter.try_sign_message(&signed(&domain, &entries, through))?;
        Ok(Self { domain, through, entries, meter: meter.try_pubkey()?, signature })
    }

    /// Whether the signature is the meter's.
    pub fn is_genuine(&self) -> bool {
        self.signature.verify(self.meter.as_ref(), &signed(&self.domain, &self.entries, self.through))
    }

    /// Checks what makes the program refuse the batch as a whole: `jobs` are its jobs in order as the chain
    /// has them, `None` for one that is gone. A job that does not qualify is skipped, not refused.
    ///
    /// # Errors
    /// The program's own refusal.
    pub fn check(&self, jobs: &[Option<Job>], config: &Config) -> Result<(), SettlementError> {
        if !self.is_genuine() {
            return Err(SettlementError::NoReceipt);
        }
        if self.entries.is_empty() || jobs.len() != self.entries.len() {
            return Err(SettlementError::BatchAccounts);
        }
        let same = |(job, entry): (&Option<Job>, &Entry)| {
            job.as_ref().is_none_or(|job| job.opened_at == entry.opened_at)
        };
        if self.domain != config.receipt_domain || !jobs.iter().zip(&self.entries).all(same) {
            return Err(SettlementError::BatchForm);
        }
        Ok(())
    }

    /// The two instructions, of which the first stands at index `at` of the transaction. `gone` are those of
    /// its jobs that the chain no longer has.
    pub fn instructions(&self, network: &Network, gone: &[Address], at: u16) -> [Instruction; 2] {
        let jobs: Vec<_> = self.entries.iter().map(|one| (one.job, one.units)).collect();
        let verify = self.verification();
        let left = self.entries.iter().filter(|one| gone.contains(&one.job)).map(|one| one.opened_at);
        let left: Vec<i64> = left.collect();
        [verify, network.accept_batch_without(&jobs, &left, self.through, at)]
    }

    /// The Ed25519 instruction alone, for an answer to an outage case.
    pub fn verification(&self) -> Instruction {
        let message = signed(&self.domain, &self.entries, self.through);
        verify_receipt(&self.meter, self.signature.as_array(), &message)
    }

    /// What proves the entry of this number, from 0, to be in the batch.
    pub fn siblings(&self, entry: usize) -> Vec<[u8; 32]> {
        let entries: Vec<_> = self.entries.iter().map(|one| (one.job, one.opened_at, one.units)).collect();
        siblings(&entries, self.through, entry)
    }

    /// The same for [`crate::pack::pack`].
    pub fn piece<'a>(&'a self, network: Network, gone: &'a [Address]) -> Piece<'a> {
        Box::new(move |at| self.instructions(&network, gone, at).into())
    }

    /// Text to hand over: base64 of key, signature, domain, time (little-endian) and jobs.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::with_capacity(HEAD.saturating_add(ENTRY.saturating_mul(self.entries.len())));
        bytes.extend_from_slice(self.meter.as_ref());
        bytes.extend_from_slice(self.signature.as_ref());
        bytes.extend_from_slice(&self.domain);
        bytes.extend_from_slice(&self.through.to_le_bytes());
        for Entry { job, opened_at, units } in &self.entries {
            bytes.extend_from_slice(job.as_ref());
            bytes.extend_from_slice(&opened_at.to_le_bytes());
            bytes.extend_from_slice(&units.to_le_bytes());
        }
        STANDARD.encode(bytes)
    }

    /// Reads [`SignedBatch::to_text`]. The signature is not checked: see [`SignedBatch::is_genuine`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_text(text: &str) -> Result<Self, Malformed> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| Malformed::Encoding)?;
        let read = || {
            let (meter, rest) = bytes.split_first_chunk::<32>()?;
            let (signature, rest) = rest.split_first_chunk::<64>()?;
            let (domain, rest) = rest.split_first_chunk::<32>()?;
            let (through, rest) = rest.split_first_chunk::<8>()?;
            let (entries, []) = rest.as_chunks::<ENTRY>() else { return None };
            Some(Self {
                domain: *domain,
                through: i64::from_le_bytes(*through),
                entries: entries.iter().map(entry).collect::<Option<_>>()?,
                meter: Address::new_from_array(*meter),
                signature: Signature::from(*signature),
            })
        };
        read().ok_or(Malformed::Length)
    }
}

fn entry(bytes: &[u8; ENTRY]) -> Option<Entry> {
    let (job, rest) = bytes.split_first_chunk::<32>()?;
    let (opened_at, units) = rest.split_first_chunk::<8>()?;
    Some(Entry {
        job: Address::new_from_array(*job),
        opened_at: i64::from_le_bytes(*opened_at),
        units: u64::from_le_bytes(units.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use solana_keypair::Keypair;

    fn batch() -> (SignedBatch, Keypair) {
        let key = Keypair::new();
        let entry =
            |n: u8| Entry { job: Address::new_from_array([n; 32]), opened_at: 5, units: u64::from(n) };
        (SignedBatch::sign(&key, [1; 32], (1..=3).map(entry).collect(), 9).unwrap(), key)
    }

    #[test]
    fn a_batch_survives_text_and_a_changed_one_is_not_genuine() {
        let (signed, _) = batch();
        assert!(signed.is_genuine());
        assert_eq!(SignedBatch::from_text(&format!(" {}\n", signed.to_text())), Ok(signed.clone()));
        let mut other = signed.clone();
        other.entries[1].units += 1;
        assert!(!other.is_genuine());
        let other = SignedBatch { through: 10, ..signed };
        assert!(!other.is_genuine());
    }

    #[test]
    fn text_that_is_no_batch_is_refused() {
        assert_eq!(SignedBatch::from_text("no!"), Err(Malformed::Encoding));
        assert_eq!(SignedBatch::from_text(""), Err(Malformed::Length));
        let longer = STANDARD.encode([STANDARD.decode(batch().0.to_text()).unwrap(), vec![0]].concat());
        assert_eq!(SignedBatch::from_text(&longer), Err(Malformed::Length));
    }

    #[test]
    fn what_makes_the_program_refuse_all_of_it_is_found_before_it_is_sent() {
        let (signed, key) = batch();
        let config = Config { receipt_domain: [1; 32], ..Config::zeroed() };
        let jobs = [Some(Job { opened_at: 5, ..Job::zeroed() }); 3];
        assert_eq!(signed.check(&jobs, &config), Ok(()));
        assert_eq!(signed.check(&jobs[..2], &config), Err(SettlementError::BatchAccounts));
        assert_eq!(signed.check(&[jobs[0], None, jobs[0]], &config), Ok(()));
        let reopened = [jobs[0], jobs[0], Some(Job { opened_at: 6, ..Job::zeroed() })];
        assert_eq!(signed.check(&reopened, &config), Err(SettlementError::BatchForm));
        let elsewhere = Config { receipt_domain: [2; 32], ..config };
        assert_eq!(signed.check(&jobs, &elsewhere), Err(SettlementError::BatchForm));
        let forged = SignedBatch { meter: Keypair::new().pubkey(), ..signed };
        assert_eq!(forged.check(&jobs, &config), Err(SettlementError::NoReceipt));
        let empty = SignedBatch::sign(&key, [1; 32], vec![], 9).unwrap();
        assert_eq!(empty.check(&[], &config), Err(SettlementError::BatchAccounts));
    }
}
