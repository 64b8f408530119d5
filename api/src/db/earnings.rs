//! What a provider's work brought, by hardware class and rail.

use super::entity::as_of;
use super::{GPU_HOUR, View, Whole};
use crate::error::Result;
use sqlx::AssertSqlSafe;
use std::ops::Range;

/// Work of a provider settled in a time.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "named as what is served")]
pub struct Worked {
    pub hardware: i32,
    /// `token` or `stable`.
    pub rail: String,
    pub jobs: i64,
    /// Micro-dollars.
    pub settled: Whole,
    /// Of it the provider's.
    pub supply_side: Whole,
    /// GPU milliseconds that `settled` paid, of jobs that count them.
    pub gpu_ms: Whole,
    /// Of `settled` and of `supply_side` what those jobs paid.
    pub gpu_settled: Whole,
    pub gpu_supply_side: Whole,
}

/// How much of what jobs could have counted was counted.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Used {
    /// Hardware class.
    pub hardware: i32,
    /// `token` or `stable`.
    pub rail: String,
    /// Compute units counted.
    pub units: Whole,
    /// Compute units that could have been: each job's cap over the time that it ran.
    pub most: Whole,
}

/// What penalties took.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Lost {
    /// Penalties.
    pub penalties: i64,
    /// Base units of the compute token.
    pub slashed: Whole,
}

impl View {
    /// Work of a provider settled in a time.
    pub async fn worked(&mut self, provider: &str, within: &Range<i64>) -> Result<Vec<Worked>> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT c.hardware, j.rail, count(DISTINCT c.job) AS jobs, sum(c.usd) AS settled,
                sum(c.supply_side_usd) AS supply_side,
                coalesce(sum(div(c.usd * j.unit, nullif(j.rate, 0))) FILTER (WHERE j.unit = $5), 0) AS gpu_ms,
                coalesce(sum(c.usd) FILTER (WHERE j.unit = $5 AND j.rate > 0), 0) AS gpu_settled,
                coalesce(sum(c.supply_side_usd) FILTER (WHERE j.unit = $5 AND j.rate > 0), 0) AS gpu_supply_side
             FROM conversions c JOIN jobs j USING (job)
             WHERE c.provider = $1 AND c.slot <= $2 AND c.at >= $3 AND c.at < $4
             GROUP BY 1, 2 ORDER BY 1, 2",
        );
        let query = query.bind(provider).bind(slot).bind(within.start).bind(within.end).bind(GPU_HOUR);
        self.added_up(query).await
    }

    /// How much of what a provider's jobs could have counted was counted, of those that started in a time. A job that
    /// runs has run to this snapshot's moment.
    pub async fn used(&mut self, provider: &str, within: &Range<i64>) -> Result<Vec<Used>> {
        let (slot, now) = (self.slot, self.as_of);
        let jobs = as_of("jobs", self.commitment, "$1");
        let sql = format!(
            "SELECT hardware, rail, sum(units) AS units,
                sum(unit_cap * greatest(coalesce(closing_at, ended_at, $2) - started_at, 0)) AS most
             FROM {jobs} WHERE provider = $3 AND started_at >= $4 AND started_at < $5
             GROUP BY 1, 2 ORDER BY 1, 2"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(slot).bind(now).bind(provider);
        self.added_up(query.bind(within.start).bind(within.end)).await
    }

    /// What penalties took of a provider in a time.
    pub async fn lost(&mut self, provider: &str, within: &Range<i64>) -> Result<Lost> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT count(*) AS penalties, coalesce(sum(slashed), 0) AS slashed FROM slashes
             WHERE provider = $1 AND slot <= $2 AND at >= $3 AND at < $4",
        );
        let query = query.bind(provider).bind(slot).bind(within.start).bind(within.end);
        Ok(query.fetch_one(self.connection()).await?)
    }
}
