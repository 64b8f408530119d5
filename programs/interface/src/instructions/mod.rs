//! Builders of every instruction, for clients. Account orders are those of the program's IDL, and a
//! test of the project compares the two.
//!
//! Amounts in base units, USD in micro-dollars, times in Unix seconds. A builder only arranges
//! bytes: whether the program agrees is for the program to say.

mod admin;
mod case;
mod dispute;
mod job;
mod market;
mod money;
mod party;
mod stable;
mod third_party;

pub use case::{Evidence, LAST, Listed, START};
pub use stable::StableNetwork;

use crate::accounts::Job;
use crate::pda;
use crate::wire::discriminator;
use crate::{Address, ID, ed25519};
use solana_instruction::{AccountMeta, Instruction};
use std::vec::Vec;

/// What of the network's configuration instructions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The compute token.
    pub mint: Address,
    /// The pinned feed account.
    pub feed: Address,
}

/// The parts of a job that its instructions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobKeys {
    /// The `Job`.
    pub job: Address,
    /// The `Provider`; zero while an auction has none.
    pub provider: Address,
}

impl JobKeys {
    /// Of a consumer's job by nonce, offered to a provider.
    pub fn new(consumer_wallet: &Address, nonce: u64, provider: &Address) -> Self {
        Self { job: pda::job(consumer_wallet, nonce), provider: *provider }
    }

    /// Of a job account.
    pub fn of(job: &Job) -> Self {
        Self::new(&job.terms.consumer, job.nonce, &job.terms.provider)
    }
}

/// Collects accounts in order; events need the two that [`Accounts::build`] adds.
struct Accounts(Vec<AccountMeta>);

impl Accounts {
    fn new() -> Self {
        Self(Vec::with_capacity(20))
    }
    fn signer(mut self, key: &Address) -> Self {
        self.0.push(AccountMeta::new_readonly(*key, true));
        self
    }
    fn payer(mut self, key: &Address) -> Self {
        self.0.push(AccountMeta::new(*key, true));
        self
    }
    fn read(mut self, key: Address) -> Self {
        self.0.push(AccountMeta::new_readonly(key, false));
        self
    }
    fn write(mut self, key: Address) -> Self {
        self.0.push(AccountMeta::new(key, false));
        self
    }
    /// The job's provider for reading; without one the program's own id, Anchor's sign for an account
    /// that is left out.
    fn read_provider(self, provider: &Address) -> Self {
        self.read(if *provider == Address::default() { ID } else { *provider })
    }
    /// The same for writing.
    fn write_provider(self, provider: &Address) -> Self {
        if *provider == Address::default() { self.read(ID) } else { self.write(*provider) }
    }
    fn build(self, name: &str, arguments: &[&[u8]]) -> Instruction {
        let mut accounts = self.read(pda::event_authority()).read(ID).0;
        accounts.shrink_to_fit();
        let mut data = discriminator(name).to_vec();
        arguments.iter().for_each(|argument| data.extend_from_slice(argument));
        Instruction { program_id: ID, accounts, data }
    }
}

/// An Ed25519 instruction over a receipt, for [`Network::settle`]. Place it at the index that `settle` names.
pub fn verify_receipt(meter: &Address, signature: &[u8; 64], message: &[u8]) -> Instruction {
    Instruction {
        program_id: ed25519::ED25519_PROGRAM,
        accounts: Vec::new(),
        data: ed25519::encode(meter.as_array(), signature, message),
    }
}
