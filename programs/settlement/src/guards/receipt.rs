//! The signed receipt, found in this transaction by introspection.
//!
//! The instruction index is absolute and named by the sender. What is at that index must be the
//! Ed25519 precompile with exactly one signature over bytes inside that same instruction, so that
//! what the runtime verified is what is read here; a transaction whose precompile fails never gets
//! this far.

use super::same;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job};
use settlement_interface::ed25519::{self, ED25519_PROGRAM};
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::{Moment, accept_receipt};

/// What `read` makes of signer and message of the one signature in the instruction at `index`.
#[inline(always)]
pub fn signed<T>(
    instructions: &Sysvar<SysvarInstructions>,
    index: u16,
    read: impl FnOnce(&Address, &[u8]) -> Result<T>,
) -> Result<T> {
    let instruction =
        instructions.load_instruction_at(usize::from(index)).map_err(|_| SettlementError::NoReceipt)?;
    same(instruction.get_program_id(), &ED25519_PROGRAM, SettlementError::NoReceipt)?;
    let (key, message) =
        ed25519::parse(instruction.get_instruction_data(), index).ok_or(SettlementError::NoReceipt)?;
    read(&Address::new_from_array(*key), message)
}

/// The receipt at `index` and its signer, once everything about it is in order for this job.
#[inline(always)]
pub fn read(
    instructions: &Sysvar<SysvarInstructions>,
    index: u16,
    config: &Config,
    job_address: &Address,
    job: &Job,
    moment: Moment,
) -> Result<(Receipt, Address)> {
    let (receipt, signer) = signed(instructions, index, |signer, message| {
        let receipt = Receipt::parse(message).ok_or(SettlementError::ReceiptForm)?;
        Ok((receipt, *signer))
    })?;
    require!(receipt.commitment.is_some() == (job.terms.order.verifiable != 0), SettlementError::ReceiptForm);
    require!(receipt.domain == config.receipt_domain, SettlementError::ReceiptDomain);
    same(&receipt.job, job_address, SettlementError::ReceiptJob)?;
    require!(receipt.opened_at == job.opened_at, SettlementError::ReceiptJob);

    accept_receipt(&job.progress(), &job.meters(), &signer, receipt.units, receipt.through, moment)?;
    Ok((receipt, signer))
}
