//! The end of work: by time, or because nothing was heard.

use crate::AdvanceJob;
use crate::instructions::job::ending::begin_closing;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{REASON_END, REASON_SILENCE};

impl AdvanceJob {
    pub(in super::super) fn end_work(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        let job = &mut self.job;
        let order = &job.terms.order;
        let reason = if now > order.end_by {
            REASON_END
        } else if now > job.heard_at.saturating_add(order.silence_max) {
            REASON_SILENCE
        } else {
            return Err(SettlementError::NothingDue.into());
        };
        begin_closing(job, reason, (now, slot), &self.event_authority, bump)
    }
}
