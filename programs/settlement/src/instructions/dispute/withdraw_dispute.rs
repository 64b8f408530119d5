use crate::emit::{emit, touch};
use crate::guards::{self, token};
use crate::stake_vault;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Dispute};
use settlement_interface::events::DisputeWithdrawn;

/// Pays an arbiter its fee, or the challenger its bond, to the associated account of its wallet.
/// Anyone may: the booked due stands in for a signer. A share that cannot be delivered waits here
/// and blocks nobody else; the job is not needed, which may be gone.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawDispute {
    /// The dispute.
    #[account(mut)]
    pub dispute: Account<Dispute>,
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

pub(crate) fn handler(ctx: &mut Context<WithdrawDispute>, member: u8) -> Result<()> {
    let (now, _) = guards::now()?;
    let WithdrawDispute { dispute, config, stake_vault, destination, event_authority, .. } =
        &mut ctx.accounts;
    let (wallet, amount) = dispute.take_due(member).ok_or(SettlementError::UnknownParty)?;
    require!(amount > 0, SettlementError::NothingOwed);
    let mut destination = token::payable(destination, &wallet, &config.mint)?;
    stake_vault::pay(stake_vault, destination.try_cpi_handle_mut()?, config, amount)?;
    let entity = *dispute.address();
    let event = DisputeWithdrawn {
        entities: [touch(&entity, &mut dispute.sequence)?],
        at: now,
        dispute: entity,
        wallet,
        member: u64::from(member),
        amount,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
