//! Outage cases.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::events::{EVIDENCE_ABSENCE, EVIDENCE_RECEIPTS};
use crate::pda::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
pub use crate::rules::{LAST, START};
use solana_instruction::Instruction;

/// What a batch says of a job, and its siblings in the batch ([`crate::batch::siblings`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Cumulative units.
    pub units: u64,
    /// Unix seconds up to which they were counted.
    pub through: i64,
    /// From the entry's leaf up.
    pub siblings: &'a [[u8; 32]],
}

impl Listed<'_> {
    /// For words that are in no batch.
    pub const NONE: Self = Self { units: 0, through: 0, siblings: &[] };
}

/// Where the evidence of an outage is in the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Two receipts by the indices of their Ed25519 instructions; the first may be [`START`].
    Receipts(u16, u16),
    /// A statement of absence by the index of its Ed25519 instruction.
    Absence(u16),
}

impl Network {
    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    /// Reports an outage, with a bond of at most `max_bond`; signed by the reporter. `index` is `Job.cases`,
    /// `meter` the key of the job's meter.
    pub fn open_case(
        &self,
        payer: &Address,
        reporter: &Address,
        source: &Address,
        keys: &JobKeys,
        index: u64,
        meter: &Address,
        evidence: Evidence,
        max_bond: u64,
    ) -> Instruction {
        let (kind, first, second) = match evidence {
            Evidence::Receipts(first, second) => (EVIDENCE_RECEIPTS, first, second),
            Evidence::Absence(at) => (EVIDENCE_ABSENCE, at, 0),
        };
        Accounts::new()
            .payer(payer)
            .signer(reporter)
            .write(keys.job)
            .read(keys.provider)
            .write(pda::meter(meter))
            .read(pda::config())
            .write(pda::case(&keys.job, index))
            .write(*source)
            .write(pda::stake_vault())
            .read(INSTRUCTIONS_SYSVAR)
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build(
                "open_case",
                &[
                    &index.to_le_bytes(),
                    &[kind],
                    &first.to_le_bytes(),
                    &second.to_le_bytes(),
                    &max_bond.to_le_bytes(),
                ],
            )
    }

    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    /// Overturns a case by better words of the same meter (its key), found where `first` and `second` say;
    /// `listed` proves what a batch there says of this job. Anyone.
    pub fn answer_case(
        &self,
        keys: &JobKeys,
        index: u64,
        meter: &Address,
        rent_payer: &Address,
        first: u16,
        second: u16,
        [before, after]: [Listed<'_>; 2],
    ) -> Instruction {
        let siblings = [before.siblings, after.siblings].concat();
        let split = u8::try_from(before.siblings.len()).unwrap_or(u8::MAX);
        let count = u32::try_from(siblings.len()).unwrap_or(u32::MAX);
        Accounts::new()
            .write(keys.job)
            .write(pda::case(&keys.job, index))
            .write(pda::meter(meter))
            .read(pda::config())
            .write(*rent_payer)
            .write(pda::stake_vault())
            .write(self.mint)
            .read(INSTRUCTIONS_SYSVAR)
            .read(TOKEN_PROGRAM)
            .build(
                "answer_case",
                &[
                    &first.to_le_bytes(),
                    &second.to_le_bytes(),
                    &before.units.to_le_bytes(),
                    &after.units.to_le_bytes(),
                    &before.through.to_le_bytes(),
                    &after.through.to_le_bytes(),
                    &[split],
                    &count.to_le_bytes(),
                    siblings.as_flattened(),
                ],
            )
    }

    /// Takes an unanswered case one step further; anyone. `meter` is the meter's key.
    pub fn resolve_case(&self, keys: &JobKeys, index: u64, meter: &Address) -> Instruction {
        Accounts::new()
            .write(keys.job)
            .write(pda::case(&keys.job, index))
            .write(keys.provider)
            .write(pda::meter(meter))
            .read(pda::config())
            .write(pda::totals())
            .write(pda::stake_vault())
            .write(self.mint)
            .read(TOKEN_PROGRAM)
            .build("resolve_case", &[])
    }

    /// Pays the reporter of an upheld case and closes it; anyone.
    pub fn withdraw_case(
        &self,
        job: &Address,
        index: u64,
        reporter: &Address,
        rent_payer: &Address,
    ) -> Instruction {
        Accounts::new()
            .write(pda::case(job, index))
            .read(pda::config())
            .write(pda::stake_vault())
            .write(pda::associated_token(reporter, &self.mint))
            .write(*rent_payer)
            .read(TOKEN_PROGRAM)
            .build("withdraw_case", &[])
    }
}
