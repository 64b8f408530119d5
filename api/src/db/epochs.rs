//! Epochs and the credits of their rebates.

use super::entity::{Entities, Sql};
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};

/// One epoch.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of epochs, described there")]
pub struct Epoch {
    pub entity: String,
    pub epoch: i64,
    pub starts_at: i64,
    pub ends_at: i64,
    pub take: Whole,
    pub take_usd: Whole,
    pub weight: Whole,
    pub rebate_bps: i32,
    pub pool: Whole,
    pub rebated: Whole,
    pub credits: i64,
    pub claimed: i64,
}

/// A provider's part in an epoch, not claimed yet.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of credits, described there")]
pub struct Credit {
    pub entity: String,
    pub epoch: i64,
    pub take: Whole,
    pub weight: Whole,
}

const EPOCH: &str = "entity, epoch, starts_at, ends_at, take, take_usd, weight, rebate_bps, pool, rebated,
    credits, claimed";

impl View {
    /// Epochs in which anything was taken, from behind `after`.
    pub async fn epochs(&mut self, after: Option<i64>, order: Order, limit: Limit) -> Result<Vec<Epoch>> {
        let conditions = |sql: &mut Sql| {
            if let Some(after) = after {
                sql.push(" AND epoch ").push(order.past()).push(" ").push_bind(after);
            }
        };
        let order = format!("epoch {}", order.name());
        let limit = limit.fetch();
        self.entities(&Entities { table: "epochs", columns: EPOCH, conditions, order: &order, limit }).await
    }

    /// A provider's credits that are not claimed, each with its epoch, oldest first, at most `most`.
    pub async fn open_credits(&mut self, provider: &str, most: i64) -> Result<Vec<(Credit, Epoch)>> {
        let wanted = Entities {
            table: "credits",
            columns: "entity, epoch, take, weight",
            conditions: |sql: &mut Sql| {
                sql.push(" AND rebate IS NULL AND provider = ").push_bind(provider.to_owned());
            },
            order: "epoch",
            limit: most,
        };
        let credits: Vec<Credit> = self.entities(&wanted).await?;
        let numbers: Vec<i64> = credits.iter().map(|credit| credit.epoch).collect();
        let wanted = Entities {
            table: "epochs",
            columns: EPOCH,
            conditions: |sql: &mut Sql| {
                sql.push(" AND epoch = ANY(").push_bind(numbers.clone()).push(")");
            },
            order: "epoch",
            limit: most,
        };
        let epochs: Vec<Epoch> = self.entities(&wanted).await?;
        // Both are in order of the epoch, and a credit exists only in an epoch that does.
        let of = |credit: &Credit| epochs.binary_search_by_key(&credit.epoch, |epoch| epoch.epoch).ok();
        let pair = |credit: Credit| Some((of(&credit).and_then(|place| epochs.get(place))?.clone(), credit));
        Ok(credits.into_iter().filter_map(pair).map(|(epoch, credit)| (credit, epoch)).collect())
    }
}
