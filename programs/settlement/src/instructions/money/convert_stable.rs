use super::stable;
use crate::guards;
use crate::pending::{self, Events};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState};
use settlement_interface::terms::RAIL_STABLE;

/// Pays what a job on the stable rail has outstanding: work whose dispute window is over, or that waited
/// for a top-up. Anyone may: accepted work stands in for a signer.
#[event_cpi]
#[derive(Accounts)]
pub struct ConvertStable {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
}

pub(crate) fn handler(ctx: &mut Context<ConvertStable>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let ConvertStable { job, event_authority, .. } = &mut ctx.accounts;
    require!(job.terms.order.rail == RAIL_STABLE, SettlementError::WrongRail);
    let converting = matches!(
        job.state(),
        Some(JobState::Running | JobState::Closing | JobState::Held | JobState::Settling)
    );
    require!(converting, SettlementError::WrongState);
    pending::mature(
        job,
        (now, slot),
        &Events { authority: event_authority, bump: ctx.bumps.event_authority },
    )?;
    let settled = stable::settle(job, now, event_authority, ctx.bumps.event_authority)?;
    require!(settled > 0, SettlementError::NothingToConvert);
    Ok(())
}
