use super::loaded::ThirdParty;
use crate::emit::{emit, touch};
use crate::guards::{self, take, token};
use crate::stake_vault;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::VouchedWithdrawn;

/// Pays an unbonded ticket of a meter or an arbiter to its wallet's associated account. Anyone may,
/// once its time has come: the ticket stands in for a signer, and the tokens can go nowhere else.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawVouched {
    /// The meter or arbiter.
    /// CHECK: loaded as one of the two.
    #[account(mut)]
    pub third_party: UncheckedAccount,
    /// The network's configuration, owner of the stake vault.
    pub config: Account<Config>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The wallet's associated account.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<WithdrawVouched>) -> Result<()> {
    let (now, _) = guards::now()?;
    let WithdrawVouched { third_party, config, stake_vault, destination, event_authority, .. } =
        &mut ctx.accounts;
    let entity = *third_party.address();
    let mut party = ThirdParty::load(third_party)?;
    let wallet = party.wallet();
    let (vouched, sequence) = party.parts();
    let amount = vouched.unbonding;
    require!(amount > 0, SettlementError::NothingUnbonding);
    require!(now >= vouched.available_at, SettlementError::StillUnbonding);
    let mut destination = token::payable(destination, &wallet, &config.mint)?;
    take(&mut vouched.stake, amount)?;
    vouched.unbonding = 0;
    vouched.available_at = 0;
    stake_vault::pay(stake_vault, destination.try_cpi_handle_mut()?, config, amount)?;
    let event = VouchedWithdrawn {
        entities: [touch(&entity, sequence)?],
        at: now,
        party: entity,
        to: wallet,
        amount,
        stake: vouched.stake,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
