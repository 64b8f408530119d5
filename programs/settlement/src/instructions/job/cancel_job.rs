use super::bonding;
use super::ending::{end, owe_from_escrow, release_bond};
use crate::emit::{emit, touch};
use crate::guards::{self, names, present, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    Config, Job, JobState, Party, Price, Provider, REASON_BY_CONSUMER, Totals,
};
use settlement_interface::events::{JobCancelled, Touched};
use settlement_interface::rules::{cancellation_fee, is_depleted};

/// Cancels a job that has not started. Free before acceptance; after it, until `start_by`, the
/// consumer owes the cancellation fee; later nothing, for the provider is late. Nothing either if the
/// bond has fallen below half of what the terms ask for. Signed by the consumer.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelJob {
    /// The consumer's wallet.
    pub wallet: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider; none in an auction.
    #[account(mut)]
    pub provider: Option<Account<Provider>>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    pub price: Account<Price>,
}

pub(crate) fn handler(ctx: &mut Context<CancelJob>) -> Result<()> {
    let (now, _) = guards::now()?;
    let CancelJob { wallet, job, provider, totals, config, price, event_authority, .. } = &mut ctx.accounts;
    same(wallet.address(), &job.terms.consumer, SettlementError::WrongParty)?;
    names(job, provider)?;
    let entity = *job.address();
    let mut entities = [Touched::NOTHING; 3];
    let (mut fee, mut bond) = (0, 0);
    match job.state() {
        Some(JobState::Offered | JobState::Open) => {}
        Some(JobState::Assigned) => {
            let provider = present(provider)?;
            // What cannot be told leaves the fee as it is.
            let asked = bonding::asked_now(job, config, price);
            let depleted = asked.is_ok_and(|asked| is_depleted(job.bond, asked));
            if now <= job.terms.order.start_by && !depleted {
                fee = whole(cancellation_fee(job.escrow, job.terms.parameters.cancel_bps))?;
                owe_from_escrow(job, Party::Provider, fee)?;
            }
            bond = release_bond(job, provider, totals)?;
            let (provider_address, totals_address) = (*provider.address(), *totals.address());
            entities[1] = touch(&provider_address, &mut provider.sequence)?;
            entities[2] = touch(&totals_address, &mut totals.sequence)?;
            require!(provider.invariant(), SettlementError::InvariantViolated);
        }
        _ => return Err(SettlementError::WrongState.into()),
    }
    let refund = end(job, JobState::Cancelled, now)?;
    job.reason = REASON_BY_CONSUMER;
    require!(job.invariant(), SettlementError::InvariantViolated);
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
