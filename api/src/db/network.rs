//! The network as a whole.

use super::entity::Entities;
use super::{View, Whole};
use crate::error::Result;
use serde_json::Value;

/// The network's configuration.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of config, described there")]
pub struct Network {
    pub entity: String,
    pub cluster: String,
    pub admin: String,
    pub guardian: Option<String>,
    pub treasury: String,
    pub mint: String,
    pub stake_vault: String,
    pub feed: String,
    pub feed_id: String,
    pub receipt_domain: String,
    pub parameters: Value,
    pub genesis_supply: Whole,
    pub initialized_at: i64,
    pub paused_until: Option<i64>,
    pub consumers: i64,
    pub providers: i64,
    pub stable_mint: Option<String>,
    pub stable_program: Option<String>,
    pub meters: i64,
    pub arbiters: i64,
    pub changes: i64,
}

/// The last price that qualified.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of price, described there")]
pub struct Price {
    pub spot: Option<Whole>,
    pub confidence: Option<Whole>,
    pub average: Option<Whole>,
    pub exponent: Option<i32>,
    pub publish_time: Option<i64>,
    pub price_slot: Option<i64>,
}

impl View {
    /// The network; there is one in every snapshot.
    pub async fn network(&mut self) -> Result<Option<Network>> {
        let wanted = Entities {
            table: "config",
            columns: "entity, cluster, admin, guardian, treasury, mint, stake_vault, feed, feed_id,
                receipt_domain, parameters, genesis_supply, initialized_at, paused_until, consumers, providers,
                stable_mint, stable_program, meters, arbiters, changes",
            conditions: |_| (),
            order: "",
            limit: 1,
        };
        Ok(self.entities(&wanted).await?.pop())
    }

    /// Its price account.
    pub async fn price(&mut self) -> Result<Option<Price>> {
        let wanted = Entities {
            table: "price",
            columns: "spot, confidence, average, exponent, publish_time, price_slot",
            conditions: |_| (),
            order: "",
            limit: 1,
        };
        Ok(self.entities(&wanted).await?.pop())
    }
}
