//! Paying accepted work in dollars: shared by `settle_stable`, `convert_stable` and the closing of a job.

use crate::emit::{emit, touch};
use crate::guards::{add, whole};
use crate::instructions::job::ending::owe_from_escrow;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, Party};
use settlement_interface::events::StableSettled;
use settlement_interface::rules::{Taken, settle_stable};

/// Books what is outstanding, as far as the escrow reaches, as due to provider, buyback and treasury,
/// and tells it. Returns what was settled, micro-dollars; 0 if there was nothing to settle.
///
/// No token moves, no price is read, and nothing but the job is written: the provider's record follows
/// when the job closes (`Job.recorded`).
pub fn settle(
    job: &mut Account<Job>,
    now: i64,
    event_authority: &UncheckedAccount,
    event_authority_bump: u8,
) -> Result<u64> {
    let outstanding = whole(job.outstanding())?;
    if outstanding == 0 || job.escrow == 0 {
        return Ok(0);
    }
    let terms = &job.terms.parameters;
    let taken = Taken { settled: job.settled, take: job.take, treasury: job.treasury_take };
    let moved = whole(settle_stable(outstanding, job.escrow, &taken, terms.take_bps, terms.treasury_bps))?;
    add(&mut job.settled, moved.usd)?;
    add(&mut job.earned, moved.earned)?;
    add(&mut job.take, moved.buyback)?;
    add(&mut job.take, moved.treasury)?;
    add(&mut job.treasury_take, moved.treasury)?;
    owe_from_escrow(job, Party::Provider, moved.earned)?;
    owe_from_escrow(job, Party::Buyback, moved.buyback)?;
    owe_from_escrow(job, Party::Treasury, moved.treasury)?;
    require!(job.invariant(), SettlementError::InvariantViolated);
    let entity = *job.address();
    let event = StableSettled {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        provider: job.terms.provider,
        usd: moved.usd,
        earned: moved.earned,
        buyback: moved.buyback,
        treasury: moved.treasury,
        escrow: job.escrow,
        outstanding: whole(job.outstanding())?,
        settled: job.settled,
        take: job.take,
    };
    emit(event_authority, event_authority_bump, &event)?;
    Ok(moved.usd)
}
