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
use settlement_interface::rules::{Meters, Progress, accept_receipt};

/// The receipt at `index` and its signer, once everything about it is in order for this job.
pub fn read(
    instructions: &Sysvar<SysvarInstructions>,
    index: u16,
    config: &Config,
    job_address: &Address,
    job: &Job,
    now: i64,
) -> Result<(Receipt, Address)> {
    let instruction =
        instructions.load_instruction_at(usize::from(index)).map_err(|_| SettlementError::NoReceipt)?;
    same(instruction.get_program_id(), &ED25519_PROGRAM, SettlementError::NoReceipt)?;
    let (key, message) =
        ed25519::parse(instruction.get_instruction_data(), index).ok_or(SettlementError::NoReceipt)?;
    let receipt = Receipt::parse(message).ok_or(SettlementError::ReceiptForm)?;
    require!(receipt.commitment.is_some() == (job.terms.order.verifiable != 0), SettlementError::ReceiptForm);
    require!(receipt.domain == config.receipt_domain, SettlementError::ReceiptDomain);
    same(&receipt.job, job_address, SettlementError::ReceiptJob)?;
    require!(receipt.opened_at == job.opened_at, SettlementError::ReceiptJob);

    let signer = Address::new_from_array(*key);
    let progress = Progress {
        last_units: job.units,
        last_through: job.through,
        unit_cap: job.terms.order.unit_cap,
        end_by: job.terms.order.end_by,
        closing_at: job.closing_at,
        receipt_grace: job.terms.parameters.receipt_grace,
    };
    let meters = Meters {
        present: &job.meter,
        previous: (job.rotated_at != 0).then_some(&job.previous_meter),
        rotated_at: job.rotated_at,
    };
    accept_receipt(&progress, &meters, &signer, receipt.units, receipt.through, now)?;
    Ok((receipt, signer))
}
