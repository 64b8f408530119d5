//! What the registered meter of a job signed, found in this transaction by introspection. Unlike a
//! receipt that is settled, evidence need not be newer than the job's last one: it says what was counted.

use super::receipt::signed;
use super::same;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{Config, Job};
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::Gap;

/// In place of an instruction's index: the start of the job, at which nothing was counted.
pub const START: u16 = u16::MAX;

/// Where evidence is looked for, and for which job it must be signed.
pub struct Evidence<'a> {
    pub instructions: &'a Sysvar<SysvarInstructions>,
    pub config: &'a Config,
    pub address: &'a Address,
    pub job: &'a Job,
}

impl Evidence<'_> {
    /// What stands between two receipts, of which the first may be [`START`].
    pub fn between(&self, first: u16, second: u16) -> Result<Gap> {
        let (before, from) = if first == START { (0, self.job.started_at) } else { self.receipt(first)? };
        let (after, to) = self.receipt(second)?;
        let units = after.checked_sub(before).ok_or(SettlementError::EvidenceForm)?;
        require!(from < to, SettlementError::EvidenceForm);
        Ok(Gap { from, to, units })
    }

    /// Units and time of the receipt in the instruction at `index`.
    fn receipt(&self, index: u16) -> Result<(u64, i64)> {
        let Self { instructions, config, address, job } = self;
        signed(instructions, index, |signer, message| {
            let receipt = Receipt::parse(message).ok_or(SettlementError::EvidenceForm)?;
            let kind = receipt.commitment.is_some() == (job.terms.order.verifiable != 0);
            require!(kind && receipt.domain == config.receipt_domain, SettlementError::EvidenceForm);
            require!(receipt.opened_at == job.opened_at, SettlementError::EvidenceForm);
            same(&receipt.job, address, SettlementError::EvidenceForm)?;
            same(signer, &job.terms.order.meter, SettlementError::EvidenceForm)?;
            Ok((receipt.units, receipt.through))
        })
    }

    /// The statement of absence in the instruction at `index`.
    pub fn absence(&self, index: u16) -> Result<Gap> {
        let Self { instructions, config, address, job } = self;
        signed(instructions, index, |signer, message| {
            let absence = Absence::parse(message).ok_or(SettlementError::EvidenceForm)?;
            require!(absence.domain == config.receipt_domain, SettlementError::EvidenceForm);
            require!(absence.opened_at == job.opened_at, SettlementError::EvidenceForm);
            same(&absence.job, address, SettlementError::EvidenceForm)?;
            same(signer, &job.terms.order.meter, SettlementError::EvidenceForm)?;
            Ok(Gap { from: absence.from, to: absence.to, units: 0 })
        })
    }
}
