use crate::emit::{emit, touch};
use crate::guards::{self, take, token};
use crate::stake_vault;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Provider};
use settlement_interface::events::StakeWithdrawn;

/// Pays an unbonded ticket to the authority's associated account. Anyone may, once its time has
/// come: the ticket stands in for a signer, and the tokens can go nowhere else.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawStake {
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration, owner of the stake vault.
    pub config: Account<Config>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The authority's associated account.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<WithdrawStake>) -> Result<()> {
    let (now, _) = guards::now()?;
    let WithdrawStake { provider, config, stake_vault, destination, event_authority, .. } = &mut ctx.accounts;
    let amount = provider.unbonding;
    require!(amount > 0, SettlementError::NothingUnbonding);
    require!(now >= provider.unbonding_at, SettlementError::StillUnbonding);
    let mut destination = token::payable(destination, &provider.authority, &config.mint)?;
    take(&mut provider.stake, amount)?;
    provider.unbonding = 0;
    provider.unbonding_at = 0;
    require!(provider.invariant(), SettlementError::InvariantViolated);
    stake_vault::pay(stake_vault, destination.try_cpi_handle_mut()?, config, amount)?;
    let entity = *provider.address();
    let event = StakeWithdrawn {
        entities: [touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        to: provider.authority,
        amount,
        stake: provider.stake,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
