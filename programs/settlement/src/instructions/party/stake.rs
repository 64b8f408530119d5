use crate::emit::{emit, touch};
use crate::guards::{self, add, same};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Provider};
use settlement_interface::events::Staked;

/// Adds to a provider's stake. Anyone may, out of their own tokens: it can only strengthen it.
#[event_cpi]
#[derive(Accounts)]
pub struct Stake {
    /// Owner of the tokens.
    pub owner: Signer,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// Where the tokens come from.
    #[account(mut)]
    pub source: Account<TokenAccount>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<Stake>, amount: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let Stake { owner, provider, config, source, stake_vault, event_authority, .. } = &mut ctx.accounts;
    require!(amount > 0, SettlementError::ZeroAmount);
    same(source.mint(), &config.mint, SettlementError::WrongMint)?;
    tokens::transfer(
        source.try_cpi_handle_mut()?,
        stake_vault.try_cpi_handle_mut()?,
        owner.cpi_handle(),
        amount,
        &[],
    );
    add(&mut provider.stake, amount)?;
    let entity = *provider.address();
    let event = Staked {
        entities: [touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        from: *owner.address(),
        amount,
        stake: provider.stake,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
