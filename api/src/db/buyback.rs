//! The buyback and what it sold.

use super::entity::Entities;
use super::place::Place;
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};
use sqlx::{Postgres, QueryBuilder};

/// The auction as it stands.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of buyback, described there")]
pub struct Buyback {
    pub entity: String,
    pub vault: String,
    pub rounds: i64,
    pub lot: Whole,
    pub remaining: Whole,
    pub started_at: Option<i64>,
    pub ticked_at: Option<i64>,
    pub elapsed: i64,
    pub sold: Whole,
    pub burned: Whole,
}

/// One fill.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of buyback_fills, described there")]
pub struct Fill {
    #[sqlx(flatten)]
    pub place: Place,
    pub at: i64,
    pub round: i64,
    pub buyer: String,
    pub destination: String,
    pub lot: Whole,
    pub paid: Whole,
    pub burned: Whole,
    pub remaining: Whole,
    pub factor_bps: i32,
    pub worth: Whole,
    pub exponent: i32,
}

impl View {
    /// The buyback; `None` until the stable rail opens.
    pub async fn buyback(&mut self) -> Result<Option<Buyback>> {
        let wanted = Entities {
            table: "buyback",
            columns: "entity, vault, rounds, lot, remaining, started_at, ticked_at, elapsed, sold, burned",
            conditions: |_| (),
            order: "",
            limit: 1,
        };
        Ok(self.entities(&wanted).await?.pop())
    }

    /// Dollars in the buyback's vault by the ledger, and what of them is due to it and not paid in yet.
    pub async fn buyback_dollars(&mut self, mint: &str, buyback: &str) -> Result<(Whole, Whole)> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT coalesce(sum(amount) FILTER (WHERE account = 'buyback'), 0)::numeric,
                    coalesce(sum(amount) FILTER (WHERE account = 'dues'), 0)::numeric
             FROM (
                SELECT account, balance AS amount FROM balances
                WHERE mint = $1 AND (account = 'buyback' OR (account = 'dues' AND owner = $2))
                UNION ALL
                SELECT account, -amount FROM ledger
                WHERE mint = $1 AND slot > $3 AND (account = 'buyback' OR (account = 'dues' AND owner = $2))
             ) AS parts",
        );
        Ok(query.bind(mint).bind(buyback).bind(slot).fetch_one(self.connection()).await?)
    }

    /// Fills in order of the chain, from behind `after`.
    pub async fn fills(&mut self, after: Option<Place>, order: Order, limit: Limit) -> Result<Vec<Fill>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
            "SELECT slot, signature, instruction, inner_index, tx_index, at, round, buyer, destination, lot,
                    paid, burned, remaining, factor_bps, worth, exponent
             FROM buyback_fills f WHERE f.slot <= ",
        );
        query.push_bind(self.slot);
        Place::past(&mut query, "f", after, order);
        Place::cut(&mut query, "f", order, limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
