//! Outage cases.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::events::{EVIDENCE_ABSENCE, EVIDENCE_RECEIPTS};
use crate::pda::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use solana_instruction::Instruction;

/// In place of a receipt's index: the start of the job.
pub const START: u16 = u16::MAX;

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

    /// Overturns a case by better words of the same meter (its key); anyone.
    pub fn answer_case(
        &self,
        keys: &JobKeys,
        index: u64,
        meter: &Address,
        rent_payer: &Address,
        first: u16,
        second: u16,
    ) -> Instruction {
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
            .build("answer_case", &[&first.to_le_bytes(), &second.to_le_bytes()])
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
