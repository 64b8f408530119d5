//! The steps of `advance_job`, one file each.

mod close;
mod closing;
mod fail;
mod lapse;
mod settling;

use settlement_interface::accounts::Job;
use settlement_interface::rules::has_lasted;

/// Whether the job's mark of this kind has had its grace.
pub(super) fn grace_passed(job: &Job, mark: u8, now: i64, slot: u64) -> bool {
    let grace = job.terms.parameters.grace;
    job.mark == mark && has_lasted((job.marked_at, job.marked_slot), grace, (now, slot))
}
