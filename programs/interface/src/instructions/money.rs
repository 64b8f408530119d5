//! Receipts, conversions, claims.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::pda::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

impl Network {
    /// Accepts the receipt in the transaction's instruction `receipt_index`, then converts. `epoch` is
    /// the index of the current epoch ([`crate::accounts::Config::epoch_index`]).
    pub fn settle(&self, authority: &Address, job: &Address, epoch: u64, receipt_index: u16) -> Instruction {
        let provider = pda::provider(authority);
        Accounts::new()
            .payer(authority)
            .write(*job)
            .write(provider)
            .read(pda::config())
            .write(pda::price())
            .read(self.feed)
            .write(pda::vault(job))
            .write(self.mint)
            .write(pda::epoch(epoch))
            .write(pda::credit(epoch, &provider))
            .read(INSTRUCTIONS_SYSVAR)
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build("settle", &[&receipt_index.to_le_bytes()])
    }

    /// Converts what a job has outstanding; anyone.
    pub fn convert(&self, payer: &Address, keys: &JobKeys, epoch: u64) -> Instruction {
        Accounts::new()
            .payer(payer)
            .write(keys.job)
            .write(keys.provider)
            .read(pda::config())
            .write(pda::price())
            .read(self.feed)
            .write(pda::vault(&keys.job))
            .write(self.mint)
            .write(pda::epoch(epoch))
            .write(pda::credit(epoch, &keys.provider))
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build("convert", &[])
    }

    /// Records that a price qualifies; anyone.
    pub fn observe(&self) -> Instruction {
        Accounts::new().read(pda::config()).write(pda::price()).read(self.feed).build("observe", &[])
    }

    /// Mints what a provider has earned to its authority's associated account; anyone.
    pub fn claim(&self, authority: &Address) -> Instruction {
        Accounts::new()
            .write(pda::provider(authority))
            .read(pda::config())
            .write(self.mint)
            .write(pda::associated_token(authority, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("claim", &[])
    }

    /// Mints a provider's rebate of an epoch and closes its credit; anyone.
    pub fn claim_rebate(&self, authority: &Address, epoch: u64, rent_payer: &Address) -> Instruction {
        let provider = pda::provider(authority);
        Accounts::new()
            .write(pda::epoch(epoch))
            .write(pda::credit(epoch, &provider))
            .write(provider)
            .read(pda::config())
            .write(self.mint)
            .write(pda::associated_token(authority, &self.mint))
            .write(*rent_payer)
            .read(TOKEN_PROGRAM)
            .build("claim_rebate", &[])
    }

    /// Closes an epoch that has ended and whose credits are all claimed; anyone.
    pub fn close_epoch(&self, epoch: u64, rent_payer: &Address) -> Instruction {
        Accounts::new()
            .write(pda::epoch(epoch))
            .read(pda::config())
            .write(*rent_payer)
            .build("close_epoch", &[])
    }
}
