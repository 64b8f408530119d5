//! Receipts, conversions, claims.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::pda::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::{AccountMeta, Instruction};

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

    /// Accepts receipts of many jobs, each with its cumulative units, by the one signature of their
    /// registered meter in the transaction's instruction `receipt_index` ([`crate::batch::message`]); anyone.
    pub fn accept_batch(&self, jobs: &[(Address, u64)], through: i64, receipt_index: u16) -> Instruction {
        self.accept_batch_without(jobs, &[], through, receipt_index)
    }

    /// The same where some of the jobs are gone meanwhile: `opened_at` of these, in their order among `jobs`.
    pub fn accept_batch_without(
        &self,
        jobs: &[(Address, u64)],
        gone: &[i64],
        through: i64,
        receipt_index: u16,
    ) -> Instruction {
        let count = jobs.len().saturating_add(gone.len());
        let mut units = u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        jobs.iter().for_each(|(_, count)| units.extend_from_slice(&count.to_le_bytes()));
        gone.iter().for_each(|opened_at| units.extend_from_slice(&opened_at.to_le_bytes()));
        let mut batch = Accounts::new()
            .read(pda::config())
            .read(pda::price())
            .read(INSTRUCTIONS_SYSVAR)
            .build("accept_batch", &[&receipt_index.to_le_bytes(), &through.to_le_bytes(), &units]);
        batch.accounts.extend(jobs.iter().map(|(job, _)| AccountMeta::new(*job, false)));
        batch
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
