use super::assigning::{assign, bond, in_time, lock};
use crate::emit::{emit, touch};
use crate::guards::{self, in_state, oracle, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider, Totals};
use settlement_interface::events::JobAccepted;

/// Accepts an offer by naming the hash of its terms; locks the bond. Signed by the named provider.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptOffer {
    /// The provider's authority.
    pub authority: Signer,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<AcceptOffer>, terms_hash: [u8; 32], max_bond: u64) -> Result<()> {
    let (now, slot) = guards::now()?;
    let AcceptOffer { authority, provider, job, config, price, totals, feed, event_authority, .. } =
        &mut ctx.accounts;
    guards::not_paused(config, now)?;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    in_state(job, JobState::Offered)?;
    require!(job.terms_hash == terms_hash, SettlementError::TermsChanged);
    in_time(job, now)?;
    let quote = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?;
    let quote = quote.map_err(|_| SettlementError::NoPrice)?;

    let bond = bond(job, &quote)?;
    require!(bond <= max_bond, SettlementError::BondTooHigh);
    lock(provider, totals, bond)?;
    assign(job, provider, bond, now)?;
    let quoted = oracle::record(price, &quote, now, slot);
    require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);

    let (job_address, provider_address) = (*job.address(), *provider.address());
    let (totals_address, price_address) = (*totals.address(), *price.address());
    let event = JobAccepted {
        entities: [
            touch(&job_address, &mut job.sequence)?,
            touch(&provider_address, &mut provider.sequence)?,
            touch(&totals_address, &mut totals.sequence)?,
            touch(&price_address, &mut price.sequence)?,
        ],
        at: now,
        job: job_address,
        provider: provider_address,
        terms_hash,
        escrow: job.escrow,
        budget: job.accepted_budget,
        bond,
        provider_locked: provider.locked,
        quoted,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
