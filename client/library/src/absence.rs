//! Statements of absence: signed by a registered meter, evidence of an outage without receipts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{Config, Job};
use settlement_interface::instructions::verify_receipt;
use settlement_interface::{Address, SettlementError};
use solana_instruction::Instruction;
use solana_signature::Signature;
use solana_signer::{Signer, SignerError};

/// A statement and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAbsence {
    /// What is attested.
    pub absence: Absence,
    /// Key that signed.
    pub meter: Address,
    /// Over [`Absence::encode`].
    pub signature: Signature,
}

impl SignedAbsence {
    /// Signs a statement.
    ///
    /// # Errors
    /// What the signer says.
    pub fn sign(meter: &dyn Signer, absence: Absence) -> Result<Self, SignerError> {
        let signature = meter.try_sign_message(&absence.encode())?;
        Ok(Self { absence, meter: meter.try_pubkey()?, signature })
    }

    /// Checks that the job's own meter signed it for this very job; whether it is an outage is not looked at.
    ///
    /// # Errors
    /// The program's own refusal.
    pub fn check(&self, address: &Address, job: &Job, config: &Config) -> Result<(), SettlementError> {
        if !self.signature.verify(self.meter.as_ref(), &self.absence.encode()) {
            return Err(SettlementError::NoReceipt);
        }
        if self.absence.domain != config.receipt_domain {
            return Err(SettlementError::ReceiptDomain);
        }
        if self.absence.job != *address || self.absence.opened_at != job.opened_at {
            return Err(SettlementError::ReceiptJob);
        }
        if self.meter != job.terms.order.meter {
            return Err(SettlementError::WrongMeter);
        }
        Ok(())
    }

    /// The Ed25519 instruction that `open_case` looks for.
    pub fn instruction(&self) -> Instruction {
        verify_receipt(&self.meter, self.signature.as_array(), &self.absence.encode())
    }

    /// Text to hand over: base64 of key, signature and statement.
    pub fn to_text(&self) -> String {
        STANDARD.encode([self.meter.as_ref(), self.signature.as_ref(), &self.absence.encode()].concat())
    }

    /// Reads [`SignedAbsence::to_text`]; `None` if it is something else. The signature is not checked.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        let (meter, rest) = bytes.split_first_chunk::<32>()?;
        let (signature, message) = rest.split_first_chunk::<64>()?;
        let absence = Absence::parse(message)?;
        Some(Self { absence, meter: Address::new_from_array(*meter), signature: Signature::from(*signature) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use solana_keypair::Keypair;

    #[test]
    fn a_statement_survives_text_and_is_of_one_job_and_its_meter() {
        let key = Keypair::new();
        let job_address = Address::new_from_array([2; 32]);
        let absence = Absence { domain: [1; 32], job: job_address, opened_at: 3, from: 4, to: 5 };
        let signed = SignedAbsence::sign(&key, absence).unwrap();
        assert_eq!(SignedAbsence::from_text(&format!("{}\n", signed.to_text())), Some(signed.clone()));
        assert_eq!(SignedAbsence::from_text("no"), None);
        let mut job = Job { opened_at: 3, ..Job::zeroed() };
        job.terms.order.meter = key.pubkey();
        let config = Config { receipt_domain: [1; 32], ..Config::zeroed() };
        assert_eq!(signed.check(&job_address, &job, &config), Ok(()));
        let judge =
            |signed: &SignedAbsence, job: &Job, config: &Config| signed.check(&job_address, job, config);
        assert_eq!(judge(&signed, &job, &Config::zeroed()), Err(SettlementError::ReceiptDomain));
        let other = Job { opened_at: 4, ..job };
        assert_eq!(judge(&signed, &other, &config), Err(SettlementError::ReceiptJob));
        let mut other = job;
        other.terms.order.meter = Address::default();
        assert_eq!(judge(&signed, &other, &config), Err(SettlementError::WrongMeter));
        let mut longer = signed;
        longer.absence.to = 6;
        assert_eq!(judge(&longer, &job, &config), Err(SettlementError::NoReceipt));
    }
}
