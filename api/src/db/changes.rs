//! Changes of the configuration.

use super::View;
use super::entity::{Entities, Sql};
use crate::error::Result;
use crate::pagination::{Limit, Order};
use serde_json::Value;

/// One change.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of changes, described there")]
pub struct Change {
    pub entity: String,
    pub number: i64,
    pub kind: String,
    pub state: String,
    pub queued_by: String,
    pub queued_at: i64,
    pub applies_from: i64,
    pub expires_at: i64,
    pub decided_at: Option<i64>,
    pub decided_by: Option<String>,
    pub parameters: Option<Value>,
    pub address: Option<String>,
    pub previous_parameters: Option<Value>,
    pub previous_address: Option<String>,
    pub base: String,
    pub rent_payer: String,
}

impl View {
    /// Changes in order of queueing, from behind number `after`.
    pub async fn changes(&mut self, after: Option<i64>, order: Order, limit: Limit) -> Result<Vec<Change>> {
        let conditions = |sql: &mut Sql| {
            if let Some(after) = after {
                sql.push(" AND number ").push(order.past()).push(" ").push_bind(after);
            }
        };
        let wanted = Entities {
            table: "changes",
            columns:
                "entity, number, kind, state, queued_by, queued_at, applies_from, expires_at, decided_at,
                decided_by, parameters, address, previous_parameters, previous_address, base, rent_payer",
            conditions,
            order: &format!("number {}", order.name()),
            limit: limit.fetch(),
        };
        self.entities(&wanted).await
    }
}
