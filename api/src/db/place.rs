//! An event's place in the order of the chain: what lists of events of any kind are ordered and continued by.

use crate::pagination::Order;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

/// Columns of a place in order. The signature keeps transactions apart of which no node says their place in the block.
const COLUMNS: [&str; 5] = ["slot", "tx_index", "signature", "instruction", "inner_index"];

/// A place on the chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::FromRow)]
pub struct Place {
    /// Slot.
    pub slot: i64,
    /// Place of the transaction in the block.
    pub tx_index: i32,
    /// The transaction.
    pub signature: String,
    /// Outer instruction.
    pub instruction: i32,
    /// Inner instruction under it.
    pub inner_index: i32,
}

impl Place {
    /// Ahead of everything in a slot.
    pub const fn before(slot: i64) -> Self {
        Self { slot, tx_index: -1, signature: String::new(), instruction: -1, inner_index: -1 }
    }

    /// Whether something happened there.
    pub fn is_event(&self) -> bool {
        !self.signature.is_empty()
    }

    /// Adds a condition that leads past `after` in a direction, of a table that has these columns.
    pub fn past(query: &mut QueryBuilder<Postgres>, table: &str, after: Option<Self>, order: Order) {
        let Some(after) = after else { return };
        let past = order.past();
        // The slot alone says the same to an index that begins with it and lacks the rest.
        query.push(format_args!(" AND {table}.slot {past}= ")).push_bind(after.slot);
        query.push(format_args!(" AND ({}) {past} (", of(table, "")));
        query.push_bind(after.slot).push(", ").push_bind(after.tx_index).push(", ");
        query.push_bind(after.signature).push(", ");
        query.push_bind(after.instruction).push(", ").push_bind(after.inner_index).push(")");
    }

    /// Orders by the place and cuts.
    pub fn cut(query: &mut QueryBuilder<Postgres>, table: &str, order: Order, most: i64) {
        query.push(format_args!(" ORDER BY {} LIMIT ", of(table, order.name()))).push_bind(most);
    }
}

fn of(table: &str, direction: &str) -> String {
    COLUMNS.map(|column| format!("{table}.{column} {direction}")).join(", ")
}
