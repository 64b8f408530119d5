//! What accepting a receipt writes, on either rail.

use crate::guards::{add, whole};
use anchor_lang::prelude::*;
use settlement_interface::accounts::Job;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::charge;

/// Books a receipt that [`crate::guards::receipt::read`] has let in; returns what it newly charges, micro-dollars.
#[inline(always)]
pub fn accept(job: &mut Job, receipt: &Receipt, now: i64) -> Result<u64> {
    let order = &job.terms.order;
    let charged = whole(charge(receipt.units, order.rate, order.unit, order.budget))?.max(job.accepted);
    let newly = whole(charged.checked_sub(job.accepted))?;
    job.accepted = charged;
    job.units = receipt.units;
    job.through = receipt.through;
    job.heard_at = now;
    add(&mut job.receipts, 1)?;
    Ok(newly)
}
