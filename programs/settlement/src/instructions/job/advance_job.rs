use crate::guards::{self, names, same};
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use anchor_spl::token_interface;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider, Totals};

/// Takes a job one step further, whatever time allows next. Anyone may: the clock (and for a
/// penalty the mark and its grace) stands in for a signer. Nothing is paid out here.
///
/// | state | when | then |
/// |---|---|---|
/// | Offered, Open | it can no longer be accepted in time | Cancelled, no penalty |
/// | Assigned | marked, and one grace passed | Failed: the no-show share of the bond is slashed; or it waits, once, while much of the network fails |
/// | Running | `end_by` passed, or nothing received for `silence_max` | Closing |
/// | Closing | one `receipt_grace` passed | Held; without registered meter and commitments Settling |
/// | Held | nothing pending, no case open, the time to report over | Settling; a missed service level is credited one grace after it was marked; or that waits, once, while much of the network fails |
/// | Settling | nothing outstanding, or nothing in escrow | Closed, the rest refunded |
/// | Settling | the stable rail: at once | what is outstanding is paid, then the same |
/// | Settling | a halt's mark has stood for `halt_max`, and no price qualifies | Closed in kind |
#[event_cpi]
#[derive(Accounts)]
pub struct AdvanceJob {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider; none in an auction.
    #[account(mut)]
    pub provider: Option<Account<Provider>>,
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
    pub vault: InterfaceAccount<token_interface::TokenAccount>,
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
    names(job, &accounts.provider)?;
    same(accounts.vault.address(), &job.vault, SettlementError::WrongVault)?;
    same(accounts.mint.address(), &accounts.config.mint, SettlementError::WrongMint)?;
    match job.state() {
        Some(JobState::Offered | JobState::Open) => accounts.lapse(now, bump),
        Some(JobState::Assigned) => accounts.fail(now, slot, bump),
        Some(JobState::Running) => accounts.end_work(now, slot, bump),
        Some(JobState::Closing) => accounts.end_receipts(now, slot, bump),
        Some(JobState::Held) => accounts.release(now, slot, bump),
        Some(JobState::Settling) => accounts.close(now, slot, bump),
        _ => Err(SettlementError::NothingDue.into()),
    }?;
    let provider_holds = accounts.provider.as_ref().is_none_or(|provider| provider.invariant());
    require!(accounts.job.invariant() && provider_holds, SettlementError::InvariantViolated);
    Ok(())
}
