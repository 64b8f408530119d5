//! Signed receipts as text, in a file, or on standard input.

use serde::{Serialize, Serializer};
use std::io::Read;
use std::str::FromStr;
use tally_client::absence::SignedAbsence;
use tally_client::batch::SignedBatch;
use tally_client::receipts::SignedReceipt;

/// A signed receipt: its text, `@FILE`, or `-` for standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptText(pub SignedReceipt);

impl FromStr for ReceiptText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        SignedReceipt::from_text(&content(text)?).map(Self).map_err(|error| error.to_string())
    }
}

/// The text itself, or what is in `@FILE` or on standard input (`-`).
fn content(text: &str) -> Result<String, String> {
    if text == "-" {
        let mut all = String::new();
        let read = std::io::stdin().read_to_string(&mut all);
        read.map_err(|error| format!("standard input cannot be read: {error}"))?;
        return Ok(all);
    }
    match text.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))
        }
        None => Ok(text.to_owned()),
    }
}

/// A meter's signed statement of absence, in the same forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAbsenceText(pub SignedAbsence);

impl FromStr for SignedAbsenceText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let signed = SignedAbsence::from_text(&content(text)?);
        signed.map(Self).ok_or_else(|| {
            "a signed statement of absence is base64 text as \"tally meter sign-absence\" prints it; this is not".to_owned()
        })
    }
}

impl Serialize for SignedAbsenceText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let absence = &self.0.absence;
        serializer.collect_str(&format_args!("{}/{}/{}", absence.job, absence.from, absence.to))
    }
}

/// A signed batch of receipts, in the same forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchText(pub SignedBatch);

impl FromStr for BatchText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        SignedBatch::from_text(&content(text)?).map(Self).map_err(|error| error.to_string())
    }
}

impl Serialize for BatchText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.signature)
    }
}

impl Serialize for ReceiptText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let receipt = &self.0.receipt;
        serializer.collect_str(&format_args!("{}/{}/{}", receipt.job, receipt.units, receipt.through))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_keypair::Keypair;
    use tally_client::interface::Address;
    use tally_client::interface::receipt::Receipt;

    #[test]
    fn a_receipt_is_read_from_text_or_file_and_known_by_what_it_says() {
        let receipt = Receipt {
            domain: [0; 32],
            job: Address::default(),
            opened_at: 1,
            units: 2,
            through: 3,
            commitment: None,
        };
        let signed = SignedReceipt::sign(&Keypair::new(), receipt).unwrap();
        let read: ReceiptText = signed.to_text().parse().unwrap();
        assert_eq!(read.0, signed);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt");
        std::fs::write(&path, format!("{}\n", signed.to_text())).unwrap();
        assert_eq!(format!("@{}", path.display()).parse(), Ok(read.clone()));
        let name = serde_json::to_value(&read).unwrap();
        assert_eq!(name, format!("{}/2/3", Address::default()));
        assert!("abc".parse::<ReceiptText>().is_err());
    }
}
