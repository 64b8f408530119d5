//! The end of work: by time, or because nothing was heard.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{JobState, REASON_END, REASON_SILENCE};
use settlement_interface::events::JobClosing;

impl AdvanceJob {
    pub(in super::super) fn begin_closing(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
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
        job.closing_slot = slot;
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
}
