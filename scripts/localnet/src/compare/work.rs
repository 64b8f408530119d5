//! Every receipt and conversion of a job against its event.

use super::Sides;
use super::book::Sheet;
use super::history::Entry;
use super::moment::rfc3339;
use crate::failure::Result;
use crate::units::STABLE_DECIMALS;
use settlement_interface::Address;
use settlement_interface::events::{
    Converted, Event, HALT_MINIMUM, HALT_NOTHING, JobClosed, Quoted, ReceiptAccepted, StableSettled,
};
use settlement_interface::math::mul_div_floor;
use settlement_interface::oracle::Halt;
use settlement_interface::rules::usd_floor;
use std::collections::BTreeMap;

pub(super) fn compare(sides: &mut Sides<'_>, job: &Address) -> Result<()> {
    receipts(sides, job)?;
    conversions(sides, job)
}

/// In place of a reason: a batch converts nothing.
const HALT_BATCH: u64 = u64::MAX;

/// A receipt as the API shows it, of either of the events that accept one.
struct Receipt {
    index: u64,
    meter: Address,
    at: i64,
    units: u64,
    through: i64,
    accepted: u64,
    outstanding: u64,
    halt: u64,
}

fn receipts(sides: &mut Sides<'_>, job: &Address) -> Result<()> {
    let items = sides.served.items(&format!("/v1/jobs/{job}/receipts"))?;
    let mut events: Vec<(&Entry, Receipt)> = Vec::new();
    let mut commitments: BTreeMap<u64, ([u8; 32], u64)> = BTreeMap::new();
    for entry in &sides.history.entries {
        match &entry.event {
            Event::ReceiptAccepted(event) if event.job == *job => {
                let ReceiptAccepted { index, meter, at, units, through, accepted, outstanding, halt, .. } =
                    **event;
                let receipt = Receipt { index, meter, at, units, through, accepted, outstanding, halt };
                events.push((entry, receipt));
            }
            Event::PendingMoved(event) if event.job == *job && event.receipt != 0 => {
                commitments.insert(event.receipt, (event.root, event.steps));
            }
            Event::BatchAccepted(event) => {
                let own = event.entities.iter().zip(&event.entries);
                for (_, one) in own.filter(|(touched, _)| touched.entity == *job) {
                    let receipt = Receipt {
                        index: one.index,
                        meter: event.meter,
                        at: event.at,
                        units: one.units,
                        through: event.through,
                        accepted: one.accepted,
                        outstanding: one.outstanding,
                        halt: HALT_BATCH,
                    };
                    events.push((entry, receipt));
                }
            }
            _ => {}
        }
    }
    events.sort_by_key(|(_, receipt)| receipt.index);
    sides.number("receipts", format!("receipts of {job}"), items.len(), events.len());
    for (item, (entry, receipt)) in items.iter().zip(events) {
        let group = format!("receipt {} of {job}", receipt.index);
        let mut sheet = Sheet::new(sides.book, group, item, sides.accounts.decimals()).counted("receipts");
        sheet.plain("/number", receipt.index);
        placed(&mut sheet, entry, receipt.at);
        sheet.plain("/meter", receipt.meter);
        sheet.plain("/units", receipt.units);
        sheet.plain("/through", rfc3339(receipt.through));
        sheet.usd("/accepted", receipt.accepted);
        sheet.usd("/outstanding", receipt.outstanding);
        sheet.maybe("/halt", halt(receipt.halt));
        match commitments.get(&receipt.index) {
            Some((root, steps)) => {
                sheet.plain("/commitment/root", super::hex(root));
                sheet.plain("/commitment/steps", steps);
            }
            None => sheet.maybe("/commitment", None::<u64>),
        }
        sheet.close();
    }
    Ok(())
}

fn halt(code: u64) -> Option<&'static str> {
    match code {
        0 => None,
        HALT_BATCH => Some("batch"),
        HALT_MINIMUM => Some("minimum_price"),
        HALT_NOTHING => Some("nothing"),
        _ => Halt::ALL.into_iter().find(|halt| *halt as u64 == code).map(Halt::name),
    }
}

fn conversions(sides: &mut Sides<'_>, job: &Address) -> Result<()> {
    let items = sides.served.items(&format!("/v1/jobs/{job}/conversions"))?;
    let of_job = |entry: &&Entry| match &entry.event {
        Event::Converted(event) => event.job == *job,
        Event::StableSettled(event) => event.job == *job,
        Event::JobClosed(event) => event.job == *job && event.in_kind_usd > 0,
        _ => false,
    };
    let mut events: Vec<&Entry> = sides.history.entries.iter().filter(of_job).collect();
    // A job's own sequence puts its events in order.
    events.sort_by_key(|entry| entry.event.touched().find(|t| t.entity == *job).map_or(0, |t| t.sequence));
    sides.number("conversions", format!("conversions of {job}"), items.len(), events.len());
    for (number, (item, entry)) in items.iter().zip(events).enumerate() {
        let group = format!("conversion {} of {job}", number.saturating_add(1));
        let sheet = Sheet::new(sides.book, group, item, sides.accounts.decimals());
        let mut sheet = sheet.counted("conversions");
        match &entry.event {
            Event::Converted(event) => converted(&mut sheet, entry, event),
            Event::JobClosed(event) => in_kind(&mut sheet, entry, event),
            Event::StableSettled(event) => in_dollars(&mut sheet, entry, event),
            _ => {}
        }
        sheet.close();
    }
    Ok(())
}

fn placed(sheet: &mut Sheet<'_>, entry: &Entry, at: i64) {
    sheet.plain("/at", rfc3339(at));
    sheet.plain("/slot", entry.slot);
    sheet.plain("/signature", &entry.signature);
}

fn converted(sheet: &mut Sheet<'_>, entry: &Entry, event: &Converted) {
    let worth = usd_floor(event.earned, event.quoted.mint, event.quoted.scale).unwrap_or(0);
    let worth = u64::try_from(worth).unwrap_or(u64::MAX);
    sheet.plain("/kind", "converted");
    placed(sheet, entry, event.at);
    sheet.usd("/usd", event.usd);
    sheet.usd("/supply_side", worth);
    sheet.usd("/holders", event.usd.saturating_sub(worth));
    sheet.tokens("/burned", event.burned);
    sheet.tokens("/take", event.take);
    sheet.tokens("/earned", event.earned);
    sheet.tokens("/escrow", event.escrow);
    sheet.usd("/outstanding", event.outstanding);
    sheet.plain("/epoch", event.epoch);
    sheet.plain("/weight", event.weight.get());
    sheet.plain("/quality_bps", event.quality);
    sheet.usd("/treasury", 0);
    price(sheet, &event.quoted);
}

/// The price that an event was quoted.
pub(super) fn price(sheet: &mut Sheet<'_>, quoted: &Quoted) {
    sheet.plain("/price/spot", quoted.spot);
    sheet.plain("/price/confidence", quoted.confidence);
    sheet.plain("/price/average", quoted.average);
    sheet.plain("/price/burn", quoted.burn);
    sheet.plain("/price/mint", quoted.mint);
    sheet.plain("/price/exponent", quoted.exponent);
    sheet.plain("/price/published_at", rfc3339(quoted.publish_time));
    sheet.plain("/price/slot", quoted.slot);
}

/// Amounts are dollars, and nothing is burned or weighed.
fn in_dollars(sheet: &mut Sheet<'_>, entry: &Entry, event: &StableSettled) {
    let places = u32::from(STABLE_DECIMALS);
    let take = event.buyback.saturating_add(event.treasury);
    sheet.plain("/kind", "stable");
    placed(sheet, entry, event.at);
    sheet.usd("/usd", event.usd);
    sheet.usd("/supply_side", event.earned);
    sheet.usd("/holders", event.buyback);
    sheet.usd("/treasury", event.treasury);
    sheet.tokens("/burned", 0);
    sheet.tokens_with("/take", take, places);
    sheet.tokens_with("/earned", event.earned, places);
    sheet.tokens_with("/escrow", event.escrow, places);
    sheet.usd("/outstanding", event.outstanding);
    sheet.maybe("/epoch", None::<u64>);
    sheet.maybe("/weight", None::<u64>);
    sheet.maybe("/quality_bps", None::<u64>);
    sheet.maybe("/price", None::<u64>);
}

fn in_kind(sheet: &mut Sheet<'_>, entry: &Entry, event: &JobClosed) {
    let tokens = event.in_kind_paid.saturating_add(event.in_kind_burned);
    let share =
        mul_div_floor(event.in_kind_usd.into(), event.in_kind_paid.into(), tokens.into()).unwrap_or(0);
    let share = u64::try_from(share).unwrap_or(u64::MAX);
    sheet.plain("/kind", "in_kind");
    placed(sheet, entry, event.at);
    sheet.usd("/usd", event.in_kind_usd);
    sheet.usd("/supply_side", share);
    sheet.usd("/holders", event.in_kind_usd.saturating_sub(share));
    sheet.tokens("/burned", event.in_kind_burned);
    sheet.tokens("/take", event.in_kind_burned);
    sheet.tokens("/earned", event.in_kind_paid);
    sheet.usd("/treasury", 0);
    sheet.tokens("/escrow", 0);
    sheet.usd("/outstanding", 0);
    sheet.maybe("/epoch", None::<u64>);
    sheet.maybe("/weight", None::<u64>);
    sheet.maybe("/quality_bps", None::<u64>);
    sheet.maybe("/price", None::<u64>);
}
