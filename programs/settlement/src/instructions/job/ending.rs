//! What every ending of a job has in common: it books what is due and pays nothing.

use crate::emit::{emit, touch};
use crate::guards::{add, take, whole};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use settlement_interface::accounts::{Config, Job, JobState, MARK_NONE, Party, Provider, Totals};
use settlement_interface::events::{JobClosing, PenaltyDelayed};
use settlement_interface::pda::CONFIG;
use settlement_interface::rules::{MASS_WAIT, Moment, Split};

/// Basis points of a whole.
const WHOLE: u16 = 10_000;

/// Books tokens of the job's vault as due to a party.
pub fn owe_from_escrow(job: &mut Job, party: Party, amount: u64) -> Result<()> {
    take(&mut job.escrow, amount)?;
    let due = whole(job.dues.get_mut(party as usize))?;
    add(&mut due.escrow, amount)
}

/// Books tokens of the stake vault as due to a party; they have left the provider's stake.
pub fn owe_from_stake(job: &mut Job, party: Party, amount: u64) -> Result<()> {
    let due = whole(job.dues.get_mut(party as usize))?;
    add(&mut due.stake, amount)
}

/// Unlocks the job's bond and returns what it was.
pub fn release_bond(job: &mut Job, provider: &mut Provider, totals: &mut Totals) -> Result<u64> {
    let bond = core::mem::take(&mut job.bond);
    take(&mut provider.locked, bond)?;
    take(&mut totals.locked, bond)?;
    take(&mut provider.jobs_open, 1)?;
    Ok(bond)
}

/// Takes a penalty from the job's bond and books the consumer's part; the reporter's is the caller's to book.
pub fn slash(job: &mut Job, provider: &mut Provider, totals: &mut Totals, parts: &Split) -> Result<()> {
    take(&mut job.bond, parts.slashed)?;
    add(&mut job.slashed, parts.slashed)?;
    take(&mut provider.locked, parts.slashed)?;
    take(&mut provider.stake, parts.slashed)?;
    add(&mut provider.slashed, parts.slashed)?;
    take(&mut totals.locked, parts.slashed)?;
    owe_from_stake(job, Party::Consumer, parts.harmed)
}

/// Burns the part of a penalty that nobody gets.
pub fn burn_stake(
    stake_vault: &mut Account<TokenAccount>,
    mint: &mut Account<Mint>,
    config: &Account<Config>,
    amount: u64,
) -> Result<()> {
    if amount > 0 {
        let (vault, seed) = (stake_vault.try_cpi_handle_mut()?, [config.bump]);
        let mint = mint.try_cpi_handle_mut()?;
        tokens::burn(vault, mint, config.cpi_handle(), amount, &[&[CONFIG, &seed]]);
    }
    Ok(())
}

/// Lets a penalty of this job wait, once, if much of the network fails at once; says whether it does. A
/// provider may still start or answer, and gaps within that time end without fault.
pub fn delays(
    job: &mut Account<Job>,
    totals: &Account<Totals>,
    case: &Address,
    now: i64,
    event_authority: &UncheckedAccount,
    bump: u8,
) -> Result<bool> {
    let terms = &job.terms.parameters;
    let given = terms.harmed_bps.saturating_add(terms.reporter_bps);
    let mass = totals.is_mass(terms.mass_bps, WHOLE.saturating_sub(given), now);
    if job.waited != 0 || !mass {
        return Ok(false);
    }
    job.waited = 1;
    job.waits_until = now.saturating_add(MASS_WAIT);
    let started = job.started_at != 0;
    let excused = if started { whole(job.excused(now))? } else { 0 };
    let (burned, penalties) = totals.recent(now);
    let entity = *job.address();
    let event = PenaltyDelayed {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        case: *case,
        until: job.waits_until,
        excused,
        burned,
        penalties,
        locked: totals.locked,
    };
    emit(event_authority, bump, &event)?;
    Ok(true)
}

/// Enters Closing: what is said from now on about later times counts no more.
pub fn begin_closing(
    job: &mut Account<Job>,
    reason: u8,
    (now, slot): Moment,
    event_authority: &UncheckedAccount,
    bump: u8,
) -> Result<()> {
    job.state = JobState::Closing as u8;
    job.closing_at = now;
    job.closing_slot = slot;
    job.reason = reason;
    let entity = *job.address();
    let event = JobClosing {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        reason: u64::from(reason),
    };
    emit(event_authority, bump, &event)
}

/// Enters a terminal state: the whole rest of the escrow is due back. Returns that refund.
pub fn end(job: &mut Job, state: JobState, now: i64) -> Result<u64> {
    let refund = job.escrow;
    owe_from_escrow(job, Party::Consumer, refund)?;
    job.state = state as u8;
    job.ended_at = now;
    job.mark = MARK_NONE;
    Ok(refund)
}
