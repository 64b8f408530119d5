use super::accepting::accept;
use super::stable;
use crate::emit::{emit, touch};
use crate::guards::{self, receipt, same, whole};
use crate::pending::{self, Events};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Provider};
use settlement_interface::events::{HALT_NOTHING, ReceiptAccepted};
use settlement_interface::terms::RAIL_STABLE;

/// Accepts a receipt of a job on the stable rail, then pays all that is outstanding. Signed by the
/// provider; the receipt, in an Ed25519 instruction of the same transaction, by the job's meter.
///
/// It writes the job alone, so that receipts of different jobs never wait for each other. What the
/// escrow cannot pay waits for a top-up; while the job runs, a receipt that pays nothing, or is of a
/// verifiable job, is refused whole if what waits would exceed the escrow, for a cumulative receipt
/// loses nothing by waiting.
#[event_cpi]
#[derive(Accounts)]
pub struct SettleStable {
    /// The provider's authority.
    pub authority: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// This transaction's instructions.
    pub instructions: Sysvar<SysvarInstructions>,
}

pub(crate) fn handler(ctx: &mut Context<SettleStable>, receipt_index: u16) -> Result<()> {
    let (now, slot) = guards::now()?;
    let bump = ctx.bumps.event_authority;
    let SettleStable { authority, job, provider, config, instructions, event_authority, .. } =
        &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    require!(job.terms.order.rail == RAIL_STABLE, SettlementError::WrongRail);
    let running = job.state == JobState::Running as u8;
    require!(running || job.state == JobState::Closing as u8, SettlementError::WrongState);

    let entity = *job.address();
    let (receipt, signer) = receipt::read(instructions, receipt_index, config, &entity, job, (now, slot))?;
    let newly = accept(job, &receipt, now)?;
    pending::receive(job, &receipt, newly, (now, slot), &Events { authority: event_authority, bump })?;
    let outstanding = whole(job.outstanding())?;
    let pays = outstanding > 0 && job.escrow > 0;
    let event = ReceiptAccepted {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        meter: signer,
        index: job.receipts,
        units: job.units,
        through: job.through,
        accepted: job.accepted,
        outstanding,
        halt: if pays { 0 } else { HALT_NOTHING },
    };
    emit(event_authority, bump, &event)?;
    stable::settle(job, now, event_authority, bump)?;
    // What the previous key signed is let in all the same: a consumer must not void it by rotating. What is
    // pending waits also when the rest was paid, so that paying some of it does not let the rest grow.
    let unpaid = whole(job.accepted.checked_sub(job.settled))?;
    let waits = !pays || job.terms.order.verifiable != 0;
    let covered = !waits || unpaid <= job.escrow || !running || signer != job.meter;
    require!(covered, SettlementError::ReceiptUnsecured);
    require!(job.invariant(), SettlementError::InvariantViolated);
    Ok(())
}
