//! What accepting a receipt writes, on either rail.

use crate::guards::{add, whole};
use anchor_lang::prelude::*;
use settlement_interface::accounts::Job;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::charge;

/// Books a receipt that [`crate::guards::receipt::read`] has let in.
pub fn accept(job: &mut Job, receipt: &Receipt, now: i64) -> Result<()> {
    let order = &job.terms.order;
    job.accepted = whole(charge(receipt.units, order.rate, order.unit, order.budget))?.max(job.accepted);
    job.units = receipt.units;
    job.through = receipt.through;
    job.heard_at = now;
    add(&mut job.receipts, 1)
}
