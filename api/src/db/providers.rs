//! Providers.

use super::entity::{Entities, Sql};
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};
use serde_json::Value;

/// One provider.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of providers, described there")]
pub struct Provider {
    pub provider: String,
    pub authority: String,
    pub number: i64,
    pub metadata_hash: String,
    pub rates: Value,
    pub stake: Whole,
    pub locked: Whole,
    pub unbonding: Whole,
    pub unbonding_at: Option<i64>,
    pub claimable: Whole,
    pub earned: Whole,
    pub minted: Whole,
    pub burned: Whole,
    pub take: Whole,
    pub slashed: Whole,
    pub settled: Whole,
    pub good: Whole,
    pub bad: Whole,
    pub decayed_at: i64,
    pub jobs_accepted: i64,
    pub jobs_failed: i64,
    pub jobs_open: i64,
    pub registered_at: i64,
    pub standing_offer: Option<Value>,
}

const COLUMNS: &str =
    "provider, authority, number, metadata_hash, rates, stake, locked, unbonding, unbonding_at,
    claimable, earned, minted, burned, take, slashed, settled, good, bad, decayed_at, jobs_accepted,
    jobs_failed, jobs_open, registered_at, standing_offer";

impl Provider {
    /// What it asks for a GPU hour of a hardware class, micro-dollars; `None` if its card has no rate for it.
    pub fn rate(&self, hardware: u16) -> Option<u64> {
        let entries = self.rates.as_array()?.iter();
        let mut rates = entries.filter_map(|entry| {
            let rate = entry.get("rate")?.as_str()?.parse::<u64>().ok()?;
            (entry.get("hardware")?.as_u64()? == u64::from(hardware)).then_some(rate)
        });
        rates.find(|rate| *rate > 0)
    }
}

impl View {
    /// Providers whose card has a rate for a hardware class, of `most` micro-dollars per GPU hour or less: the cheapest
    /// first, then by registration.
    pub async fn that_ask(&mut self, hardware: u16, most: Option<u64>, limit: i64) -> Result<Vec<Provider>> {
        // The class is a number of this code's, no text of a request's.
        let rate = format!(
            "(SELECT min((r ->> 'rate')::numeric) FROM jsonb_array_elements(rates) r
              WHERE (r ->> 'hardware')::int = {hardware} AND (r ->> 'rate')::numeric > 0)"
        );
        let most = most.map(|most| Whole(most.into()));
        let conditions = |sql: &mut Sql| {
            match most {
                None => sql.push(format_args!(" AND {rate} IS NOT NULL")),
                Some(most) => sql.push(format_args!(" AND {rate} <= ")).push_bind(most),
            };
        };
        let columns = format!("{COLUMNS}, {rate} AS asked");
        let order = "asked, number";
        self.entities(&Entities { table: "providers", columns: &columns, conditions, order, limit }).await
    }

    /// Providers in order of registration, from behind number `after`.
    pub async fn providers(
        &mut self,
        after: Option<i64>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Provider>> {
        let conditions = |sql: &mut Sql| {
            if let Some(after) = after {
                sql.push(" AND number ").push(order.past()).push(" ").push_bind(after);
            }
        };
        self.providers_where(conditions, order, limit).await
    }

    /// Providers that satisfy conditions, in order of registration.
    pub(super) async fn providers_where(
        &mut self,
        conditions: impl Fn(&mut Sql),
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Provider>> {
        let order = format!("number {}", order.name());
        let limit = limit.fetch();
        self.entities(&Entities { table: "providers", columns: COLUMNS, conditions, order: &order, limit })
            .await
    }

    /// The provider whose account or whose authority's wallet this is.
    pub async fn provider(&mut self, id: &str) -> Result<Option<Provider>> {
        let conditions = |sql: &mut Sql| {
            sql.push(" AND (provider = ").push_bind(id.to_owned());
            sql.push(" OR authority = ").push_bind(id.to_owned()).push(")");
        };
        let wanted = Entities { table: "providers", columns: COLUMNS, conditions, order: "", limit: 1 };
        Ok(self.entities(&wanted).await?.pop())
    }
}
