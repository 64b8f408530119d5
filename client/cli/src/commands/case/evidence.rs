//! What a registered meter signed, as evidence in a transaction.

use crate::arguments::ReceiptText;
use crate::failure::{Failure, Result, refused};
use serde::{Serialize, Serializer};
use solana_instruction::Instruction;
use std::str::FromStr;
use tally_client::interface::Address;
use tally_client::interface::accounts::{Config, Job};
use tally_client::interface::instructions::START;
use tally_client::pack::IN_FRONT;
use tally_client::receipts::SignedReceipt;

/// A moment that a meter attests: a signed receipt, or the job's start, where nothing was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attested {
    /// The job's start.
    Start,
    /// A receipt.
    Receipt(Box<ReceiptText>),
}

impl FromStr for Attested {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "start" {
            return Ok(Self::Start);
        }
        text.parse().map(|receipt| Self::Receipt(Box::new(receipt)))
    }
}

impl Serialize for Attested {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Start => serializer.serialize_str("start"),
            Self::Receipt(receipt) => receipt.serialize(serializer),
        }
    }
}

/// Two moments that follow each other, as a transaction has them.
pub struct Between {
    /// The verifications that stand first in it.
    pub verify: Vec<Instruction>,
    /// Index of the first, or [`START`].
    pub first: u16,
    /// Index of the second.
    pub second: u16,
    /// From when to when.
    pub times: (i64, i64),
    /// Units counted between them.
    pub units: u64,
}

/// Refuses a receipt that the job's registered meter did not sign for this very job.
fn genuine(receipt: &SignedReceipt, address: &Address, job: &Job, config: &Config) -> Result<()> {
    let order = &job.terms.order;
    if receipt.meter != order.meter || !receipt.is_genuine() {
        return refused(format!("the receipt is not signed by the job's registered meter {}", order.meter));
    }
    let said = &receipt.receipt;
    if said.job != *address || said.opened_at != job.opened_at || said.domain != config.receipt_domain {
        return refused("the receipt is of another job or network");
    }
    Ok(())
}

/// Reads the evidence of two moments.
pub fn between(
    first: &Attested,
    second: &ReceiptText,
    (address, job): (&Address, &Job),
    config: &Config,
) -> Result<Between> {
    let at = u16::try_from(IN_FRONT).unwrap_or(START);
    let later = &second.0;
    genuine(later, address, job, config)?;
    let mut verify = Vec::new();
    let (index, from, before) = match first {
        Attested::Start => (START, job.started_at, 0),
        Attested::Receipt(receipt) => {
            let earlier = &receipt.0;
            genuine(earlier, address, job, config)?;
            verify.push(earlier.instruction());
            (at, earlier.receipt.through, earlier.receipt.units)
        }
    };
    verify.push(later.instruction());
    let (to, after) = (later.receipt.through, later.receipt.units);
    let (Some(units), true) = (after.checked_sub(before), from < to) else {
        return Err(Failure::Usage(
            "the second receipt must be the later one, of at least as many units".into(),
        ));
    };
    let second = at.saturating_add(u16::from(index != START));
    Ok(Between { verify, first: index, second, times: (from, to), units })
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_keypair::Keypair;
    use solana_signer::Signer;
    use tally_client::interface::receipt::Receipt;

    #[test]
    fn evidence_is_of_the_jobs_own_meter_and_in_order() {
        let key = Keypair::new();
        let (address, mut job): (_, Job) = (Address::new_from_array([7; 32]), bytemuck::Zeroable::zeroed());
        (job.opened_at, job.started_at, job.terms.order.meter) = (1, 100, key.pubkey());
        let config: Config = bytemuck::Zeroable::zeroed();
        let receipt = |units: u64, through: i64| {
            let receipt =
                Receipt { domain: [0; 32], job: address, opened_at: 1, units, through, commitment: None };
            ReceiptText(SignedReceipt::sign(&key, receipt).unwrap())
        };
        let judge =
            |first: &Attested, second: &ReceiptText| between(first, second, (&address, &job), &config);
        let found = judge(&Attested::Start, &receipt(5, 200)).unwrap();
        assert_eq!((found.first, found.second, found.verify.len()), (START, 2, 1));
        assert_eq!((found.times, found.units), ((100, 200), 5));
        let earlier = Attested::Receipt(Box::new(receipt(5, 200)));
        let found = judge(&earlier, &receipt(9, 300)).unwrap();
        assert_eq!((found.first, found.second, found.units), (2, 3, 4));
        for bad in [receipt(4, 300), receipt(9, 200)] {
            assert!(judge(&earlier, &bad).is_err());
        }
        let mut forged = receipt(9, 300);
        forged.0.receipt.units = 10;
        assert!(judge(&earlier, &forged).err().unwrap().sentence().contains("registered meter"));
        let mut other = job;
        other.opened_at = 2;
        let told = between(&earlier, &receipt(9, 300), (&address, &other), &config).err().unwrap();
        assert!(told.sentence().contains("another job"));
    }
}
