use crate::emit::{emit, touch};
use crate::guards::{self, in_state, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, Provider, REASON_BY_CONSUMER, REASON_BY_PROVIDER};
use settlement_interface::events::JobClosing;

/// Ends a running job. Receipts up to now are still accepted for one `receipt_grace`. Signed by
/// either party.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseJob {
    /// The consumer's wallet or the provider's authority.
    pub party: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    pub provider: Account<Provider>,
}

pub(crate) fn handler(ctx: &mut Context<CloseJob>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let CloseJob { party, job, provider, event_authority, .. } = &mut ctx.accounts;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    let is = |key: &Address| anchor_lang::address_eq(party.address(), key);
    let reason = if is(&job.terms.consumer) {
        REASON_BY_CONSUMER
    } else if is(&provider.authority) {
        REASON_BY_PROVIDER
    } else {
        return Err(SettlementError::WrongParty.into());
    };
    in_state(job, JobState::Running)?;
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
    emit(event_authority, ctx.bumps.event_authority, &event)
}
