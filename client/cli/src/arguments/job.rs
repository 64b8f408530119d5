//! Which job is meant.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use tally_client::interface::{Address, pda};

/// A job by its address, or by its number among the jobs that the key's own wallet has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobRef {
    /// The `Job` account.
    Address(Address),
    /// The nonce.
    Number(u64),
}

impl JobRef {
    /// The account, if `wallet` is the consumer that a number counts from.
    pub fn address(&self, wallet: &Address) -> Address {
        match self {
            Self::Address(address) => *address,
            Self::Number(nonce) => pda::job(wallet, *nonce),
        }
    }
}

impl FromStr for JobRef {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(nonce) = text.parse() {
            return Ok(Self::Number(nonce));
        }
        text.parse().map(Self::Address).map_err(|_| {
            format!(
                "\"{text}\" is no job; write its address, or the number of one of your own jobs as a consumer"
            )
        })
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Number(nonce) => write!(f, "{nonce}"),
        }
    }
}

impl Serialize for JobRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_an_address_or_a_number() {
        let wallet = Address::new_from_array([7; 32]);
        let by_number: JobRef = "3".parse().unwrap();
        assert_eq!(by_number.address(&wallet), pda::job(&wallet, 3));
        let by_address: JobRef = wallet.to_string().parse().unwrap();
        assert_eq!(by_address.address(&Address::default()), wallet);
        assert!("x".parse::<JobRef>().is_err() && "-1".parse::<JobRef>().is_err());
    }
}
