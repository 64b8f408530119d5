//! The end of receipts.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use crate::guards::whole;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::events::JobSettling;

impl AdvanceJob {
    pub(in super::super) fn begin_settling(&mut self, now: i64, bump: u8) -> Result<()> {
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
}
