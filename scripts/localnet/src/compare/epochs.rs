//! Epochs against their accounts, and those whose accounts are closed against their events.

use super::Sides;
use super::book::Sheet;
use super::history::History;
use super::moment::rfc3339;
use crate::failure::{Context, Result};
use settlement_interface::accounts::Epoch;
use settlement_interface::events::Event;
use settlement_interface::{Address, pda, rules};
use std::collections::BTreeMap;

/// What is known of an epoch.
#[derive(Clone, Copy, Debug, Default)]
struct EpochSeen {
    take: u64,
    weight: u128,
    rebate_bps: u16,
    rebated: u64,
    credits: u64,
    claimed: u64,
    closed: bool,
}

impl EpochSeen {
    /// By its account.
    fn kept(epoch: &Epoch) -> Self {
        Self {
            take: epoch.take,
            weight: epoch.weight.get(),
            rebate_bps: epoch.rebate_bps,
            rebated: epoch.rebated,
            credits: epoch.credits,
            claimed: epoch.claimed,
            closed: false,
        }
    }
}

/// Every epoch, by its events.
fn epochs_seen(history: &History) -> BTreeMap<u64, EpochSeen> {
    let mut epochs: BTreeMap<u64, EpochSeen> = BTreeMap::new();
    for entry in &history.entries {
        match &entry.event {
            Event::Converted(event) => {
                let epoch = epochs.entry(event.epoch).or_default();
                epoch.take = epoch.take.saturating_add(event.take);
                epoch.weight = epoch.weight.saturating_add(event.weight.get());
                epoch.rebate_bps = u16::try_from(event.rebate_bps).unwrap_or(u16::MAX);
                epoch.credits =
                    epoch.credits.saturating_add(u64::from(event.credit_payer != Address::default()));
            }
            Event::RebateClaimed(event) => {
                let epoch = epochs.entry(event.epoch).or_default();
                epoch.rebated = epoch.rebated.saturating_add(event.amount);
                epoch.claimed = epoch.claimed.saturating_add(1);
            }
            Event::EpochClosed(event) => epochs.entry(event.epoch).or_default().closed = true,
            _ => {}
        }
    }
    epochs
}

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items_at("/v1/epochs")?;
    let accounts = sides.accounts;
    let seen = epochs_seen(sides.history);
    sides.book.add("epochs", "number", items.len(), seen.len());
    let open = seen.values().filter(|epoch| !epoch.closed).count();
    sides.book.add("chain", "epochs not closed, by their accounts", open, accounts.epochs.len());
    let length = accounts.config.parameters.epoch_len;
    for (item, moment) in &items {
        let index = item.pointer("/epoch").and_then(serde_json::Value::as_u64);
        let index = index.context("an epoch of the API has no number")?;
        let address = pda::epoch(index);
        let group = format!("epoch {index}");
        let kept = accounts.epochs.get(&address).map(EpochSeen::kept);
        let Some(epoch) = kept.as_ref().or_else(|| seen.get(&index)) else {
            sides.book.add(&group, "account", address, "(none)");
            continue;
        };
        let starts = i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(length);
        let ends = starts.saturating_add(length);
        let pool = rules::rebate_pool(epoch.take, epoch.rebate_bps).context("a pool is out of range")?;
        let worth = sides.flows.takes.get(&index).copied().unwrap_or_default();
        let mut sheet = Sheet::new(sides.book, group, item, accounts.decimals());
        sheet.plain("/epoch", index);
        sheet.plain("/account", address);
        sheet.plain("/starts_at", rfc3339(starts));
        sheet.plain("/ends_at", rfc3339(ends));
        sheet.plain("/ended", ends <= moment.as_of);
        sheet.tokens("/take", epoch.take);
        sheet.usd("/take_usd", worth.usd);
        sheet.plain("/weight", epoch.weight);
        sheet.plain("/rebate_bps", epoch.rebate_bps);
        sheet.tokens("/pool", pool);
        sheet.tokens("/rebated", epoch.rebated);
        sheet.plain("/credits", epoch.credits);
        sheet.plain("/claimed", epoch.claimed);
        sheet.close();
    }
    Ok(())
}
