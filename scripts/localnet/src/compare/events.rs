//! Every event: its place, its time, and the numbers that it has among those of each account.

use super::Sides;
use super::book::Sheet;
use super::history::Entry;
use super::moment::rfc3339;
use crate::failure::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// An account and the event's number among its events.
type Number = (String, u64);

pub(super) fn compare(sides: &mut Sides<'_>) -> Result<()> {
    let items = sides.served.items("/v1/events")?;
    sides.book.add("events", "number", items.len(), sides.history.entries.len());
    let own =
        sides.history.entries.iter().filter_map(|entry| Some((numbers(entry).into_iter().next()?, entry)));
    let own: BTreeMap<Number, &Entry> = own.collect();
    for item in &items {
        let first = Number::from((
            item.pointer("/entities/0/entity")
                .and_then(Value::as_str)
                .context("an event without an account")?
                .to_owned(),
            item.pointer("/entities/0/sequence")
                .and_then(Value::as_u64)
                .context("an event without a number")?,
        ));
        let group = format!("event {} of {}", first.1, first.0);
        let Some(entry) = own.get(&first).copied() else {
            sides.book.add(&group, "on chain", "yes", "no");
            continue;
        };
        let mut sheet = Sheet::new(sides.book, group, item, sides.accounts.decimals()).counted("events");
        sheet.plain("/name", entry.event.name());
        sheet.plain("/slot", entry.slot);
        sheet.plain("/signature", &entry.signature);
        sheet.plain("/at", rfc3339(entry.event.at()));
        for (place, (entity, number)) in numbers(entry).into_iter().enumerate() {
            sheet.plain(&format!("/entities/{place}/entity"), entity);
            sheet.plain(&format!("/entities/{place}/sequence"), number);
        }
        // What the fields amount to is compared wherever it is served; their places follow from the slot.
        for words in ["/body", "/tx_index", "/instruction", "/inner_index"] {
            sheet.skip(words);
        }
        sheet.close();
    }
    Ok(())
}

/// In the API's order: by account.
fn numbers(entry: &Entry) -> Vec<Number> {
    let mut all: Vec<Number> =
        entry.event.touched().map(|touched| (touched.entity.to_string(), touched.sequence)).collect();
    all.sort();
    all
}
