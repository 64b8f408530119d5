use super::ending::{end, owe_from_escrow, owe_from_stake, release_bond};
use crate::emit::{emit, touch};
use crate::guards::{self, add, oracle, same, take, whole};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    Config, Job, JobState, MARK_HALT, MARK_NO_SHOW, Party, Price, Provider, REASON_END, REASON_LAPSED,
    REASON_SILENCE, Totals,
};
use settlement_interface::events::{JobCancelled, JobClosed, JobClosing, JobFailed, JobSettling, Touched};
use settlement_interface::pda::{CONFIG, JOB};
use settlement_interface::rules::{InKind, settle_in_kind, split_penalty};

/// Takes a job one step further, whatever time allows next. Anyone may: the clock (and for a
/// penalty the mark and its grace) stands in for a signer. Nothing is paid out here.
///
/// | state | when | then |
/// |---|---|---|
/// | Offered | it can no longer be accepted in time | Cancelled, no penalty |
/// | Assigned | marked, and one grace passed | Failed: the no-show share of the bond is slashed |
/// | Running | `end_by` passed, or nothing received for `silence_max` | Closing |
/// | Closing | one `receipt_grace` passed | Settling (Held passes at once: there are no cases) |
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
        Some(JobState::Closing) => accounts.begin_settling(now, bump),
        Some(JobState::Settling) => accounts.close(now, slot, bump),
        _ => Err(SettlementError::NothingDue.into()),
    }?;
    require!(accounts.job.invariant() && accounts.provider.invariant(), SettlementError::InvariantViolated);
    Ok(())
}

/// Whether the mark of this kind has had its grace, in seconds and in slots: time decides, slots
/// only prove that the chain ran.
fn grace_passed(job: &Job, mark: u8, now: i64, slot: u64) -> bool {
    let grace = job.terms.parameters.grace;
    let slots = u64::try_from(grace).unwrap_or(u64::MAX);
    job.mark == mark
        && now >= job.marked_at.saturating_add(grace)
        && slot >= job.marked_slot.saturating_add(slots)
}

impl AdvanceJob {
    fn lapse(&mut self, now: i64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        let ready = now.saturating_add(job.terms.parameters.min_lead);
        let expired = now > job.terms.order.offer_by || ready > job.terms.order.start_by;
        require!(expired, SettlementError::NothingDue);
        let refund = end(job, JobState::Cancelled, now)?;
        job.reason = REASON_LAPSED;
        let entity = *job.address();
        let event = JobCancelled {
            entities: [touch(&entity, &mut job.sequence)?, Touched::NOTHING, Touched::NOTHING],
            at: now,
            job: entity,
            refund,
            fee: 0,
            bond: 0,
            reason: u64::from(REASON_LAPSED),
        };
        emit(&self.event_authority, bump, &event)
    }

    fn fail(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let Self { job, provider, config, totals, stake_vault, mint, .. } = self;
        require!(grace_passed(job, MARK_NO_SHOW, now, slot), SettlementError::NothingDue);
        let terms = job.terms.parameters;
        let has_reporter = job.reporter != Address::default();
        let split = whole(split_penalty(
            job.bond,
            terms.no_show_bps,
            terms.harmed_bps,
            terms.reporter_bps,
            has_reporter,
        ))?;
        let bond = release_bond(job, provider, totals)?;
        take(&mut provider.stake, split.slashed)?;
        add(&mut provider.slashed, split.slashed)?;
        owe_from_stake(job, Party::Consumer, split.harmed)?;
        owe_from_stake(job, Party::Reporter, split.reporter)?;
        provider.decay(now);
        // A record only ever saturates: it is a weight, not money.
        let bad = job.accepted_budget;
        provider.bad = provider.bad.saturating_add(bad);
        add(&mut provider.jobs_failed, 1)?;
        let refund = end(job, JobState::Failed, now)?;
        if split.burned > 0 {
            let seed = [config.bump];
            tokens::burn(
                stake_vault.try_cpi_handle_mut()?,
                mint.try_cpi_handle_mut()?,
                config.cpi_handle(),
                split.burned,
                &[&[CONFIG, &seed]],
            );
        }
        let (entity, provider_address, totals_address) =
            (*job.address(), *provider.address(), *totals.address());
        let event = JobFailed {
            entities: [
                touch(&entity, &mut job.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&totals_address, &mut totals.sequence)?,
            ],
            at: now,
            job: entity,
            provider: provider_address,
            reporter: job.reporter,
            refund,
            bond,
            slashed: split.slashed,
            harmed: split.harmed,
            reported: split.reporter,
            burned: split.burned,
            stake: provider.stake,
            bad,
        };
        emit(&self.event_authority, bump, &event)
    }

    fn begin_closing(&mut self, now: i64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        let order = &job.terms.order;
        let reason = if now > order.end_by {
            REASON_END
        } else if now > job.heard_at.saturating_add(order.silence_max) {
            REASON_SILENCE
        } else {
            return Err(SettlementError::NothingDue.into());
        };
        job.state = JobState::Closing as u8;
        job.closing_at = now;
        job.reason = reason;
        let entity = *job.address();
        let event = JobClosing {
            entities: [touch(&entity, &mut job.sequence)?],
            at: now,
            job: entity,
            reason: u64::from(reason),
        };
        emit(&self.event_authority, bump, &event)
    }

    fn begin_settling(&mut self, now: i64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        let until = job.closing_at.saturating_add(job.terms.parameters.receipt_grace);
        require!(now > until, SettlementError::NothingDue);
        job.state = JobState::Settling as u8;
        let entity = *job.address();
        let outstanding = whole(job.outstanding())?;
        let event =
            JobSettling { entities: [touch(&entity, &mut job.sequence)?], at: now, job: entity, outstanding };
        emit(&self.event_authority, bump, &event)
    }

    /// What is paid in kind; nothing if the job can be closed without.
    fn in_kind(&self, outstanding: u64, now: i64, slot: u64) -> Result<InKind> {
        let Self { job, config, price, feed, .. } = self;
        if outstanding == 0 || job.escrow == 0 {
            return Ok(InKind::default());
        }
        let since = price.seen_at.saturating_add(job.terms.parameters.halt_max);
        // A mark from before that time warned nobody of this end.
        let warned = job.marked_at >= since && grace_passed(job, MARK_HALT, now, slot);
        require!(warned, SettlementError::NothingDue);
        let halted = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?.is_err();
        require!(halted, SettlementError::NothingDue);
        let scale = oracle::last_scale(config, price)?;
        let take_bps = job.terms.parameters.take_bps;
        whole(settle_in_kind(outstanding, job.escrow, take_bps, price.spot, scale))
    }

    fn close(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let outstanding = whole(self.job.outstanding())?;
        let paid = self.in_kind(outstanding, now, slot)?;
        let Self { job, provider, totals, vault, mint, .. } = self;
        let entity = *job.address();
        if paid.burned > 0 {
            take(&mut job.escrow, paid.burned)?;
            add(&mut job.burned, paid.burned)?;
            add(&mut job.take, paid.burned)?;
            let (nonce, job_bump) = (job.nonce.to_le_bytes(), [job.bump]);
            let consumer = job.terms.consumer;
            tokens::burn(
                vault.try_cpi_handle_mut()?,
                mint.try_cpi_handle_mut()?,
                job.cpi_handle(),
                paid.burned,
                &[&[JOB, consumer.as_ref(), &nonce, &job_bump]],
            );
        }
        owe_from_escrow(job, Party::Provider, paid.provider)?;
        add(&mut job.settled, paid.usd)?;
        add(&mut provider.settled, paid.usd)?;
        provider.decay(now);
        // A record only ever saturates: it is a weight, not money.
        provider.good = provider.good.saturating_add(paid.usd);
        let void = whole(outstanding.checked_sub(paid.usd))?;
        let bond = release_bond(job, provider, totals)?;
        let refund = end(job, JobState::Closed, now)?;
        let (provider_address, totals_address) = (*provider.address(), *totals.address());
        let event = JobClosed {
            entities: [
                touch(&entity, &mut job.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&totals_address, &mut totals.sequence)?,
            ],
            at: now,
            job: entity,
            provider: provider_address,
            refund,
            bond,
            void,
            in_kind_usd: paid.usd,
            in_kind_paid: paid.provider,
            in_kind_burned: paid.burned,
        };
        emit(&self.event_authority, bump, &event)
    }
}
