use super::accepted::Acceptance;
use super::assigning::{in_time, lock};
use super::bonding;
use crate::emit::emit;
use crate::guards::{self, in_state, oracle, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider, Totals};
use settlement_interface::events::{BY_OFFER, Touched};

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

    let bond = bonding::asked(job, job.escrow, quote.burn, quote.scale)?;
    require!(bond <= max_bond, SettlementError::BondTooHigh);
    lock(provider, bond)?;
    let bonded_escrow = job.escrow;
    let acceptance = Acceptance {
        job,
        provider,
        totals,
        price,
        by: BY_OFFER,
        bid: Touched::NOTHING,
        bond,
        locked: bond,
        bonded_escrow,
    };
    let event = acceptance.conclude(&quote, now, slot)?;
    emit(event_authority, ctx.bumps.event_authority, &event)
}
