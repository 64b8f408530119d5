use crate::emit::{emit, touch};
use crate::guards::{self, oracle, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    Config, Job, JobState, MARK_HALT, MARK_NO_SHOW, MARK_NONE, Price, Provider,
};
use settlement_interface::events::JobMarked;
use settlement_interface::rules::halt_refuted;
use settlement_interface::terms::RAIL_TOKEN;

/// Puts on record what later has consequences, or takes it off. Anyone may: a deadline, or what the
/// pinned feed says at this moment, stands in for a signer.
///
/// | state | when | then |
/// |---|---|---|
/// | Assigned | the provider has not started by `start_by` | a no-show is marked |
/// | Running to Settling | work waits for a price, and none qualifies for this job | a halt is marked |
/// | Running to Settling | a halt is marked, and a price qualifies | the mark is taken off |
///
/// A halt's mark stops nothing: work goes on, and receipts are accepted and converted as without it
/// (a conversion takes the mark off too). Why one stale moment at either end of `halt_max` is
/// nevertheless no way to end at an old price is said in `settlement_interface::rules`, `halt.rs`.
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
    /// The pinned feed; read only where a halt matters.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
}

impl Mark {
    /// A provider that is late; its mark stays until it starts or has failed.
    fn no_show(&mut self, now: i64) -> Result<u8> {
        let Self { by, job, provider, .. } = self;
        require!(job.mark == MARK_NONE, SettlementError::AlreadyMarked);
        require!(now > job.terms.order.start_by, SettlementError::NothingToMark);
        let party = *by.address() == job.terms.consumer || *by.address() == provider.authority;
        job.reporter = if party { Address::default() } else { *by.address() };
        Ok(MARK_NO_SHOW)
    }

    /// A halt that begins, is renewed after it was refuted, or is over.
    fn halt(&self, now: i64) -> Result<u8> {
        let Self { job, config, price, feed, .. } = self;
        // The stable rail needs no price, so nothing halts it.
        require!(job.terms.order.rail == RAIL_TOKEN, SettlementError::NothingToMark);
        let limits = job.terms.limits();
        let qualifies = oracle::read(config, price, feed.account(), &limits, now)?.is_ok();
        if job.mark == MARK_HALT {
            let refuted = halt_refuted(price, &limits, config.decimals, job.marked_at);
            require!(qualifies || refuted, SettlementError::AlreadyMarked);
        }
        if qualifies {
            require!(job.mark == MARK_HALT, SettlementError::NothingToMark);
            return Ok(MARK_NONE);
        }
        let waits = whole(job.outstanding())? > 0 && job.escrow > 0;
        require!(waits, SettlementError::NothingToMark);
        Ok(MARK_HALT)
    }
}

pub(crate) fn handler(ctx: &mut Context<Mark>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let accounts = &mut ctx.accounts;
    same(accounts.provider.address(), &accounts.job.terms.provider, SettlementError::WrongProvider)?;
    let mark = match accounts.job.state() {
        Some(JobState::Assigned) => accounts.no_show(now)?,
        Some(JobState::Running | JobState::Closing | JobState::Held | JobState::Settling) => {
            accounts.halt(now)?
        }
        _ => return Err(SettlementError::WrongState.into()),
    };
    let Mark { by, job, event_authority, .. } = accounts;
    job.mark = mark;
    job.marked_at = now;
    job.marked_slot = slot;
    let entity = *job.address();
    let event = JobMarked {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        by: *by.address(),
        slot,
        mark: u64::from(mark),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
