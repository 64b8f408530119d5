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
    /// Hardware class; -1 for what belongs to no job.
    pub hardware: i32,
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

/// What consumers paid to providers of their own wallet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SelfDealt {
    /// Number of the bucket, from 1.
    pub bucket: i32,
    /// `token` or `stable`.
    pub rail: String,
    /// Hardware class.
    pub hardware: i32,
    /// Micro-dollars, part of `fees_usd`.
    pub fees_usd: Whole,
}

/// Which rows of the roll-up.
#[derive(Clone, Debug)]
pub struct Selection {
    /// First seconds of the buckets, ascending.
    pub starts: Vec<i64>,
    /// Where the last one ends.
    pub end: i64,
    /// Only of this provider's account.
    pub provider: Option<String>,
    /// Only of this rail.
    pub rail: Option<&'static str>,
    /// Only of this hardware class.
    pub hardware: Option<i32>,
}

impl Selection {
    /// Where the first bucket begins.
    fn start(&self) -> i64 {
        self.starts.first().copied().unwrap_or(self.end)
    }

    /// Adds the conditions on who and what, of a table that has these columns.
    fn narrow(&self, query: &mut QueryBuilder<Postgres>, provider: &str, rail: &str, hardware: &str) {
        if let Some(wanted) = &self.provider {
            query.push(format_args!(" AND {provider} = ")).push_bind(wanted.clone());
        }
        if let Some(wanted) = self.rail {
            query.push(format_args!(" AND {rail} = ")).push_bind(wanted);
        }
        if let Some(wanted) = self.hardware {
            query.push(format_args!(" AND {hardware} = ")).push_bind(wanted);
        }
    }
}

impl View {
    /// First and last slot with events of the program whose block time lies in each bucket.
    pub async fn revenue_slots(&mut self, starts: &[i64], end: i64) -> Result<Vec<Slots>> {
        let slot = self.slot;
        // Times never fall along the chain, so that each bucket's ends are read off the index, and not all between them.
        let query = sqlx::query_as(
            "SELECT s.bucket::integer AS bucket, f.slot AS first, l.slot AS last
             FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS s (start, stop, bucket)
             CROSS JOIN LATERAL (
                SELECT slot FROM blocks WHERE block_time >= s.start AND block_time < s.stop AND slot <= $3
                ORDER BY block_time, slot LIMIT 1
             ) f
             CROSS JOIN LATERAL (
                SELECT slot FROM blocks WHERE block_time >= s.start AND block_time < s.stop AND slot <= $3
                ORDER BY block_time DESC, slot DESC LIMIT 1
             ) l
             ORDER BY 1",
        );
        let stops: Vec<i64> = starts.iter().skip(1).copied().chain([end]).collect();
        let query = query.bind(starts).bind(stops).bind(slot);
        Ok(query.fetch_all(self.connection()).await?)
    }

    /// Sums by bucket, rail and hardware class, those without any row left out.
    pub async fn revenue(&mut self, selection: &Selection) -> Result<Vec<Sums>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT width_bucket(hour, ");
        query.push_bind(selection.starts.clone()).push(") AS bucket, rail, hardware");
        for column in AMOUNTS {
            query.push(format_args!(", sum({column}) AS {column}"));
        }
        for column in COUNTS {
            query.push(format_args!(", sum({column})::bigint AS {column}"));
        }
        // The network's own sums are a row an hour where those of all providers would be one for each.
        query.push(match (&selection.provider, self.commitment) {
            (Some(_), Commitment::Confirmed) => " FROM revenue_hourly",
            (Some(_), Commitment::Finalized) => " FROM revenue_hourly_finalized",
            (None, Commitment::Confirmed) => " FROM network_hourly",
            (None, Commitment::Finalized) => " FROM network_hourly_finalized",
        });
        query.push(" WHERE hour >= ").push_bind(selection.start());
        query.push(" AND hour < ").push_bind(selection.end);
        selection.narrow(&mut query, "provider", "rail", "hardware");
        query.push(" GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
        self.added_up(query.build_query_as()).await
    }

    /// Of the fees in each bucket those that a consumer paid to a provider of the same wallet. Who that is never
    /// changes, so the jobs are found first and only their conversions are read.
    pub async fn self_dealt(&mut self, selection: &Selection) -> Result<Vec<SelfDealt>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT width_bucket(c.at, ");
        query.push_bind(selection.starts.clone());
        query.push(
            ") AS bucket, j.rail, c.hardware, sum(c.usd) AS fees_usd
             FROM providers p JOIN jobs j ON j.consumer_wallet = p.authority AND j.provider = p.provider
             JOIN conversions c USING (job)
             WHERE c.slot <= ",
        );
        query.push_bind(self.slot);
        query.push(" AND c.at >= ").push_bind(selection.start());
        query.push(" AND c.at < ").push_bind(selection.end);
        selection.narrow(&mut query, "p.provider", "j.rail", "c.hardware");
        query.push(" GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
        self.added_up(query.build_query_as()).await
    }
}
