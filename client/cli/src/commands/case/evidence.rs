//! What a registered meter signed, as evidence in a transaction.

use crate::arguments::{BatchText, ReceiptText};
use crate::failure::{Failure, Result, refused};
use serde::{Serialize, Serializer};
use solana_instruction::Instruction;
use std::str::FromStr;
use tally_client::batch::Entry;
use tally_client::interface::Address;
use tally_client::interface::accounts::{Config, Job};
use tally_client::interface::instructions::{LAST, Listed, START};
use tally_client::pack::IN_FRONT;

/// Words of a meter: a signed receipt or batch, the job's start, where nothing was counted, or the last words
/// that were accepted of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attested {
    /// The job's start.
    Start,
    /// What the job's account has.
    Last,
    /// A receipt.
    Receipt(Box<ReceiptText>),
    /// A batch that has the job.
    Batch(Box<BatchText>),
}

impl FromStr for Attested {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "start" => Ok(Self::Start),
            "last" => Ok(Self::Last),
            _ => {
                let receipt = text.parse::<ReceiptText>().map(|receipt| Self::Receipt(Box::new(receipt)));
                let batch = || text.parse::<BatchText>().map(|batch| Self::Batch(Box::new(batch)));
                receipt.or_else(|why| batch().map_err(|_| why))
            }
        }
    }
}

impl Serialize for Attested {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Start => serializer.serialize_str("start"),
            Self::Last => serializer.serialize_str("last"),
            Self::Receipt(receipt) => receipt.serialize(serializer),
            Self::Batch(batch) => batch.serialize(serializer),
        }
    }
}

/// What proves a batch's entry; empty for words that are in no batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    units: u64,
    through: i64,
    siblings: Vec<[u8; 32]>,
}

impl Proof {
    /// The same for the instruction.
    pub fn listed(&self) -> Listed<'_> {
        Listed { units: self.units, through: self.through, siblings: &self.siblings }
    }
}

/// One of two words, as a transaction has it.
struct Word {
    /// The verification that it needs, or what stands in place of an index.
    at: std::result::Result<Instruction, u16>,
    time: i64,
    units: u64,
    proof: Proof,
}

/// Two words that follow each other, as a transaction has them.
pub struct Between {
    /// The verifications that stand first in it.
    pub verify: Vec<Instruction>,
    /// Index of the first, or what stands in its place.
    pub first: u16,
    /// Index of the second.
    pub second: u16,
    /// From when to when.
    pub times: (i64, i64),
    /// Units counted between them.
    pub units: u64,
    /// What proves them if they are of batches.
    pub proofs: [Proof; 2],
}

/// Reads a word, and refuses one that the job's registered meter did not sign for this very job.
fn word(attested: &Attested, address: &Address, job: &Job, config: &Config) -> Result<Word> {
    let meter = &job.terms.order.meter;
    let forged = || refused(format!("it is not signed by the job's registered meter {meter}"));
    let foreign = || refused("it is of another job or network");
    let plain = |at, time, units| Ok(Word { at, time, units, proof: Proof::default() });
    match attested {
        Attested::Start => plain(Err(START), job.started_at, 0),
        Attested::Last => plain(Err(LAST), job.through, job.units),
        Attested::Receipt(receipt) => {
            let signed = &receipt.0;
            let said = &signed.receipt;
            if signed.meter != *meter || !signed.is_genuine() {
                return forged();
            }
            if said.job != *address || said.opened_at != job.opened_at || said.domain != config.receipt_domain
            {
                return foreign();
            }
            plain(Ok(signed.instruction()), said.through, said.units)
        }
        Attested::Batch(batch) => {
            let signed = &batch.0;
            if signed.meter != *meter || !signed.is_genuine() {
                return forged();
            }
            let is_this = |entry: &Entry| entry.job == *address && entry.opened_at == job.opened_at;
            let place = signed.entries.iter().position(is_this);
            let found = place.and_then(|place| Some((place, signed.entries.get(place)?)));
            let (Some((place, entry)), true) = (found, signed.domain == config.receipt_domain) else {
                return foreign();
            };
            let (time, units) = (signed.through, entry.units);
            let proof = Proof { units, through: time, siblings: signed.siblings(place) };
            Ok(Word { at: Ok(signed.verification()), time, units, proof })
        }
    }
}

/// Reads the evidence of two words.
pub fn between(
    first: &Attested,
    second: &Attested,
    (address, job): (&Address, &Job),
    config: &Config,
) -> Result<Between> {
    let [before, after] = [word(first, address, job, config)?, word(second, address, job, config)?];
    let (Some(units), true) = (after.units.checked_sub(before.units), before.time < after.time) else {
        return Err(Failure::Usage(
            "the second words must be the later ones, of at least as many units".into(),
        ));
    };
    let mut verify = Vec::new();
    let mut place = |at: std::result::Result<Instruction, u16>| match at {
        Ok(instruction) => {
            let index = u16::try_from(IN_FRONT.saturating_add(verify.len())).unwrap_or(START);
            verify.push(instruction);
            index
        }
        Err(stands_for) => stands_for,
    };
    let (first, second) = (place(before.at), place(after.at));
    let times = (before.time, after.time);
    Ok(Between { verify, first, second, times, units, proofs: [before.proof, after.proof] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_keypair::Keypair;
    use solana_signer::Signer;
    use tally_client::batch::SignedBatch;
    use tally_client::interface::receipt::Receipt;
    use tally_client::receipts::SignedReceipt;

    #[test]
    fn evidence_is_of_the_jobs_own_meter_and_in_order() {
        let key = Keypair::new();
        let (address, mut job): (_, Job) = (Address::new_from_array([7; 32]), bytemuck::Zeroable::zeroed());
        (job.opened_at, job.started_at, job.terms.order.meter) = (1, 100, key.pubkey());
        (job.units, job.through) = (7, 250);
        let config: Config = bytemuck::Zeroable::zeroed();
        let signed = |units: u64, through: i64| {
            let receipt =
                Receipt { domain: [0; 32], job: address, opened_at: 1, units, through, commitment: None };
            SignedReceipt::sign(&key, receipt).unwrap()
        };
        let receipt =
            |units: u64, through: i64| Attested::Receipt(Box::new(ReceiptText(signed(units, through))));
        let judge = |first: &Attested, second: &Attested| between(first, second, (&address, &job), &config);
        let found = judge(&Attested::Start, &receipt(5, 200)).unwrap();
        assert_eq!((found.first, found.second, found.verify.len()), (START, 2, 1));
        assert_eq!((found.times, found.units), ((100, 200), 5));
        let earlier = receipt(5, 200);
        let found = judge(&earlier, &receipt(9, 300)).unwrap();
        assert_eq!((found.first, found.second, found.units), (2, 3, 4));
        let found = judge(&earlier, &Attested::Last).unwrap();
        assert_eq!((found.first, found.second, found.units, found.times.1), (2, LAST, 2, 250));
        for bad in [receipt(4, 300), receipt(9, 200), Attested::Start] {
            assert!(judge(&earlier, &bad).is_err());
        }
        let mut forged = signed(9, 300);
        forged.receipt.units = 10;
        let forged = Attested::Receipt(Box::new(ReceiptText(forged)));
        assert!(judge(&earlier, &forged).err().unwrap().sentence().contains("registered meter"));
        let mut other = job;
        other.opened_at = 2;
        let told = between(&earlier, &receipt(9, 300), (&address, &other), &config).err().unwrap();
        assert!(told.sentence().contains("another job"));
    }

    #[test]
    fn a_batch_is_evidence_of_each_of_its_jobs() {
        let key = Keypair::new();
        let entry =
            |n: u8| Entry { job: Address::new_from_array([n; 32]), opened_at: 1, units: u64::from(n) };
        let batch = SignedBatch::sign(&key, [0; 32], (1..=5).map(entry).collect(), 300).unwrap();
        let text: Attested = batch.to_text().parse().unwrap();
        let config: Config = bytemuck::Zeroable::zeroed();
        let mut job: Job = bytemuck::Zeroable::zeroed();
        (job.opened_at, job.terms.order.meter) = (1, key.pubkey());
        let address = Address::new_from_array([4; 32]);
        let found = between(&Attested::Start, &text, (&address, &job), &config).unwrap();
        assert_eq!((found.units, found.times.1, found.second), (4, 300, 2));
        assert_eq!(found.proofs[0], Proof::default());
        assert_eq!((found.proofs[1].units, found.proofs[1].siblings.len()), (4, 3));
        let stranger = Address::new_from_array([9; 32]);
        assert!(between(&Attested::Start, &text, (&stranger, &job), &config).is_err());
    }
}
