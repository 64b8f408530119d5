use crate::emit::{emit, touch};
use crate::guards::{self, add, same, take, whole};
use crate::instructions::job::ending::{burn_stake, delays, slash};
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    CASE_OPEN, CASE_UPHELD, Case, Config, Job, Judged, Meter, Provider, Totals,
};
use settlement_interface::events::{CaseMarked, CaseUpheld};
use settlement_interface::rules::{has_lasted, has_outlasted, missed_budget, outage_penalty, split};

/// Takes a case that nobody answered one step further: marks it once its window is over, and one grace
/// later takes the penalty, both in seconds and in slots. If much of the network fails at once, the penalty
/// waits, once for each job, unless it and those before it are less than a hundredth of what is at risk. Anyone may: the clock and the meter's words stand in for a signer.
#[event_cpi]
#[derive(Accounts)]
pub struct ResolveCase {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The case.
    #[account(mut)]
    pub case: Account<Case>,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The job's meter.
    #[account(mut)]
    pub meter: Account<Meter>,
    /// The network's configuration, owner of the stake vault.
    pub config: Account<Config>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The compute token.
    #[account(mut)]
    pub mint: Account<Mint>,
    /// SPL Token.
    pub token_program: Program<Token>,
}

impl ResolveCase {
    fn mark(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let Self { job, case, event_authority, .. } = self;
        case.marked_at = now;
        case.marked_slot = slot;
        let entity = *case.address();
        let event = CaseMarked {
            entities: [touch(&entity, &mut case.sequence)?],
            at: now,
            job: *job.address(),
            case: entity,
            slot,
        };
        emit(event_authority, bump, &event)
    }

    /// What it takes for so many missed units.
    fn penalty(&self, missed: u64) -> Result<u64> {
        let Self { job, case, .. } = self;
        let (at_risk, promised) = (whole(job.bond_at_risk())?, whole(job.promised())?);
        let bps = job.terms.parameters.outage_bps;
        Ok(whole(outage_penalty(at_risk, bps, missed, promised))?.min(case.penalty).min(job.bond))
    }

    fn uphold(&mut self, shown: &Judged, now: i64, bump: u8) -> Result<()> {
        // What other cases have judged meanwhile is not judged twice.
        let missed = whole(self.job.judge(shown, self.case.known))?;
        let slashed = self.penalty(missed)?;
        let Self { job, case, provider, meter, config, totals, stake_vault, mint, event_authority, .. } =
            self;
        let terms = job.terms.parameters;
        let has_reporter = case.reporter != job.terms.consumer;
        let parts = whole(split(slashed, terms.harmed_bps, terms.reporter_bps, has_reporter))?;
        slash(job, provider, totals, &parts)?;
        let bad = whole(missed_budget(job.accepted_budget, missed, whole(job.promised())?))?;
        let bad = job.blame(bad);
        provider.blame(bad, now);
        take(&mut job.open_cases, 1)?;
        add(&mut meter.upheld, u64::from(missed > 0))?;
        let pledged = core::mem::take(&mut case.pledged);
        whole(meter.vouched.unlock(pledged))?;
        let returned = core::mem::take(&mut case.bond);
        case.due = whole(returned.checked_add(parts.reporter))?;
        case.state = CASE_UPHELD;
        require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);
        totals.count(parts.burned, now);
        burn_stake(stake_vault, mint, config, parts.burned)?;

        let (job_address, case_address) = (*job.address(), *case.address());
        let (provider_address, meter_address) = (*provider.address(), *meter.address());
        let totals_address = *totals.address();
        let event = CaseUpheld {
            entities: [
                touch(&job_address, &mut job.sequence)?,
                touch(&case_address, &mut case.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&meter_address, &mut meter.sequence)?,
                touch(&totals_address, &mut totals.sequence)?,
            ],
            at: now,
            job: job_address,
            case: case_address,
            provider: provider_address,
            meter: meter_address,
            slashed,
            harmed: parts.harmed,
            reported: parts.reporter,
            burned: parts.burned,
            returned,
            penalty: case.penalty,
            bond: job.bond,
            stake: provider.stake,
            pledged,
            missed,
            bad,
        };
        emit(event_authority, bump, &event)
    }
}

pub(crate) fn handler(ctx: &mut Context<ResolveCase>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let bump = ctx.bumps.event_authority;
    let accounts = &mut ctx.accounts;
    let ResolveCase { job, case, provider, meter, config, mint, .. } = accounts;
    same(&case.job, job.address(), SettlementError::WrongCase)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    same(&meter.key, &job.terms.order.meter, SettlementError::WrongMeter)?;
    same(mint.address(), &config.mint, SettlementError::WrongMint)?;
    require!(case.state == CASE_OPEN, SettlementError::CaseState);
    if case.marked_at == 0 {
        let (opened, window) = ((case.opened_at, case.opened_slot), job.terms.parameters.case_window);
        require!(has_outlasted(opened, window, (now, slot)), SettlementError::CaseUnripe);
        return accounts.mark(now, slot, bump);
    }
    let grace = job.terms.parameters.grace;
    let graced = has_lasted((case.marked_at, case.marked_slot), grace, (now, slot));
    let ripe = graced && now >= job.waits_until;
    require!(ripe, SettlementError::CaseUnripe);
    let shown = whole(job.promise().shows(case.from, case.to, case.units))?;
    let missed = whole(job.unjudged(&shown, case.known))?;
    let worth = whole(accounts.job.is_worth_waiting(accounts.penalty(missed)?))?;
    let ResolveCase { job, case, totals, event_authority, .. } = accounts;
    let address = *case.address();
    if worth && delays(job, totals, &address, now, event_authority, bump)? {
        return Ok(());
    }
    accounts.uphold(&shown, now, bump)
}
