//! The buyback against its account and its vault, and each of its fills against its event.

use super::Sides;
use super::book::Sheet;
use super::moment::{happened, rfc3339};
use crate::failure::Result;
use settlement_interface::accounts::{Job, Party};
use settlement_interface::events::Event;
use settlement_interface::pda;
use settlement_interface::rules::buyback::factor_bps;
use settlement_interface::terms::RAIL_STABLE;

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let (data, _) = sides.served.data("/v1/buyback")?;
    let accounts = sides.accounts;
    let mut sheet = Sheet::new(sides.book, "buyback", &data, accounts.decimals());
    sheet.plain("/open", accounts.buyback.is_some());
    if let Some(buyback) = &accounts.buyback {
        sheet.plain("/mint", accounts.config.stable_mint);
        sheet.plain("/vault", pda::buyback_vault());
        sheet.plain("/rounds", buyback.rounds);
        sheet.usd("/lot", buyback.lot);
        sheet.usd("/left", buyback.left);
        sheet.maybe("/started_at", happened(buyback.started_at));
        sheet.maybe("/ticked_at", happened(buyback.ticked_at));
        sheet.plain("/elapsed", buyback.elapsed);
        let runs = buyback.left > 0;
        sheet.maybe("/factor_bps", factor_bps(buyback.elapsed).filter(|_| runs));
        sheet.usd("/held", accounts.buyback_vault);
        sheet.usd("/waiting", accounts.over_jobs(RAIL_STABLE, waiting));
        sheet.usd("/sold", buyback.sold);
        sheet.tokens("/burned", buyback.burned);
    }
    sheet.close();
    fills(sides)
}

/// What a job still owes the buyback.
fn waiting(job: &Job) -> u64 {
    job.dues.get(Party::Buyback as usize).map_or(0, |due| due.escrow)
}

fn fills(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items("/v1/buybacks")?;
    let mut events = Vec::new();
    for entry in &sides.history.entries {
        if let Event::BuybackFilled(event) = &entry.event {
            events.push((entry, event));
        }
    }
    // What was sold by then puts them in order.
    events.sort_by_key(|(_, event)| event.total_sold);
    sides.book.add("buybacks", "number", items.len(), events.len());
    for (number, (item, (entry, event))) in (1u64..).zip(items.iter().zip(events)) {
        let group = format!("fill {number} of the buyback");
        let sheet = Sheet::new(sides.book, group, item, sides.accounts.decimals());
        let mut sheet = sheet.words_counted("words of fills");
        sheet.plain("/round", event.round);
        sheet.plain("/at", rfc3339(event.at));
        sheet.plain("/slot", entry.slot);
        sheet.plain("/signature", &entry.signature);
        sheet.plain("/buyer", event.buyer);
        sheet.plain("/destination", event.destination);
        sheet.usd("/lot", event.lot);
        sheet.usd("/paid", event.paid);
        sheet.tokens("/burned", event.burned);
        sheet.usd("/left", event.left);
        sheet.plain("/factor_bps", event.factor_bps);
        sheet.plain("/worth", event.worth);
        sheet.plain("/exponent", event.quoted.exponent);
        sheet.close();
    }
    Ok(())
}
