//! What every acceptance has in common, whoever brings the provider's consent.

use crate::guards::{add, meter, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, Provider};

/// Refuses when it is too late to accept: `offer_by` has passed, or work could not start in time.
pub fn in_time(job: &Job, now: i64) -> Result<()> {
    let ready = whole(now.checked_add(job.terms.parameters.min_lead))?;
    let order = &job.terms.order;
    require!(now <= order.offer_by && ready <= order.start_by, SettlementError::OfferExpired);
    Ok(())
}

/// Counts a bond of the provider's free stake as locked; in a job it counts among all that jobs lock besides.
pub fn lock(provider: &mut Provider, bond: u64) -> Result<()> {
    require!(bond <= whole(provider.free_stake())?, SettlementError::InsufficientStake);
    add(&mut provider.locked, bond)
}

/// Assigns the job to this provider, whose `bond`, a share of `bonded_escrow`, is locked already. Whoever
/// brings the consent, the meter must be neither the provider's key nor its wallet's: an auction's winner
/// is not known before.
pub fn assign(job: &mut Job, provider: &mut Provider, bond: u64, bonded_escrow: u64, now: i64) -> Result<()> {
    meter::is_not(&provider.authority, &job.terms.order, &job.meter_authority)?;
    add(&mut provider.jobs_accepted, 1)?;
    add(&mut provider.jobs_open, 1)?;
    job.bond = bond;
    job.bonded_escrow = bonded_escrow;
    job.accepted_at = now;
    job.accepted_budget = job.terms.order.budget;
    job.state = JobState::Assigned as u8;
    Ok(())
}
