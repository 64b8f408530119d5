use super::loaded::ThirdParty;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::StakeVouched;

/// Adds to the stake of a meter or an arbiter. Anyone may, out of their own tokens: it can only
/// strengthen it.
#[event_cpi]
#[derive(Accounts)]
pub struct Vouch {
    /// Owner of the tokens.
    pub owner: Signer,
    /// The meter or arbiter.
    /// CHECK: loaded as one of the two.
    #[account(mut)]
    pub third_party: UncheckedAccount,
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

pub(crate) fn handler(ctx: &mut Context<Vouch>, amount: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let Vouch { owner, third_party, config, source, stake_vault, event_authority, .. } = &mut ctx.accounts;
    require!(amount > 0, SettlementError::ZeroAmount);
    same(source.mint(), &config.mint, SettlementError::WrongMint)?;
    let entity = *third_party.address();
    let mut party = ThirdParty::load(third_party)?;
    tokens::transfer(
        source.try_cpi_handle_mut()?,
        stake_vault.try_cpi_handle_mut()?,
        owner.cpi_handle(),
        amount,
        &[],
    );
    let (vouched, sequence) = party.parts();
    add(&mut vouched.stake, amount)?;
    let event = StakeVouched {
        entities: [touch(&entity, sequence)?],
        at: now,
        party: entity,
        from: *owner.address(),
        amount,
        stake: vouched.stake,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
