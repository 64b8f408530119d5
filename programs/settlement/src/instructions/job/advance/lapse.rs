//! An offer or an auction that can no longer be accepted in time.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use crate::instructions::job::ending::end;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{JobState, REASON_LAPSED};
use settlement_interface::events::{JobCancelled, Touched};

impl AdvanceJob {
    pub(in super::super) fn lapse(&mut self, now: i64, bump: u8) -> Result<()> {
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
}
