//! The steps of `advance_job`, one file each.

mod close;
mod closing;
mod fail;
mod lapse;
mod settling;

use settlement_interface::accounts::Job;
use settlement_interface::terms::Terms;

/// Whether a mark has had its grace, in seconds and in slots: time decides, slots only prove that the
/// chain ran.
pub(crate) fn graced(terms: &Terms, marked_at: i64, marked_slot: u64, now: i64, slot: u64) -> bool {
    let grace = terms.parameters.grace;
    let slots = u64::try_from(grace).unwrap_or(u64::MAX);
    now >= marked_at.saturating_add(grace) && slot >= marked_slot.saturating_add(slots)
}

/// Whether the job's mark of this kind has had its grace.
pub(super) fn grace_passed(job: &Job, mark: u8, now: i64, slot: u64) -> bool {
    job.mark == mark && graced(&job.terms, job.marked_at, job.marked_slot, now, slot)
}
