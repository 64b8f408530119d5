use super::ending::begin_closing;
use crate::guards::{self, in_state, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, Provider, REASON_BY_CONSUMER, REASON_BY_PROVIDER};

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
    let moment = guards::now()?;
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
    begin_closing(job, reason, moment, event_authority, ctx.bumps.event_authority)
}
