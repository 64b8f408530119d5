use crate::emit::{emit_bytes, touch};
use crate::guards::{self, add, oracle, receipt, whole};
use alloc::vec::Vec;
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, Job, JobState, Price};
use settlement_interface::batch::{Entry, is_signed, leaf, root};
use settlement_interface::events::{BATCH_DISCRIMINATOR, BatchEntry, BatchSkip, TAG, Touched};
use settlement_interface::rules::{Security, accept_receipt, charge};
use settlement_interface::terms::{METER_REGISTERED, RAIL_STABLE};
use settlement_interface::{SettlementError, batch};

/// Accepts receipts of many jobs by one signature of their registered meter; converts nothing, so that
/// what is unconverted stays within 70% of each escrow, in Closing too. Anyone may: the meter's signature,
/// in the Ed25519 instruction at `receipt_index`, stands in for a signer.
///
/// The jobs follow the other accounts, in the order of `units`; all receipts are through the same time. A
/// job whose receipt would be refused alone is skipped, and the event says why. So is one that is gone,
/// for anyone may close an ended job between the meter's signature and this: what was signed names the
/// moment at which it was opened, which nobody can read any more, so `units` has it behind the last units,
/// one for each job that is gone, in their order.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptBatch {
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    pub price: Account<Price>,
    /// This transaction's instructions.
    pub instructions: Sysvar<SysvarInstructions>,
}

/// What all receipts of a batch have in common.
struct Common {
    signer: Address,
    through: i64,
    moment: (i64, u64),
    security: Security,
}

impl Common {
    /// What the job has been charged and has unconverted with this receipt, or why it does not count.
    fn judge(&self, job: &Job, units: u64) -> core::result::Result<(u64, u64), SettlementError> {
        let order = &job.terms.order;
        if job.state != JobState::Running as u8 && job.state != JobState::Closing as u8 {
            return Err(SettlementError::WrongState);
        }
        if order.verifiable != 0 {
            return Err(SettlementError::ReceiptForm);
        }
        if order.meter_kind != METER_REGISTERED {
            return Err(SettlementError::ReceiptSigner);
        }
        accept_receipt(&job.progress(), &job.meters(), &self.signer, units, self.through, self.moment)?;
        let charged = charge(units, order.rate, order.unit, order.budget);
        let accepted = charged.ok_or(SettlementError::Arithmetic)?.max(job.accepted);
        let fresh = accepted.saturating_sub(job.accepted);
        let outstanding = job.outstanding().and_then(|owed| owed.checked_add(fresh));
        let outstanding = outstanding.ok_or(SettlementError::Arithmetic)?;
        let covered = if order.rail == RAIL_STABLE {
            outstanding <= job.escrow
        } else {
            self.security.covers(outstanding, job.escrow)
        };
        if covered { Ok((accepted, outstanding)) } else { Err(SettlementError::ReceiptUnsecured) }
    }
}

/// What came of the receipts so far.
struct Outcome {
    /// The leaves of what the meter must have signed.
    signed: Vec<[u8; 32]>,
    entities: Vec<Touched>,
    entries: Vec<BatchEntry>,
    skipped: Vec<BatchSkip>,
}

impl Outcome {
    fn take(
        &mut self,
        common: &Common,
        view: AccountView,
        units: u64,
        opened: &mut impl Iterator<Item = u64>,
    ) -> Result<()> {
        if !view.owned_by(&crate::ID) {
            // Only the program owns jobs, and no address of one comes back: this one is gone for good.
            let opened_at = opened.next().ok_or(SettlementError::BatchAccounts)?.cast_signed();
            let job = *view.address();
            self.signed.push(leaf(&Entry { job, opened_at, units, through: common.through }));
            self.skip(job, SettlementError::BatchJobGone);
            return Ok(());
        }
        // SAFETY: no declared account of this instruction is a job, and each job is let go before the next
        // one is loaded, so that one that is named twice is never borrowed twice.
        let mut job = unsafe { Account::<Job>::load_mut(view) }?;
        let address = *view.address();
        let (opened_at, through) = (job.opened_at, common.through);
        self.signed.push(leaf(&Entry { job: address, opened_at, units, through }));
        match common.judge(&job, units) {
            Ok((accepted, outstanding)) => {
                job.accepted = accepted;
                job.units = units;
                job.through = common.through;
                job.heard_at = common.moment.0;
                add(&mut job.receipts, 1)?;
                self.entities.push(touch(&address, &mut job.sequence)?);
                self.entries.push(BatchEntry { index: job.receipts, units, accepted, outstanding });
            }
            Err(error) => self.skip(address, error),
        }
        Ok(())
    }

    fn skip(&mut self, job: Address, why: SettlementError) {
        self.skipped.push(BatchSkip { job, reason: u64::from(why.code()) });
    }
}

/// A list's length and bytes, as Borsh has them.
fn append<T: bytemuck::Pod>(data: &mut Vec<u8>, list: &[T]) -> Result<()> {
    let count = whole(u32::try_from(list.len()).ok())?;
    data.extend_from_slice(&count.to_le_bytes());
    data.extend_from_slice(bytemuck::cast_slice(list));
    Ok(())
}

pub(crate) fn handler(
    ctx: &mut Context<AcceptBatch>,
    receipt_index: u16,
    through: i64,
    units: Vec<u64>,
) -> Result<()> {
    let (now, slot) = guards::now()?;
    let bump = ctx.bumps.event_authority;
    let jobs = ctx.remaining_accounts()?;
    let (units, opened) = units.split_at_checked(jobs.len()).ok_or(SettlementError::BatchAccounts)?;
    require!(!jobs.is_empty(), SettlementError::BatchAccounts);
    let mut opened = opened.iter().copied();
    let AcceptBatch { config, price, instructions, event_authority, .. } = &mut ctx.accounts;
    let scale = oracle::last_scale(config, price)?;
    receipt::signed(instructions, receipt_index, |signer, message| {
        let security = whole(Security::at(price.spot, scale))?;
        let common = Common { signer: *signer, through, moment: (now, slot), security };
        let count = jobs.len();
        let mut outcome = Outcome {
            signed: Vec::with_capacity(count),
            entities: Vec::with_capacity(count),
            entries: Vec::with_capacity(count),
            skipped: Vec::new(),
        };
        for (view, units) in jobs.into_iter().zip(units) {
            outcome.take(&common, view, *units, &mut opened)?;
        }
        require!(opened.next().is_none(), SettlementError::BatchAccounts);
        // Nothing of the above stands unless the meter signed exactly this.
        let digest = root(&mut outcome.signed);
        require!(message.len() == batch::LEN, SettlementError::BatchForm);
        require!(is_signed(message, &config.receipt_domain, &digest), SettlementError::BatchForm);
        require!(!outcome.entries.is_empty(), SettlementError::BatchEmpty);

        let mut data = Vec::with_capacity(count.saturating_mul(80).saturating_add(128));
        data.extend_from_slice(&TAG);
        data.extend_from_slice(&BATCH_DISCRIMINATOR);
        append(&mut data, &outcome.entities)?;
        data.extend_from_slice(&now.to_le_bytes());
        data.extend_from_slice(signer.as_ref());
        data.extend_from_slice(&through.to_le_bytes());
        append(&mut data, &outcome.entries)?;
        append(&mut data, &outcome.skipped)?;
        emit_bytes(event_authority, bump, &data);
        Ok(())
    })
}
