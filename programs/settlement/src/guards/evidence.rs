//! What the registered meter of a job signed, found in this transaction by introspection. Unlike a
//! receipt that is settled, evidence need not be newer than the job's last one: it says what was counted.

use super::receipt::signed;
use super::same;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{Config, Job};
use settlement_interface::batch::{self, Entry, is_listed};
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::{Gap, LAST, START};

/// What proves the entries of batches: cumulative units and time of the first and of the second, and the
/// siblings of both, of which the first's are `split` many. All of it zero for words that are in no batch.
#[derive(Default)]
pub struct Listings<'a> {
    pub units: [u64; 2],
    pub through: [i64; 2],
    pub split: u8,
    pub siblings: &'a [[u8; 32]],
}

impl<'a> Listings<'a> {
    /// Units, time and siblings of the first and of the second.
    fn each(&self) -> Result<[(u64, i64, &'a [[u8; 32]]); 2]> {
        let split = self.siblings.split_at_checked(usize::from(self.split));
        let (before, after) = split.ok_or(SettlementError::EvidenceForm)?;
        let ([first, second], [from, to]) = (self.units, self.through);
        Ok([(first, from, before), (second, to, after)])
    }
}

/// Where evidence is looked for, and for which job it must be signed.
pub struct Evidence<'a> {
    pub instructions: &'a Sysvar<SysvarInstructions>,
    pub config: &'a Config,
    pub address: &'a Address,
    pub job: &'a Job,
}

impl Evidence<'_> {
    /// What stands between two words of the meter, of which the first may be [`START`] and either [`LAST`].
    pub fn between(&self, first: u16, second: u16, listings: &Listings<'_>) -> Result<Gap> {
        let [before, after] = listings.each()?;
        let (before, from) = self.words(first, before)?;
        let (after, to) = self.words(second, after)?;
        let units = after.checked_sub(before).ok_or(SettlementError::EvidenceForm)?;
        require!(from < to, SettlementError::EvidenceForm);
        Ok(Gap { from, to, units })
    }

    /// Cumulative units and time of a receipt in the instruction at `index`, of the batch there that has the
    /// entry listed, of the job's start or of the last words accepted.
    fn words(&self, index: u16, listed: (u64, i64, &[[u8; 32]])) -> Result<(u64, i64)> {
        let Self { instructions, config, address, job } = self;
        let (units, through, siblings) = listed;
        let unlisted = units == 0 && through == 0 && siblings.is_empty();
        if index == START || index == LAST {
            require!(unlisted, SettlementError::EvidenceForm);
            return Ok(if index == START { (0, job.started_at) } else { (job.units, job.through) });
        }
        signed(instructions, index, |signer, message| {
            if message.len() == batch::LEN {
                let entry = Entry { job: **address, opened_at: job.opened_at, units, through };
                let listed = is_listed(message, &config.receipt_domain, &entry, siblings);
                require!(listed && job.terms.order.verifiable == 0, SettlementError::EvidenceForm);
                same(signer, &job.terms.order.meter, SettlementError::EvidenceForm)?;
                return Ok((units, through));
            }
            require!(unlisted, SettlementError::EvidenceForm);
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
