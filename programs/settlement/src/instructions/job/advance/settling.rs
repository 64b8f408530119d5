//! The end of receipts, and what is waited for after it: cases, disputes, the service level's grace.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use crate::guards::{add, present, whole};
use crate::instructions::job::ending::{burn_stake, delays, slash};
use crate::pending::{self, Events};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, Judged};
use settlement_interface::events::{JobHeld, JobSettling, ServiceCredited};
use settlement_interface::rules::{has_lasted, missed_budget, service_credit, split};
use settlement_interface::terms::METER_REGISTERED;

/// What a missed service level costs.
struct Credit {
    /// Units promised until the meter's last accepted words.
    promised: u64,
    /// Missed of it and not judged before.
    missed: u64,
    /// Taken for that, base units.
    slashed: u64,
}

/// Units promised by the meter's last accepted words (silence proves nothing), and what these show to be missed.
fn service(job: &Job) -> Result<(u64, Judged)> {
    let (promise, from, to) = (job.promise(), job.started_at, job.through);
    Ok((whole(promise.units(from, to))?, whole(promise.shows(from, to, job.units))?))
}

impl AdvanceJob {
    /// Closing ends. A job whose receipts can be neither disputed nor contradicted settles at once.
    pub(in super::super) fn end_receipts(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        require!(job.progress().is_over(now, slot), SettlementError::NothingDue);
        let order = &job.terms.order;
        if order.meter_kind != METER_REGISTERED && order.verifiable == 0 {
            return self.begin_settling(now, bump);
        }
        let (promised, Judged { missed, .. }) = service(job)?;
        if missed > 0 {
            (job.service_at, job.service_slot) = (now, slot);
        }
        job.state = JobState::Held as u8;
        let entity = *job.address();
        let [old, young] = job.pending;
        let event = JobHeld {
            entities: [touch(&entity, &mut job.sequence)?],
            at: now,
            job: entity,
            slot,
            outstanding: whole(job.outstanding())?,
            pending: whole(old.usd.checked_add(young.usd))?,
            promised,
            missed,
        };
        emit(&self.event_authority, bump, &event)
    }

    /// Held ends when nothing is pending, nothing is open, and the time to report outages is over.
    pub(in super::super) fn release(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        pending::mature(job, (now, slot), &Events { authority: &self.event_authority, bump })?;
        let empty = job.pending.iter().all(|bucket| bucket.usd == 0);
        let quiet = job.open_cases == 0 && job.open_disputes == 0;
        let registered = job.terms.order.meter_kind == METER_REGISTERED;
        let reported = !registered || job.is_past_reporting((now, slot));
        require!(empty && quiet && reported, SettlementError::NothingDue);
        if job.service_at != 0 {
            let grace = job.terms.parameters.grace;
            let graced = has_lasted((job.service_at, job.service_slot), grace, (now, slot));
            require!(graced && now >= job.waits_until, SettlementError::NothingDue);
            let credit = self.credit()?;
            let job = &mut self.job;
            let worth = whole(job.is_worth_waiting(credit.slashed))?;
            if worth && delays(job, &self.totals, &Address::default(), now, &self.event_authority, bump)? {
                return Ok(());
            }
            self.credit_service(&credit, now, bump)?;
        }
        self.begin_settling(now, bump)
    }

    /// What the missed service level costs, as far as no case has judged it.
    fn credit(&self) -> Result<Credit> {
        let job = &self.job;
        let (promised, shown) = service(job)?;
        let missed = whole(job.unjudged(&shown, 0))?;
        let (at_risk, whole_job) = (whole(job.bond_at_risk())?, whole(job.promised())?);
        let bps = job.terms.parameters.sla_penalty_bps;
        let slashed = whole(service_credit(at_risk, bps, missed, whole_job))?.min(job.bond);
        Ok(Credit { promised, missed, slashed })
    }

    /// Takes what the missed service level costs, in proportion to what the whole job promised, as an outage's
    /// penalty is: else closing a job early would make little that was missed the most of it. What cases
    /// penalised since the mark counts no more.
    fn credit_service(&mut self, credit: &Credit, now: i64, bump: u8) -> Result<()> {
        let &Credit { promised, missed, slashed } = credit;
        let Self { job, provider, config, totals, stake_vault, mint, .. } = self;
        (job.service_at, job.service_slot) = (0, 0);
        if missed == 0 {
            return Ok(());
        }
        add(&mut job.judged_units, missed)?;
        let provider = present(provider)?;
        let terms = job.terms.parameters;
        let parts = whole(split(slashed, terms.harmed_bps, terms.reporter_bps, false))?;
        slash(job, provider, totals, &parts)?;
        let bad = whole(missed_budget(job.accepted_budget, missed, whole(job.promised())?))?;
        let bad = job.blame(bad);
        provider.blame(bad, now);
        totals.count(parts.burned, now);
        burn_stake(stake_vault, mint, config, parts.burned)?;
        let (entity, provider_address, totals_address) =
            (*job.address(), *provider.address(), *totals.address());
        let event = ServiceCredited {
            entities: [
                touch(&entity, &mut job.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&totals_address, &mut totals.sequence)?,
            ],
            at: now,
            job: entity,
            provider: provider_address,
            promised,
            missed,
            slashed,
            harmed: parts.harmed,
            burned: parts.burned,
            bond: job.bond,
            stake: provider.stake,
            bad,
        };
        emit(&self.event_authority, bump, &event)
    }

    fn begin_settling(&mut self, now: i64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        job.state = JobState::Settling as u8;
        let entity = *job.address();
        let outstanding = whole(job.outstanding())?;
        let event =
            JobSettling { entities: [touch(&entity, &mut job.sequence)?], at: now, job: entity, outstanding };
        emit(&self.event_authority, bump, &event)
    }
}
