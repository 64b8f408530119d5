use super::loaded::ThirdParty;
use crate::emit::{emit, touch};
use crate::guards::{self, take, token};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::VouchedWithdrawn;
use settlement_interface::pda::CONFIG;

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
    let bump = [config.bump];
    tokens::transfer(
        stake_vault.try_cpi_handle_mut()?,
        destination.try_cpi_handle_mut()?,
        config.cpi_handle(),
        amount,
        &[&[CONFIG, &bump]],
    );
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
