use super::ending::{end, owe_from_escrow, release_bond};
use crate::emit::{emit, touch};
use crate::guards::{self, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, Party, Provider, REASON_BY_CONSUMER, Totals};
use settlement_interface::events::{JobCancelled, Touched};
use settlement_interface::rules::cancellation_fee;

/// Cancels a job that has not started. Free before acceptance; after it, until `start_by`, the
/// consumer owes the cancellation fee; later nothing, for the provider is late. Signed by the consumer.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelJob {
    /// The consumer's wallet.
    pub wallet: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
}

pub(crate) fn handler(ctx: &mut Context<CancelJob>) -> Result<()> {
    let (now, _) = guards::now()?;
    let CancelJob { wallet, job, provider, totals, event_authority, .. } = &mut ctx.accounts;
    same(wallet.address(), &job.terms.consumer, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    let entity = *job.address();
    let mut entities = [Touched::NOTHING; 3];
    let (mut fee, mut bond) = (0, 0);
    match job.state() {
        Some(JobState::Offered) => {}
        Some(JobState::Assigned) => {
            if now <= job.terms.order.start_by {
                fee = whole(cancellation_fee(job.escrow, job.terms.parameters.cancel_bps))?;
                owe_from_escrow(job, Party::Provider, fee)?;
            }
            bond = release_bond(job, provider, totals)?;
            let (provider_address, totals_address) = (*provider.address(), *totals.address());
            entities[1] = touch(&provider_address, &mut provider.sequence)?;
            entities[2] = touch(&totals_address, &mut totals.sequence)?;
        }
        _ => return Err(SettlementError::WrongState.into()),
    }
    let refund = end(job, JobState::Cancelled, now)?;
    job.reason = REASON_BY_CONSUMER;
    require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);
    entities[0] = touch(&entity, &mut job.sequence)?;
    let event = JobCancelled {
        entities,
        at: now,
        job: entity,
        refund,
        fee,
        bond,
        reason: u64::from(REASON_BY_CONSUMER),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
