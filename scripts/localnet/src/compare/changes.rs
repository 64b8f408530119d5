//! Changes of the configuration: as their events tell, since a change's account is closed with it.

use super::Sides;
use super::book::Sheet;
use super::hex;
use super::history::History;
use super::moment::{happened, rfc3339};
use crate::failure::Result;
use settlement_interface::change::ChangeKind;
use settlement_interface::events::{ChangeApplied, ChangeQueued, Event};
use settlement_interface::{Address, pda};
use std::collections::BTreeMap;

/// A change by its events.
struct ChangeSeen {
    queued: Box<ChangeQueued>,
    applied: Option<Box<ChangeApplied>>,
    decided: Option<(&'static str, Address, i64)>,
}

fn changes_seen(history: &History) -> BTreeMap<u64, ChangeSeen> {
    let mut changes: BTreeMap<u64, ChangeSeen> = BTreeMap::new();
    for entry in &history.entries {
        match &entry.event {
            Event::ChangeQueued(event) => {
                let seen = ChangeSeen { queued: event.clone(), applied: None, decided: None };
                changes.insert(event.index, seen);
            }
            Event::ChangeApplied(event) => {
                if let Some(change) = changes.get_mut(&event.index) {
                    change.decided = Some(("applied", event.by, event.at));
                    change.applied = Some(event.clone());
                }
            }
            Event::ChangeCancelled(event) => {
                if let Some(change) = changes.get_mut(&event.index) {
                    let word = if event.at > event.expires_at { "expired" } else { "cancelled" };
                    change.decided = Some((word, event.by, event.at));
                }
            }
            _ => {}
        }
    }
    changes
}

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items_at("/v1/changes")?;
    let changes = changes_seen(sides.history);
    let accounts = sides.accounts;
    sides.book.add("changes", "number", items.len(), accounts.config.changes);
    let waiting = changes.values().filter(|change| change.decided.is_none()).count();
    sides.book.add("chain", "changes that wait, by their accounts", waiting, accounts.changes.len());
    for ((item, moment), (index, change)) in items.iter().zip(&changes) {
        let sheet = Sheet::new(sides.book, format!("change {index}"), item, accounts.decimals());
        let mut sheet = sheet.words_counted("changes of the configuration");
        let queued = &change.queued;
        let kind = u8::try_from(queued.kind).ok().and_then(ChangeKind::from_code);
        let time = match moment.as_of {
            now if now < queued.applies_from => "waiting",
            now if now <= queued.expires_at => "ready",
            _ => "expired",
        };
        let decided = change.decided;
        sheet.plain("/change", pda::change(*index));
        sheet.plain("/number", index);
        sheet.maybe("/kind", kind.map(ChangeKind::name));
        sheet.plain("/state", decided.map_or(time, |(word, ..)| word));
        sheet.plain("/queued_by", queued.by);
        sheet.plain("/queued_at", rfc3339(queued.at));
        sheet.plain("/applies_from", rfc3339(queued.applies_from));
        sheet.plain("/expires_at", rfc3339(queued.expires_at));
        sheet.maybe("/decided_at", happened(decided.map_or(0, |(.., at)| at)));
        sheet.maybe("/decided_by", decided.map(|(_, by, _)| by));
        sheet.plain("/base", hex(&queued.base));
        sheet.plain("/rent_payer", queued.rent_payer);
        let previous = change.applied.as_deref();
        if kind == Some(ChangeKind::Parameters) {
            super::network::parameters(&mut sheet, "/parameters", &queued.parameters);
            match previous {
                Some(applied) => {
                    let before = &applied.previous_parameters;
                    super::network::parameters(&mut sheet, "/previous_parameters", before);
                }
                None => sheet.maybe("/previous_parameters", None::<u64>),
            }
            sheet.maybe("/address", None::<u64>);
            sheet.maybe("/previous_address", None::<u64>);
        } else {
            sheet.plain("/address", queued.address);
            sheet.maybe("/previous_address", previous.map(|applied| applied.previous_address));
            sheet.maybe("/parameters", None::<u64>);
            sheet.maybe("/previous_parameters", None::<u64>);
        }
        sheet.close();
    }
    Ok(())
}
