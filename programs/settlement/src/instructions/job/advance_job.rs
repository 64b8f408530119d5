use crate::guards::{self, same};
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider, Totals};

/// Takes a job one step further, whatever time allows next. Anyone may: the clock (and for a
/// penalty the mark and its grace) stands in for a signer. Nothing is paid out here.
///
/// | state | when | then |
/// |---|---|---|
/// | Offered | it can no longer be accepted in time | Cancelled, no penalty |
/// | Assigned | marked, and one grace passed | Failed: the no-show share of the bond is slashed |
/// | Running | `end_by` passed, or nothing received for `silence_max` | Closing |
/// | Closing | one `receipt_grace` passed | Held; Settling at once if the job is not verifiable |
/// | Held | nothing is pending any more and no dispute is open | Settling |
/// | Settling | nothing outstanding, or nothing in escrow | Closed, the rest refunded |
/// | Settling | halted for `halt_max`, marked, and one grace passed | Closed in kind |
#[event_cpi]
#[derive(Accounts)]
pub struct AdvanceJob {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
    /// The last qualifying price.
    pub price: Account<Price>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// The job's vault.
    #[account(mut)]
    pub vault: Account<TokenAccount>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The compute token.
    #[account(mut)]
    pub mint: Account<Mint>,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<AdvanceJob>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let bump = ctx.bumps.event_authority;
    let accounts = &mut ctx.accounts;
    let job = &accounts.job;
    same(accounts.provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    same(accounts.vault.address(), &job.vault, SettlementError::WrongVault)?;
    same(accounts.mint.address(), &job.terms.mint, SettlementError::WrongMint)?;
    match job.state() {
        Some(JobState::Offered) => accounts.lapse(now, bump),
        Some(JobState::Assigned) => accounts.fail(now, slot, bump),
        Some(JobState::Running) => accounts.begin_closing(now, bump),
        Some(JobState::Closing) => accounts.end_receipts(now, bump),
        Some(JobState::Held) => accounts.leave_held(now, bump),
        Some(JobState::Settling) => accounts.close(now, slot, bump),
        _ => Err(SettlementError::NothingDue.into()),
    }?;
    require!(accounts.job.invariant() && accounts.provider.invariant(), SettlementError::InvariantViolated);
    Ok(())
}
