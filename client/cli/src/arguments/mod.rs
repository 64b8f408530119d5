//! Arguments as people write them. All keep what was typed, because that is what an intent is known by
//! when the same command is run again.

mod amount;
mod file;
mod job;
mod panel;
mod percent;
mod receipt;
mod time;

pub use amount::Amount;
pub use file::HashedFile;
pub use job::JobRef;
pub use panel::PanelText;
pub use percent::Percent;
pub use receipt::{BatchText, ReceiptText, SignedAbsenceText};
pub use tally_client::digest::Digest;
pub use tally_client::order::gpu_hours;
pub use time::{Span, When, local, span};

use std::str::FromStr;
use tally_client::interface::Address;

/// A Solana address, base58.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub Address);

impl FromStr for Key {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.parse().map_err(|_| {
            format!(
                "\"{text}\" is no Solana address; write one in base58, such as solana-keygen pubkey prints"
            )
        })?;
        Ok(Self(address))
    }
}

impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
