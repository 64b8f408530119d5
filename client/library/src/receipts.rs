//! Receipts: signed by a meter, checked by whoever is to be paid by them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use settlement_interface::accounts::{Config, Job, JobState};
use settlement_interface::instructions::verify_receipt;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::accept_receipt;
use settlement_interface::{Address, SettlementError};
use solana_instruction::Instruction;
use solana_signature::Signature;
use solana_signer::{Signer, SignerError};

/// A receipt and its signature: what a meter hands to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReceipt {
    /// What is attested.
    pub receipt: Receipt,
    /// Key that signed.
    pub meter: Address,
    /// Over [`Receipt::encode`].
    pub signature: Signature,
}

/// Why text is no signed receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not base64.
    #[error("a signed receipt is base64 text; this is not")]
    Encoding,
    /// Too short, or of a length that no receipt has.
    #[error(
        "a signed receipt is a key, a signature and a receipt of 88 or 124 bytes; this is something else"
    )]
    Length,
}

impl SignedReceipt {
    /// Signs a receipt.
    ///
    /// # Errors
    /// What the signer says, such as that a hardware wallet is not there.
    pub fn sign(meter: &dyn Signer, receipt: Receipt) -> Result<Self, SignerError> {
        let signature = meter.try_sign_message(&receipt.encode())?;
        Ok(Self { receipt, meter: meter.try_pubkey()?, signature })
    }

    /// Whether the signature is the meter's.
    pub fn is_genuine(&self) -> bool {
        self.signature.verify(self.meter.as_ref(), &self.receipt.encode())
    }

    /// Checks everything that the program will check when this is settled at a `moment` (Unix seconds and slot), so
    /// that a provider knows before it works on that it will be paid. Prices and escrow are not looked at.
    ///
    /// # Errors
    /// The program's own refusal.
    pub fn check(
        &self,
        address: &Address,
        job: &Job,
        config: &Config,
        moment: (i64, u64),
    ) -> Result<(), SettlementError> {
        let verifiable = job.terms.order.verifiable != 0;
        if !self.is_genuine() {
            return Err(SettlementError::NoReceipt);
        }
        if self.receipt.commitment.is_some() != verifiable {
            return Err(SettlementError::ReceiptForm);
        }
        if self.receipt.domain != config.receipt_domain {
            return Err(SettlementError::ReceiptDomain);
        }
        if self.receipt.job != *address || self.receipt.opened_at != job.opened_at {
            return Err(SettlementError::ReceiptJob);
        }
        if !matches!(job.state(), Some(JobState::Running | JobState::Closing)) {
            return Err(SettlementError::WrongState);
        }
        let meters = job.meters();
        let (units, through) = (self.receipt.units, self.receipt.through);
        accept_receipt(&job.progress(), &meters, &self.meter, units, through, moment)
    }

    /// The Ed25519 instruction that `settle` looks for.
    pub fn instruction(&self) -> Instruction {
        verify_receipt(&self.meter, self.signature.as_array(), &self.receipt.encode())
    }

    /// Text to hand over: base64 of key, signature and receipt.
    pub fn to_text(&self) -> String {
        STANDARD.encode([self.meter.as_ref(), self.signature.as_ref(), &self.receipt.encode()].concat())
    }

    /// Reads [`SignedReceipt::to_text`]. The signature is not checked: see [`SignedReceipt::is_genuine`].
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn from_text(text: &str) -> Result<Self, Malformed> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| Malformed::Encoding)?;
        let (meter, rest) = bytes.split_first_chunk::<32>().ok_or(Malformed::Length)?;
        let (signature, message) = rest.split_first_chunk::<64>().ok_or(Malformed::Length)?;
        let receipt = Receipt::parse(message).ok_or(Malformed::Length)?;
        Ok(Self { receipt, meter: Address::new_from_array(*meter), signature: Signature::from(*signature) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_keypair::Keypair;

    fn receipt() -> Receipt {
        Receipt {
            domain: [1; 32],
            job: Address::new_from_array([2; 32]),
            opened_at: 3,
            units: 4,
            through: 5,
            commitment: None,
        }
    }

    #[test]
    fn a_signed_receipt_survives_text_and_a_changed_one_is_not_genuine() {
        let signed = SignedReceipt::sign(&Keypair::new(), receipt()).unwrap();
        assert!(signed.is_genuine());
        let read = SignedReceipt::from_text(&format!(" {}\n", signed.to_text())).unwrap();
        assert_eq!(read, signed);
        let mut more = signed.clone();
        more.receipt.units += 1;
        assert!(!more.is_genuine());
        let other = SignedReceipt { meter: Keypair::new().pubkey(), ..signed };
        assert!(!other.is_genuine());
    }

    #[test]
    fn text_that_is_no_receipt_is_refused() {
        assert_eq!(SignedReceipt::from_text("no!"), Err(Malformed::Encoding));
        assert_eq!(SignedReceipt::from_text(""), Err(Malformed::Length));
        let signed = SignedReceipt::sign(&Keypair::new(), receipt()).unwrap();
        let longer = STANDARD.encode([STANDARD.decode(signed.to_text()).unwrap(), vec![0]].concat());
        assert_eq!(SignedReceipt::from_text(&longer), Err(Malformed::Length));
    }
}
