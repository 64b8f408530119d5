//! A provider that never started.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use crate::guards::{add, present, whole};
use crate::instructions::job::ending::{burn_stake, delays, end, owe_from_stake, release_bond, slash};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{JobState, MARK_NO_SHOW, Party};
use settlement_interface::events::JobFailed;
use settlement_interface::rules::{has_lasted, split_penalty};

impl AdvanceJob {
    pub(in super::super) fn fail(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let Self { job, provider, config, totals, stake_vault, mint, .. } = self;
        let provider = present(provider)?;
        let marked = (job.marked_at, job.marked_slot);
        let graced = job.mark == MARK_NO_SHOW && has_lasted(marked, job.terms.parameters.grace, (now, slot));
        require!(graced && now >= job.waits_until, SettlementError::NothingDue);
        if delays(job, totals, &Address::default(), now, &self.event_authority, bump)? {
            return Ok(());
        }
        let terms = job.terms.parameters;
        let has_reporter = job.reporter != Address::default();
        let split = whole(split_penalty(
            job.bond,
            terms.no_show_bps,
            terms.harmed_bps,
            terms.reporter_bps,
            has_reporter,
        ))?;
        let bond = job.bond;
        slash(job, provider, totals, &split)?;
        release_bond(job, provider, totals)?;
        owe_from_stake(job, Party::Reporter, split.reporter)?;
        let budget = job.accepted_budget;
        let bad = job.blame(budget);
        provider.blame(bad, now);
        add(&mut provider.jobs_failed, 1)?;
        let refund = end(job, JobState::Failed, now)?;
        totals.count(split.burned, now);
        burn_stake(stake_vault, mint, config, split.burned)?;
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
}
