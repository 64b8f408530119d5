use crate::emit::{emit, touch};
use crate::guards::{self, add, same, take, whole};
use crate::instructions::job::ending::{delays, owe_from_stake, slash};
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{
    CAUSE_NONE, CAUSE_TURN_MISSED, Dispute, Job, JobState, OUTCOME_CHALLENGER_LOST, OUTCOME_OPEN,
    OUTCOME_PROVIDER_LOST, Party, Provider, REASON_DISPUTE, Totals,
};
use settlement_interface::events::{DisputeResolved, Touched, TurnMarked};
use settlement_interface::rules::pending::{restart, void};
use settlement_interface::rules::{Due, Split, Stage, divide_loss};

/// Takes a dispute one step further. Anyone may: a decision, or a deadline with its mark and its grace,
/// stands in for a signer. Nothing is paid out here.
///
/// | waits for | when | then |
/// |---|---|---|
/// | a turn | one grace is over | marked: this side can still move |
/// | a turn | marked, and one grace more in seconds and slots is over | this side has lost; the provider's loss waits, once, while much of the network fails |
/// | its execution | `k` equal votes, and one grace more in seconds and slots is over | who was ruled against has lost |
/// | its execution | equal outputs were revealed, and one grace more is over | the challenger has lost |
/// | the panel | `dispute_window` is over, in seconds and slots | nobody is at fault, the challenger's bond is due back |
///
/// A challenger that loses owes its bond to the panel's majority and the provider. A provider that
/// loses is not paid for what is pending, loses the job's whole bond to the panel's majority and the
/// consumer, and the job takes no more receipts.
#[event_cpi]
#[derive(Accounts)]
pub struct ResolveDispute {
    /// The dispute.
    #[account(mut)]
    pub dispute: Account<Dispute>,
    /// Its job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
}

pub(crate) fn handler(ctx: &mut Context<ResolveDispute>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let bump = ctx.bumps.event_authority;
    let accounts = &mut ctx.accounts;
    let (dispute, job) = (&mut accounts.dispute, &accounts.job);
    same(&dispute.job, job.address(), SettlementError::WrongDispute)?;
    same(accounts.provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    let terms = &job.terms.parameters;
    let due = dispute.due(terms.grace, terms.dispute_window, now, slot);
    match due.ok_or(SettlementError::NothingToResolve)? {
        Due::Mark => accounts.mark(now, slot, bump),
        Due::Execute if accounts.waits(now, bump)? => Ok(()),
        Due::Execute => accounts.execute(now, slot, bump),
    }
}

impl ResolveDispute {
    /// Whether a turn that the provider missed waits, once for each job, because much of the network fails
    /// at once; until it is executed it can still be taken.
    fn waits(&mut self, now: i64, bump: u8) -> Result<bool> {
        let Self { dispute, job, totals, event_authority, .. } = self;
        if (dispute.outcome, dispute.cause) != (OUTCOME_PROVIDER_LOST, CAUSE_TURN_MISSED) {
            return Ok(false);
        }
        require!(now >= job.waits_until, SettlementError::NothingToResolve);
        let address = *dispute.address();
        let waits = delays(job, totals, &address, now, event_authority, bump)?;
        if waits {
            (dispute.outcome, dispute.cause) = (OUTCOME_OPEN, CAUSE_NONE);
        }
        Ok(waits)
    }

    fn mark(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let dispute = &mut self.dispute;
        dispute.marked_at = now;
        dispute.marked_slot = slot;
        let entity = *dispute.address();
        let event = TurnMarked {
            entities: [touch(&entity, &mut dispute.sequence)?],
            at: now,
            dispute: entity,
            slot,
            stage: u64::from(dispute.stage),
        };
        emit(&self.event_authority, bump, &event)
    }

    fn execute(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let Self { dispute, job, provider, totals, .. } = self;
        take(&mut job.open_disputes, 1)?;
        dispute.stage = Stage::Resolved as u8;
        let (job_address, dispute_address) = (*job.address(), *dispute.address());
        let (provider_address, totals_address) = (*provider.address(), *totals.address());
        let (panel_bps, majority) = (job.terms.parameters.panel_bps, dispute.majority());
        let arbiters = majority.count_ones();
        let mut event = Box::new(DisputeResolved {
            entities: [Touched::NOTHING; 4],
            at: now,
            job: job_address,
            dispute: dispute_address,
            provider: provider_address,
            outcome: u64::from(dispute.outcome),
            cause: u64::from(dispute.cause),
            void: 0,
            slashed: 0,
            bond: dispute.bond,
            arbiters: 0,
            fee: 0,
            to_consumer: 0,
            to_provider: 0,
            refund: 0,
            stake: 0,
            bad: 0,
            accepted: 0,
            old: Default::default(),
            young: Default::default(),
            state: 0,
        });
        match dispute.outcome {
            OUTCOME_PROVIDER_LOST => {
                event.slashed = job.bond;
                let loss = whole(divide_loss(event.slashed, panel_bps, arbiters))?;
                let parts = Split { slashed: event.slashed, harmed: loss.rest, ..Split::default() };
                slash(job, provider, totals, &parts)?;
                (event.fee, event.to_consumer, event.refund) = (loss.each, loss.rest, dispute.bond);
                event.void = whole(void(&mut job.pending))?;
                take(&mut job.accepted, event.void)?;
                let budget = job.accepted_budget;
                event.bad = job.blame(budget);
                provider.blame(event.bad, now);
                add(&mut provider.jobs_failed, 1)?;
                event.stake = provider.stake;
                // No more receipts: what was accepted and is not pending is all that will be converted.
                if job.state != JobState::Held as u8 {
                    job.state = JobState::Held as u8;
                    if job.closing_at == 0 {
                        (job.closing_at, job.closing_slot) = (now, slot);
                    }
                    job.reason = REASON_DISPUTE;
                }
            }
            OUTCOME_CHALLENGER_LOST => {
                let loss = whole(divide_loss(dispute.bond, panel_bps, arbiters))?;
                owe_from_stake(job, Party::Provider, loss.rest)?;
                (event.fee, event.to_provider) = (loss.each, loss.rest);
            }
            _ => event.refund = dispute.bond,
        }
        restart(&mut job.pending, (dispute.opened_at, dispute.opened_slot), (now, slot));
        dispute.fee = event.fee;
        dispute.refund = event.refund;
        dispute.unpaid = if event.fee > 0 { majority } else { 0 };
        require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);

        event.arbiters = u64::from(dispute.unpaid);
        event.accepted = job.accepted;
        [event.old, event.young] = job.pending;
        event.state = u64::from(job.state);
        event.entities = [
            touch(&job_address, &mut job.sequence)?,
            touch(&dispute_address, &mut dispute.sequence)?,
            Touched::NOTHING,
            Touched::NOTHING,
        ];
        if dispute.outcome == OUTCOME_PROVIDER_LOST {
            event.entities[2] = touch(&provider_address, &mut provider.sequence)?;
            event.entities[3] = touch(&totals_address, &mut totals.sequence)?;
        }
        emit(&self.event_authority, bump, event.as_ref())
    }
}
