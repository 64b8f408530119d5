use super::parameters_hash;
use crate::emit::emit;
use crate::guards::{self, in_state, oracle, same, whole};
use crate::instructions::job::accepted::Acceptance;
use crate::instructions::job::assigning::{in_time, lock};
use crate::instructions::job::bonding;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider, Totals};
use settlement_interface::events::{BY_STANDING_OFFER, Touched};
use settlement_interface::rules::{Occasion, escrow_worth, fits};

/// Accepts an offered job in its provider's name, locking the bond, if the terms fit the provider's
/// standing offer. Anyone may, also in the transaction that opens the job: the consumer signed the
/// terms and the provider the standing offer, and the terms are held against it here, as they are (so
/// that no hash is named, which the opening transaction could not know).
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptStandingOffer {
    /// The provider that the job is offered to.
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

pub(crate) fn handler(ctx: &mut Context<AcceptStandingOffer>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let AcceptStandingOffer { provider, job, config, price, totals, feed, event_authority, .. } =
        &mut ctx.accounts;
    guards::not_paused(config, now)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    in_state(job, JobState::Offered)?;
    in_time(job, now)?;
    let quote = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?;
    let quote = quote.map_err(|_| SettlementError::NoPrice)?;

    let bond = bonding::asked(job, job.escrow, quote.burn, quote.scale)?;
    let occasion = Occasion {
        now,
        authority: provider.authority,
        jobs_open: provider.jobs_open,
        parameters: parameters_hash(&job.terms.parameters),
        bond,
        worth: whole(escrow_worth(job.terms.order.rail, job.escrow, quote.burn, quote.scale))?,
    };
    fits(&provider.standing, &job.terms.order, &occasion)?;
    lock(provider, bond)?;
    let bonded_escrow = job.escrow;
    let acceptance = Acceptance {
        job,
        provider,
        totals,
        price,
        by: BY_STANDING_OFFER,
        bid: Touched::NOTHING,
        bond,
        locked: bond,
        bonded_escrow,
    };
    let event = acceptance.conclude(&quote, now, slot)?;
    emit(event_authority, ctx.bumps.event_authority, &event)
}
