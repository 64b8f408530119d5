//! What every ending of a job has in common: it books what is due and pays nothing.

use crate::guards::{add, take, whole};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Job, JobState, MARK_NONE, Party, Provider, Totals};

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

/// Enters a terminal state: the whole rest of the escrow is due back. Returns that refund.
pub fn end(job: &mut Job, state: JobState, now: i64) -> Result<u64> {
    let refund = job.escrow;
    owe_from_escrow(job, Party::Consumer, refund)?;
    job.state = state as u8;
    job.ended_at = now;
    job.mark = MARK_NONE;
    Ok(refund)
}
