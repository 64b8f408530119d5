//! Events as the chain emitted them.

use super::View;
use super::place::Place;
use crate::error::Result;
use crate::pagination::{Limit, Order};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

/// One event.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of events, described there")]
pub struct Event {
    #[sqlx(flatten)]
    pub place: Place,
    pub name: String,
    pub at: i64,
    pub body: Value,
    /// `[{"entity": …, "sequence": …}]`: of `body`.
    pub entities: Value,
    /// The event's number among those of the entity asked for.
    pub sequence: Option<i64>,
}

/// Where a page of events ended.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct After {
    /// The last event's place.
    pub place: Place,
    /// Number among the entity's events, if one is asked for.
    pub sequence: Option<i64>,
}

pub(super) const COLUMNS: &str =
    "SELECT e.slot, e.signature, e.instruction, e.inner_index, e.tx_index, e.name, e.at,
    e.body, coalesce(e.body -> 'entities', '[]') AS entities, ";

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
                Place::past(&mut query, "e", after.map(|after| after.place), order);
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
            None => Place::cut(&mut query, "e", order, limit.fetch()),
            Some(_) => {
                query.push(format_args!(" ORDER BY s.sequence {word} LIMIT ")).push_bind(limit.fetch());
            }
        }
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
