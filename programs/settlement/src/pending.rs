//! What of a verifiable job is pending: the rules of [`settlement_interface::rules::pending`] applied
//! to a job, with the event that says so. Whatever reads `outstanding` of a job calls [`mature`]
//! first; a job that is not verifiable has nothing pending and passes untouched.

use crate::emit::{emit, touch};
use crate::guards::whole;
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Job;
use settlement_interface::events::PendingMoved;
use settlement_interface::merkle::is_valid_count;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::pending::{self, Arrival, Moment, grows};

/// Where events go.
pub struct Events<'a> {
    pub authority: &'a UncheckedAccount,
    pub bump: u8,
}

/// Releases what has waited for its dispute window.
pub fn mature(job: &mut Account<Job>, now: Moment, events: &Events<'_>) -> Result<()> {
    pass(job, None, now, events)
}

/// Counts what a receipt newly charges (`usd` micro-dollars, part of `accepted` already) as pending.
/// The receipt has its number in `job.receipts`. It must commit to more steps than the last one: why that
/// lets the newest root of a bucket answer for all of it is said in the rules.
pub fn receive(
    job: &mut Account<Job>,
    receipt: &Receipt,
    usd: u64,
    now: Moment,
    events: &Events<'_>,
) -> Result<()> {
    let Some((root, steps)) = receipt.commitment else { return Ok(()) };
    require!(is_valid_count(u64::from(steps)), SettlementError::StepsOutOfRange);
    require!(grows(job.steps, u64::from(steps)), SettlementError::StepsNotMore);
    job.steps = u64::from(steps);
    let number = whole(u32::try_from(job.receipts).ok())?;
    pass(job, Some(Arrival { usd, root, steps, receipt: number }), now, events)
}

#[inline(never)] // a frame of its own
fn pass(job: &mut Account<Job>, arrival: Option<Arrival>, now: Moment, events: &Events<'_>) -> Result<()> {
    if job.terms.order.verifiable == 0 {
        return Ok(());
    }
    let before = job.pending;
    let window = job.terms.parameters.dispute_window;
    let disputed = job.open_disputes != 0;
    let released = whole(pending::mature(&mut job.pending, window, disputed, now))?;
    if let Some(arrival) = &arrival {
        whole(pending::add(&mut job.pending, arrival, now))?;
    }
    if arrival.is_none() && job.pending == before {
        return Ok(());
    }
    let entity = *job.address();
    let [old, young] = job.pending;
    let event = Box::new(PendingMoved {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now.0,
        job: entity,
        receipt: arrival.map_or(0, |arrival| u64::from(arrival.receipt)),
        root: arrival.map_or([0; 32], |arrival| arrival.root),
        steps: arrival.map_or(0, |arrival| u64::from(arrival.steps)),
        added: arrival.map_or(0, |arrival| arrival.usd),
        released,
        old,
        young,
    });
    emit(events.authority, events.bump, event.as_ref())
}
