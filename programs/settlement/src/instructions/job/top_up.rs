use super::terms_hash;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same};
use crate::tokens_of;
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{TokenAccount, TokenInterface};
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState};
use settlement_interface::events::JobToppedUp;

/// Adds tokens, budget or both while the job has not begun to close; during an auction tokens alone,
/// for bids were made for the budget, and what a bid locked stays as it is. Signed by the consumer.
///
/// More budget before acceptance changes the terms' hash, so that a provider accepts what it read. More
/// budget later leaves what the provider signed, and what a failure costs it, as they were.
#[event_cpi]
#[derive(Accounts)]
pub struct TopUp {
    /// The consumer's wallet.
    pub wallet: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's vault.
    #[account(mut)]
    pub vault: InterfaceAccount<TokenAccount>,
    /// Where the consumer pays from.
    #[account(mut)]
    pub source: InterfaceAccount<TokenAccount>,
    /// The vault's token program.
    pub token_program: Interface<'static, TokenInterface>,
}

pub(crate) fn handler(ctx: &mut Context<TopUp>, amount: u64, budget: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let TopUp { wallet, job, vault, source, token_program, event_authority, .. } = &mut ctx.accounts;
    same(wallet.address(), &job.terms.consumer, SettlementError::WrongParty)?;
    same(vault.address(), &job.vault, SettlementError::WrongVault)?;
    same(source.mint(), &job.terms.mint, SettlementError::WrongMint)?;
    let program = *token_program.address();
    require!(vault.account().owned_by(&program), SettlementError::WrongTokenProgram);
    let open = matches!(
        job.state(),
        Some(JobState::Offered | JobState::Open | JobState::Assigned | JobState::Running)
    );
    require!(open, SettlementError::WrongState);
    require!(budget == 0 || job.state != JobState::Open as u8, SettlementError::BudgetFixed);
    require!(amount > 0 || budget > 0, SettlementError::ZeroAmount);

    if amount > 0 {
        tokens_of::transfer(
            &program,
            source.try_cpi_handle_mut()?,
            vault.try_cpi_handle_mut()?,
            wallet.cpi_handle(),
            amount,
            &[],
        );
    }
    let entity = *job.address();
    add(&mut job.funded, amount)?;
    add(&mut job.escrow, amount)?;
    add(&mut job.terms.order.budget, budget)?;
    if job.state == JobState::Offered as u8 {
        job.terms_hash = terms_hash(&entity, job.opened_at, &job.terms);
    }
    require!(job.invariant(), SettlementError::InvariantViolated);
    let event = JobToppedUp {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        amount,
        escrow: job.escrow,
        budget: job.terms.order.budget,
        terms_hash: job.terms_hash,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
