//! Events as the chain emitted them.

use super::View;
use crate::error::Result;
use crate::pagination::{Limit, Order};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

/// One event.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of events, described there")]
pub struct Event {
    pub slot: i64,
    pub signature: String,
    pub instruction: i32,
    pub inner_index: i32,
    pub tx_index: i32,
    pub name: String,
    pub at: i64,
    pub body: Value,
    /// `[{"entity": …, "sequence": …}]`
    pub entities: Value,
    /// The event's number among those of the entity asked for.
    pub sequence: Option<i64>,
}

/// Where a page of events ended.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct After {
    /// Slot.
    pub slot: i64,
    /// Place of the transaction in the block.
    pub tx_index: i32,
    /// Its signature: it keeps transactions apart of which no node says their place.
    pub signature: String,
    /// Outer instruction.
    pub instruction: i32,
    /// Inner instruction.
    pub inner_index: i32,
    /// Number among the entity's events, if one is asked for.
    pub sequence: Option<i64>,
}

const COLUMNS: &str = "SELECT e.slot, e.signature, e.instruction, e.inner_index, e.tx_index, e.name, e.at, e.body,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('entity', t.entity, 'sequence', t.sequence) ORDER BY t.entity)
        FROM event_entities t
        WHERE (t.slot, t.signature, t.instruction, t.inner_index) = (e.slot, e.signature, e.instruction, e.inner_index)
    ), '[]') AS entities, ";

impl View {
    /// Events in order of the chain, from behind `after`; those of one name only, of one entity only.
    pub async fn events(
        &mut self,
        name: Option<&str>,
        entity: Option<&str>,
        after: Option<After>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Event>> {
        let (past, word) = (order.past(), order.name());
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(COLUMNS);
        match entity {
            None => {
                query.push("NULL::bigint AS sequence FROM events e WHERE e.slot <= ").push_bind(self.slot);
                if let Some(after) = after {
                    query
                        .push(" AND (e.slot, e.tx_index, e.signature, e.instruction, e.inner_index) ")
                        .push(past);
                    query.push(" (").push_bind(after.slot).push(", ").push_bind(after.tx_index).push(", ");
                    query.push_bind(after.signature).push(", ");
                    query.push_bind(after.instruction).push(", ").push_bind(after.inner_index).push(")");
                }
            }
            Some(entity) => {
                query.push("s.sequence FROM event_entities s JOIN events e USING (slot, signature, instruction, inner_index) WHERE s.slot <= ");
                query.push_bind(self.slot).push(" AND s.entity = ").push_bind(entity);
                if let Some(after) = after {
                    query.push(" AND s.sequence ").push(past).push(" ").push_bind(after.sequence);
                }
            }
        }
        if let Some(name) = name {
            query.push(" AND e.name = ").push_bind(name);
        }
        // An entity's numbers follow the chain's order, so that its events are read off an index.
        match entity {
            None => query.push(format_args!(
                " ORDER BY e.slot {word}, e.tx_index {word}, e.signature {word}, e.instruction {word}, e.inner_index {word} LIMIT "
            )),
            Some(_) => query.push(format_args!(" ORDER BY s.sequence {word} LIMIT ")),
        };
        query.push_bind(limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
