use super::ending::weigh;
use crate::emit::{emit, touch};
use crate::guards::{self, oracle, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    Config, Job, JobState, MARK_HALT, MARK_NO_SHOW, MARK_NONE, Price, Provider, Totals,
};
use settlement_interface::events::{JobMarked, Touched};
use settlement_interface::math::share_ceil;

/// Puts a missed deadline on record; what follows from it waits for one grace, in seconds and in
/// slots. Anyone may: the deadline stands in for a signer.
///
/// Two things can be marked: a provider that has not started by `start_by`, and, while settling, that
/// none qualifies and none has for `halt_max` (so that a job cannot be ended in kind within one stale
/// minute: there is a grace in which anyone can show that a price qualifies).
#[event_cpi]
#[derive(Accounts)]
pub struct Mark {
    /// Whoever marks; gets the reporter's share of a penalty unless a party to the job.
    pub by: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    pub price: Account<Price>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<Mark>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let Mark { by, job, provider, config, price, totals, feed, event_authority, .. } = &mut ctx.accounts;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    let halted_at = price.seen_at.saturating_add(job.terms.parameters.halt_max);
    // A halt's mark is worth nothing once a price was seen again: it can be renewed.
    let void = job.mark == MARK_HALT && job.marked_at < halted_at;
    require!(job.mark == MARK_NONE || void, SettlementError::AlreadyMarked);
    let mark = match job.state() {
        Some(JobState::Assigned) => {
            require!(now > job.terms.order.start_by, SettlementError::NothingToMark);
            MARK_NO_SHOW
        }
        Some(JobState::Settling) => {
            let owed = whole(job.outstanding())? > 0 && job.escrow > 0;
            let halted = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?.is_err();
            require!(owed && halted && now >= halted_at, SettlementError::NothingToMark);
            MARK_HALT
        }
        _ => return Err(SettlementError::WrongState.into()),
    };
    let party = *by.address() == job.terms.consumer || *by.address() == provider.authority;
    job.reporter = if party || mark == MARK_HALT { Address::default() } else { *by.address() };
    job.mark = mark;
    job.marked_at = now;
    job.marked_slot = slot;
    let (entity, totals_address) = (*job.address(), *totals.address());
    let mut entities = [touch(&entity, &mut job.sequence)?, Touched::NOTHING];
    if mark == MARK_NO_SHOW {
        let penalty = whole(share_ceil(job.bond, job.terms.parameters.no_show_bps))?;
        weigh(job, totals, penalty)?;
        entities[1] = touch(&totals_address, &mut totals.sequence)?;
    }
    let event = JobMarked {
        entities,
        at: now,
        job: entity,
        by: *by.address(),
        slot,
        mark: u64::from(mark),
        weighed: job.weighed,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
