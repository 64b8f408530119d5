//! Compute tokens burned and minted, one by one, as the ledger booked them.

use super::place::Place;
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use std::ops::Range;

/// Which way tokens went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Out of existence.
    Burned,
    /// Into it.
    Minted,
}

impl Flow {
    /// The ledger's account, which is the list's name too.
    pub const fn account(self) -> &'static str {
        match self {
            Self::Burned => "burned",
            Self::Minted => "minted",
        }
    }
}

/// What an event burned or minted.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Moved {
    /// Where on the chain.
    #[sqlx(flatten)]
    pub place: Place,
    /// Unix seconds.
    pub at: i64,
    /// The event's name.
    pub name: String,
    /// Its fields.
    pub body: Value,
    /// Base units, positive.
    pub amount: Whole,
    /// Micro-dollars of work that these tokens settled; `None` if they settled none.
    pub worked: Option<Whole>,
}

/// A quality rebate that was minted.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of rebates, described there")]
pub struct Rebate {
    #[sqlx(flatten)]
    pub place: Place,
    pub provider: String,
    pub at: i64,
    pub epoch: i64,
    pub wallet: String,
    pub pool: Whole,
    pub amount: Whole,
    pub usd: Whole,
}

impl View {
    /// Rebates within a time in order of the chain, from behind `after`.
    pub async fn rebates(
        &mut self,
        within: &Range<i64>,
        after: Option<Place>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Rebate>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
            "SELECT e.slot, e.tx_index, e.signature, e.instruction, e.inner_index, r.provider, r.at, r.epoch, r.wallet,
                    r.pool, r.amount, r.usd
             FROM events e JOIN rebates r USING (slot, signature, instruction, inner_index)
             WHERE e.name = 'RebateClaimed' AND e.slot <= ",
        );
        query.push_bind(self.slot);
        query.push(" AND r.at >= ").push_bind(within.start).push(" AND r.at < ").push_bind(within.end);
        Place::past(&mut query, "e", after, order);
        Place::cut(&mut query, "e", order, limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }

    /// Burns or mints within a time in order of the chain, from behind `after`.
    pub async fn flows(
        &mut self,
        flow: Flow,
        within: &Range<i64>,
        after: Option<Place>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Moved>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
            "SELECT e.slot, e.tx_index, e.signature, e.instruction, e.inner_index, e.at, e.name, e.body,
                    abs(l.amount) AS amount,
                    CASE c.kind WHEN 'converted' THEN c.usd WHEN 'in_kind' THEN c.holders_usd END AS worked
             FROM ledger l JOIN events e USING (slot, signature, instruction, inner_index)
             LEFT JOIN conversions c ON c.job = e.body ->> 'job' AND c.slot = e.slot AND c.signature = e.signature
                AND c.instruction = e.instruction AND c.inner_index = e.inner_index
             WHERE l.owner = '' AND l.account = ",
        );
        query.push_bind(flow.account()).push(" AND e.slot <= ").push_bind(self.slot);
        query.push(" AND l.at >= ").push_bind(within.start).push(" AND l.at < ").push_bind(within.end);
        Place::past(&mut query, "e", after, order);
        Place::cut(&mut query, "e", order, limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
