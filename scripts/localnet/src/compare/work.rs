//! Every receipt and conversion of a job against its event.

use super::Sides;
use super::book::Sheet;
use super::history::Entry;
use super::moment::rfc3339;
use crate::failure::Result;
use settlement_interface::Address;
use settlement_interface::events::{Converted, Event, HALT_MINIMUM, HALT_NOTHING, JobClosed};
use settlement_interface::math::mul_div_floor;
use settlement_interface::oracle::Halt;
use settlement_interface::rules::usd_floor;

pub(super) fn compare(sides: &mut Sides<'_>, job: &Address) -> Result<()> {
    receipts(sides, job)?;
    conversions(sides, job)
}

fn receipts(sides: &mut Sides<'_>, job: &Address) -> Result<()> {
    let items = sides.served.items(&format!("/v1/jobs/{job}/receipts"))?;
    let mut events: Vec<(&Entry, _)> = Vec::new();
    for entry in &sides.history.entries {
        if let Event::ReceiptAccepted(event) = &entry.event
            && event.job == *job
        {
            events.push((entry, event));
        }
    }
    events.sort_by_key(|(_, event)| event.index);
    sides.number("receipts", format!("receipts of {job}"), items.len(), events.len());
    for (item, (entry, event)) in items.iter().zip(events) {
        let group = format!("receipt {} of {job}", event.index);
        let mut sheet = Sheet::new(sides.book, group, item, sides.accounts.decimals()).counted("receipts");
        sheet.plain("/number", event.index);
        placed(&mut sheet, entry, event.at);
        sheet.plain("/meter", event.meter);
        sheet.plain("/units", event.units);
        sheet.plain("/through", rfc3339(event.through));
        sheet.usd("/accepted", event.accepted);
        sheet.usd("/outstanding", event.outstanding);
        sheet.maybe("/halt", halt(event.halt));
        sheet.close();
    }
    Ok(())
}

fn halt(code: u64) -> Option<&'static str> {
    match code {
        0 => None,
        HALT_MINIMUM => Some("minimum_price"),
        HALT_NOTHING => Some("nothing"),
        _ => Halt::ALL.into_iter().find(|halt| *halt as u64 == code).map(Halt::name),
    }
}

fn conversions(sides: &mut Sides<'_>, job: &Address) -> Result<()> {
    let items = sides.served.items(&format!("/v1/jobs/{job}/conversions"))?;
    let of_job = |entry: &&Entry| match &entry.event {
        Event::Converted(event) => event.job == *job,
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
    sheet.plain("/price/spot", event.quoted.spot);
    sheet.plain("/price/confidence", event.quoted.confidence);
    sheet.plain("/price/average", event.quoted.average);
    sheet.plain("/price/burn", event.quoted.burn);
    sheet.plain("/price/mint", event.quoted.mint);
    sheet.plain("/price/exponent", event.quoted.exponent);
    sheet.plain("/price/published_at", rfc3339(event.quoted.publish_time));
    sheet.plain("/price/slot", event.quoted.slot);
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
    sheet.tokens("/escrow", 0);
    sheet.usd("/outstanding", 0);
    sheet.maybe("/epoch", None::<u64>);
    sheet.maybe("/weight", None::<u64>);
    sheet.maybe("/quality_bps", None::<u64>);
    sheet.maybe("/price", None::<u64>);
}
