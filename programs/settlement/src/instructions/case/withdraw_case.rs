use crate::emit::{emit, touch};
use crate::guards::{self, same, token};
use crate::stake_vault;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{CASE_UPHELD, Case, Config};
use settlement_interface::events::CaseWithdrawn;

/// Pays the reporter of an upheld case its bond and its share, to its associated account, and closes the
/// case; its rent returns. Anyone may: the booked due stands in for a signer. The job is not needed: one
/// reporter that cannot be paid keeps only its own case waiting.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawCase {
    /// The case.
    #[account(mut)]
    pub case: Account<Case>,
    /// The network's configuration, owner of the stake vault.
    pub config: Account<Config>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The reporter's associated account.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Who paid the case's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<WithdrawCase>) -> Result<()> {
    let (now, _) = guards::now()?;
    let WithdrawCase { case, config, stake_vault, destination, rent_payer, event_authority, .. } =
        &mut ctx.accounts;
    require!(case.state == CASE_UPHELD, SettlementError::CaseState);
    same(rent_payer.address(), &case.rent_payer, SettlementError::WrongRentPayer)?;
    let mut destination = token::payable(destination, &case.reporter, &config.mint)?;
    let amount = core::mem::take(&mut case.due);
    stake_vault::pay(stake_vault, destination.try_cpi_handle_mut()?, config, amount)?;
    let entity = *case.address();
    let event = CaseWithdrawn {
        entities: [touch(&entity, &mut case.sequence)?],
        at: now,
        job: case.job,
        case: entity,
        wallet: case.reporter,
        amount,
        rent_payer: case.rent_payer,
        lamports: case.account().lamports(),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    case.close(*rent_payer.account())
}
