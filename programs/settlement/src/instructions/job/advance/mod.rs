//! The steps of `advance_job`, one file each.

mod close;
mod closing;
mod fail;
mod lapse;
mod settling;

use settlement_interface::accounts::Job;

/// Whether the mark of this kind has had its grace, in seconds and in slots: time decides, slots
/// only prove that the chain ran.
pub(super) fn grace_passed(job: &Job, mark: u8, now: i64, slot: u64) -> bool {
    let grace = job.terms.parameters.grace;
    let slots = u64::try_from(grace).unwrap_or(u64::MAX);
    job.mark == mark
        && now >= job.marked_at.saturating_add(grace)
        && slot >= job.marked_slot.saturating_add(slots)
}
