//! What a network emitted, written down for those who read events.

use crate::world::World;
use serde_json::{Value, json};

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl World {
    /// Every transaction that was accepted, with its slot, its time and its events.
    pub fn told(&self) -> Vec<Value> {
        let transactions = self.history.iter().map(|(slot, at, events)| {
            let events: Vec<_> = events.iter().map(|event| hex(&event.encode())).collect();
            json!({ "slot": slot, "at": at, "events": events })
        });
        transactions.collect()
    }
}
