use super::conversion::{Conversion, allowed};
use crate::guards::{self, oracle, same, whole};
use crate::pending::{self, Events};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider};
use settlement_interface::terms::RAIL_TOKEN;

/// Converts what a job has outstanding. Anyone may: accepted work and a qualifying price stand in
/// for a signer, and the price is not the sender's to choose.
#[event_cpi]
#[derive(Accounts)]
pub struct Convert {
    /// Pays the rent of an epoch or credit that is missing.
    #[account(mut)]
    pub payer: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// The job's vault.
    /// CHECK: its address is checked; the program made it a token account.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The compute token.
    /// CHECK: its address is checked.
    #[account(mut)]
    pub mint: UncheckedAccount,
    /// The current epoch.
    /// CHECK: checked or created.
    #[account(mut)]
    pub epoch: UncheckedAccount,
    /// The provider's credit in it.
    /// CHECK: checked or created.
    #[account(mut)]
    pub credit: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<Convert>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let event_authority_bump = ctx.bumps.event_authority;
    let Convert {
        payer,
        job,
        provider,
        config,
        price,
        feed,
        vault,
        mint,
        epoch,
        credit,
        event_authority,
        ..
    } = &mut ctx.accounts;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    same(vault.address(), &job.vault, SettlementError::WrongVault)?;
    require!(job.terms.order.rail == RAIL_TOKEN, SettlementError::WrongRail);
    same(mint.address(), &job.terms.mint, SettlementError::WrongMint)?;
    let converting = matches!(
        job.state(),
        Some(JobState::Running | JobState::Closing | JobState::Held | JobState::Settling)
    );
    require!(converting, SettlementError::WrongState);
    pending::mature(job, (now, slot), &Events { authority: event_authority, bump: event_authority_bump })?;
    let outstanding = whole(job.outstanding())?;
    require!(outstanding > 0 && job.escrow > 0, SettlementError::NothingToConvert);
    let quote = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?;
    let quote = quote.map_err(|_| SettlementError::NoPrice)?;
    require!(allowed(job, &quote, now), SettlementError::BelowMinimumPrice);
    let conversion = Conversion {
        job,
        provider,
        config,
        price,
        vault,
        mint,
        epoch,
        credit,
        payer,
        event_authority,
        event_authority_bump,
    };
    conversion.run(outstanding, &quote, now, slot)
}
