//! Sums of the hourly roll-up.

use super::{View, Whole};
use crate::error::Result;
use crate::extract::Commitment;
use sqlx::{Postgres, QueryBuilder};

/// Sums of one bucket; USD in micro-dollars, tokens in base units.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of revenue_hourly, described there")]
pub struct Sums {
    /// Number of the bucket, from 1.
    pub bucket: i32,
    /// `token` or `stable`.
    pub rail: String,
    pub fees_usd: Whole,
    pub supply_side_usd: Whole,
    pub holders_usd: Whole,
    pub treasury_usd: Whole,
    pub rebated_usd: Whole,
    pub burned: Whole,
    pub burned_converted: Whole,
    pub burned_in_kind: Whole,
    pub burned_slashed: Whole,
    pub take: Whole,
    pub earned: Whole,
    pub paid_in_kind: Whole,
    pub minted: Whole,
    pub claimed: Whole,
    pub rebated: Whole,
    pub slashed: Whole,
    pub compensated: Whole,
    pub cancel_fees: Whole,
    pub deposited: Whole,
    pub refunded: Whole,
    pub burned_buyback: Whole,
    pub buyback_usd: Whole,
    pub dollars_deposited: Whole,
    pub dollars_refunded: Whole,
    pub dollars_cancel_fees: Whole,
    pub units: Whole,
    pub conversions: i64,
    pub receipts: i64,
    pub jobs_opened: i64,
    pub jobs_accepted: i64,
    pub jobs_closed: i64,
    pub jobs_failed: i64,
    pub jobs_cancelled: i64,
}

/// Columns that are summed as they are.
const AMOUNTS: [&str; 26] = [
    "fees_usd",
    "supply_side_usd",
    "holders_usd",
    "treasury_usd",
    "rebated_usd",
    "burned",
    "burned_converted",
    "burned_in_kind",
    "burned_slashed",
    "take",
    "earned",
    "paid_in_kind",
    "minted",
    "claimed",
    "rebated",
    "slashed",
    "compensated",
    "cancel_fees",
    "deposited",
    "refunded",
    "units",
    "burned_buyback",
    "buyback_usd",
    "dollars_deposited",
    "dollars_refunded",
    "dollars_cancel_fees",
];
/// Columns that are counts.
const COUNTS: [&str; 7] = [
    "conversions",
    "receipts",
    "jobs_opened",
    "jobs_accepted",
    "jobs_closed",
    "jobs_failed",
    "jobs_cancelled",
];

/// Slots of a bucket.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Slots {
    /// Number of the bucket, from 1.
    pub bucket: i32,
    /// First slot.
    pub first: i64,
    /// Last slot.
    pub last: i64,
}

impl View {
    /// First and last slot with events of the program whose block time lies in each bucket.
    pub async fn revenue_slots(&mut self, starts: &[i64], end: i64) -> Result<Vec<Slots>> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT width_bucket(block_time, $1) AS bucket, min(slot) AS first, max(slot) AS last
             FROM blocks WHERE block_time >= $2 AND block_time < $3 AND slot <= $4 GROUP BY 1 ORDER BY 1",
        );
        let query = query.bind(starts).bind(starts.first().copied().unwrap_or(end)).bind(end).bind(slot);
        Ok(query.fetch_all(self.connection()).await?)
    }

    /// Sums by bucket and rail, those without any row left out. `starts` are the buckets' first seconds,
    /// ascending; `end` is where the last one ends.
    pub async fn revenue(
        &mut self,
        starts: &[i64],
        end: i64,
        provider: Option<&str>,
        rail: Option<&'static str>,
    ) -> Result<Vec<Sums>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT width_bucket(hour, ");
        query.push_bind(starts).push(") AS bucket, rail");
        for column in AMOUNTS {
            query.push(format_args!(", sum({column}) AS {column}"));
        }
        for column in COUNTS {
            query.push(format_args!(", sum({column})::bigint AS {column}"));
        }
        query.push(match self.commitment {
            Commitment::Confirmed => " FROM revenue_hourly",
            Commitment::Finalized => " FROM revenue_hourly_finalized",
        });
        query.push(" WHERE hour < ").push_bind(end);
        query.push(" AND hour >= ").push_bind(starts.first().copied().unwrap_or(end));
        if let Some(provider) = provider {
            query.push(" AND provider = ").push_bind(provider);
        }
        if let Some(rail) = rail {
            query.push(" AND rail = ").push_bind(rail);
        }
        query.push(" GROUP BY 1, 2 ORDER BY 1, 2");
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
