use crate::emit::{emit, touch};
use crate::guards::{self, add, same};
use crate::instructions::job::assigning::lock;
use crate::instructions::job::bonding;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider, Totals};
use settlement_interface::events::BondToppedUp;

/// Locks more of the provider's free stake in a job's bond: for one that penalties or the price have
/// lowered, or to follow a consumer's top-ups, up to what the terms ask for all that was deposited. Assigned
/// or running; signed by the provider's authority.
///
/// The consumer's deposits alone never enlarge what the provider has at stake; this signature does, and what
/// the bond covers from then on is what it is measured against.
#[event_cpi]
#[derive(Accounts)]
pub struct TopUpBond {
    /// The provider's authority.
    pub authority: Signer,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    pub price: Account<Price>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
}

pub(crate) fn handler(ctx: &mut Context<TopUpBond>, amount: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let TopUpBond { authority, provider, job, config, price, totals, event_authority, .. } =
        &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    let open = matches!(job.state(), Some(JobState::Assigned | JobState::Running));
    require!(open, SettlementError::WrongState);
    require!(amount > 0, SettlementError::ZeroAmount);
    add(&mut job.bond, amount)?;
    let (asked, covered) = bonding::asked_at_most(job, job.bond, config, price)?;
    require!(job.bond <= asked, SettlementError::BondFull);
    job.bonded_escrow = job.bonded_escrow.max(covered);
    lock(provider, amount)?;
    add(&mut totals.locked, amount)?;
    // What replaces a penalty adds nothing to what later ones are shares of.
    job.slashed = job.slashed.saturating_sub(amount);
    require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);
    let (entity, provider_address, totals_address) = (*job.address(), *provider.address(), *totals.address());
    let event = BondToppedUp {
        entities: [
            touch(&entity, &mut job.sequence)?,
            touch(&provider_address, &mut provider.sequence)?,
            touch(&totals_address, &mut totals.sequence)?,
        ],
        at: now,
        job: entity,
        provider: provider_address,
        amount,
        bond: job.bond,
        asked,
        bonded_escrow: job.bonded_escrow,
        provider_locked: provider.locked,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
