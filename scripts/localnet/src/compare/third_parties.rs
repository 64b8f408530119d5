//! Meters and arbiters against their accounts, which are never closed.

use super::Sides;
use super::book::Sheet;
use super::moment::{happened, rfc3339};
use crate::failure::{Context, Result};
use serde_json::Value;
use settlement_interface::Address;
use settlement_interface::accounts::Vouched;

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let accounts = sides.accounts;
    let items = sides.served.items("/v1/meters")?;
    sides.book.add("meters", "number", items.len(), accounts.meters.len());
    for item in &items {
        let id = address(item, "/meter")?;
        let Some(meter) = accounts.meters.get(&id) else {
            sides.book.add(&format!("meter {id}"), "account", id, "(none)");
            continue;
        };
        let mut sheet = Sheet::new(sides.book, format!("meter {id}"), item, accounts.decimals());
        sheet.plain("/meter", id);
        sheet.plain("/key", meter.key);
        sheet.plain("/authority", meter.authority);
        sheet.plain("/number", meter.index);
        sheet.plain("/registered_at", rfc3339(meter.registered_at));
        stake(&mut sheet, &meter.vouched)?;
        sheet.plain("/upheld", meter.upheld);
        sheet.plain("/overturned", meter.overturned);
        sheet.plain("/events", meter.sequence);
        sheet.close();
    }
    let items = sides.served.items("/v1/arbiters")?;
    sides.book.add("arbiters", "number", items.len(), accounts.arbiters.len());
    for item in &items {
        let id = address(item, "/arbiter")?;
        let Some(arbiter) = accounts.arbiters.get(&id) else {
            sides.book.add(&format!("arbiter {id}"), "account", id, "(none)");
            continue;
        };
        let mut sheet = Sheet::new(sides.book, format!("arbiter {id}"), item, accounts.decimals());
        sheet.plain("/arbiter", id);
        sheet.plain("/wallet", arbiter.wallet);
        sheet.plain("/number", arbiter.index);
        sheet.plain("/registered_at", rfc3339(arbiter.registered_at));
        stake(&mut sheet, &arbiter.vouched)?;
        sheet.plain("/rulings", arbiter.rulings);
        sheet.plain("/events", arbiter.sequence);
        sheet.close();
    }
    Ok(())
}

fn address(item: &Value, pointer: &str) -> Result<Address> {
    let text = item.pointer(pointer).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok()).context(format!("the API has no address at {pointer}"))
}

fn stake(sheet: &mut Sheet<'_>, vouched: &Vouched) -> Result<()> {
    sheet.tokens("/stake/total", vouched.stake);
    sheet.tokens("/stake/free", vouched.free().context("a third party's figures contradict each other")?);
    sheet.tokens("/stake/locked", vouched.locked);
    sheet.tokens("/stake/unbonding", vouched.unbonding);
    sheet.maybe("/stake/unbonding_at", happened(vouched.available_at));
    Ok(())
}
