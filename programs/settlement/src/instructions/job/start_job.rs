use crate::emit::{emit, touch};
use crate::guards::{self, in_state, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, MARK_NONE, Provider};
use settlement_interface::events::JobStarted;

/// Starts the work; possible until the failure is executed, even after a mark, and even after `end_by`
/// (then the job can only be closed, but an honest provider whose chain stood still loses nothing).
/// Signed by the provider.
#[event_cpi]
#[derive(Accounts)]
pub struct StartJob {
    /// The provider's authority.
    pub authority: Signer,
    /// The provider.
    pub provider: Account<Provider>,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
}

pub(crate) fn handler(ctx: &mut Context<StartJob>) -> Result<()> {
    let (now, _) = guards::now()?;
    let StartJob { authority, provider, job, event_authority, .. } = &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    in_state(job, JobState::Assigned)?;
    job.state = JobState::Running as u8;
    job.started_at = now;
    job.through = now;
    job.heard_at = now;
    let excused = whole(job.excused(now))?;
    job.mark = MARK_NONE;
    job.marked_at = 0;
    job.marked_slot = 0;
    job.reporter = Address::default();
    let entity = *job.address();
    let event = JobStarted { entities: [touch(&entity, &mut job.sequence)?], at: now, job: entity, excused };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
