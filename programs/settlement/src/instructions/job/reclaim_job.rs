use crate::emit::{emit, touch};
use crate::guards::{self, same, token, whole};
use crate::tokens_of;
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{TokenAccount, TokenInterface};
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState};
use settlement_interface::events::JobReclaimed;
use settlement_interface::pda::JOB;

/// Closes vault and job of an ended job that owes nothing, and returns their rent to who paid it.
/// Tokens that strangers sent to the vault go to the consumer. Anyone may: nothing is left to decide.
#[event_cpi]
#[derive(Accounts)]
pub struct ReclaimJob {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's vault.
    #[account(mut)]
    pub vault: InterfaceAccount<TokenAccount>,
    /// Who paid the rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// The consumer's associated account; read only if the vault holds stray tokens.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// The vault's token program.
    pub token_program: Interface<'static, TokenInterface>,
}

pub(crate) fn handler(ctx: &mut Context<ReclaimJob>) -> Result<()> {
    let (now, _) = guards::now()?;
    let ReclaimJob { job, vault, rent_payer, destination, token_program, event_authority, .. } =
        &mut ctx.accounts;
    require!(job.state().is_some_and(JobState::is_terminal), SettlementError::WrongState);
    require!(job.is_paid_out(), SettlementError::DuesRemain);
    same(vault.address(), &job.vault, SettlementError::WrongVault)?;
    let program = *token_program.address();
    require!(vault.account().owned_by(&program), SettlementError::WrongTokenProgram);
    same(rent_payer.address(), &job.rent_payer, SettlementError::WrongRentPayer)?;
    let (consumer, nonce, bump) = (job.terms.consumer, job.nonce.to_le_bytes(), [job.bump]);
    let seeds: &[&[u8]] = &[JOB, consumer.as_ref(), &nonce, &bump];
    let stray = vault.amount();
    if stray > 0 {
        let mut account = token::payable_of(destination, &consumer, &job.terms.mint, &program)?;
        let to = account.try_cpi_handle_mut()?;
        tokens_of::transfer(&program, vault.try_cpi_handle_mut()?, to, job.cpi_handle(), stray, &[seeds]);
    }
    let lamports = whole(job.account().lamports().checked_add(vault.account().lamports()))?;
    let entity = *job.address();
    let event = JobReclaimed {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        rent_payer: job.rent_payer,
        stray,
        lamports,
    };
    tokens_of::close(
        &program,
        vault.try_cpi_handle_mut()?,
        rent_payer.try_cpi_handle_mut()?,
        job.cpi_handle(),
        &[seeds],
    );
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    job.close(*rent_payer.account())
}
