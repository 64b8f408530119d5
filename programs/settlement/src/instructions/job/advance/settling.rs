//! The end of receipts, and of waiting for what is pending.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use crate::guards::whole;
use crate::pending::{self, Events};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::events::{JobHeld, JobSettling};

impl AdvanceJob {
    /// A verifiable job is held; any other settles at once.
    pub(in super::super) fn end_receipts(&mut self, now: i64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        let until = job.closing_at.saturating_add(job.terms.parameters.receipt_grace);
        require!(now > until, SettlementError::NothingDue);
        if job.terms.order.verifiable == 0 {
            return self.begin_settling(now, bump);
        }
        job.state = JobState::Held as u8;
        let entity = *job.address();
        let [old, young] = job.pending;
        let event = JobHeld {
            entities: [touch(&entity, &mut job.sequence)?],
            at: now,
            job: entity,
            pending: whole(old.usd.checked_add(young.usd))?,
        };
        emit(&self.event_authority, bump, &event)
    }

    /// Nothing is pending and no dispute is open.
    pub(in super::super) fn leave_held(&mut self, now: i64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        pending::mature(job, now, &Events { authority: &self.event_authority, bump })?;
        let waits = job.open_disputes > 0 || job.pending.iter().any(|bucket| bucket.usd > 0);
        require!(!waits, SettlementError::NothingDue);
        self.begin_settling(now, bump)
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
