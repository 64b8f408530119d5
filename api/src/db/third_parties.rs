//! Meters and arbiters.

use super::entity::{Entities, Sql};
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};

/// A meter or an arbiter.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of third_parties, described there")]
pub struct ThirdParty {
    pub entity: String,
    pub key: Option<String>,
    pub wallet: String,
    pub number: i64,
    pub stake: Whole,
    pub unbonding: Whole,
    pub unbonding_at: Option<i64>,
    pub locked: Whole,
    pub upheld: i64,
    pub overturned: i64,
    pub rulings: i64,
    pub registered_at: i64,
    pub sequence: i64,
}

impl View {
    /// Those of a role, `meter` or `arbiter`, in order of registration, from behind number `after`.
    pub async fn third_parties(
        &mut self,
        role: &'static str,
        after: Option<i64>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<ThirdParty>> {
        let conditions = |sql: &mut Sql| {
            sql.push(" AND role = ").push_bind(role);
            if let Some(after) = after {
                sql.push(" AND number ").push(order.past()).push(" ").push_bind(after);
            }
        };
        let wanted = Entities {
            table: "third_parties",
            columns:
                "entity, key, wallet, number, stake, unbonding, unbonding_at, locked, upheld, overturned, rulings,
                registered_at, sequence",
            conditions,
            order: &format!("number {}", order.name()),
            limit: limit.fetch(),
        };
        self.entities(&wanted).await
    }
}
