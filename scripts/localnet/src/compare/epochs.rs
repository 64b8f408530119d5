//! Epochs against their accounts.

use super::Sides;
use super::book::Sheet;
use super::moment::rfc3339;
use crate::failure::{Context, Result};
use settlement_interface::{pda, rules};

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items_at("/v1/epochs")?;
    let accounts = sides.accounts;
    sides.book.add("epochs", "number", items.len(), accounts.epochs.len());
    let length = accounts.config.parameters.epoch_len;
    for (item, moment) in &items {
        let index = item.pointer("/epoch").and_then(serde_json::Value::as_u64);
        let index = index.context("an epoch of the API has no number")?;
        let address = pda::epoch(index);
        let group = format!("epoch {index}");
        let Some(epoch) = accounts.epochs.get(&address) else {
            sides.book.add(&group, "account", address, "(none)");
            continue;
        };
        let starts = i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(length);
        let ends = starts.saturating_add(length);
        let pool = rules::rebate_pool(epoch.take, epoch.rebate_bps).context("a pool is out of range")?;
        let worth = sides.flows.takes.get(&index).copied().unwrap_or_default();
        let mut sheet = Sheet::new(sides.book, group, item, accounts.decimals());
        sheet.plain("/epoch", epoch.index);
        sheet.plain("/account", address);
        sheet.plain("/starts_at", rfc3339(starts));
        sheet.plain("/ends_at", rfc3339(ends));
        sheet.plain("/ended", ends <= moment.as_of);
        sheet.tokens("/take", epoch.take);
        sheet.usd("/take_usd", worth.usd);
        sheet.plain("/weight", epoch.weight.get());
        sheet.plain("/rebate_bps", epoch.rebate_bps);
        sheet.tokens("/pool", pool);
        sheet.tokens("/rebated", epoch.rebated);
        sheet.plain("/credits", epoch.credits);
        sheet.plain("/claimed", epoch.claimed);
        sheet.close();
    }
    Ok(())
}
