//! What work of a hardware class was paid, job by job, and how fast offers were taken up.
//!
//! Quantiles are those of jobs, found by their rank: whole numbers that some job was really paid.

use super::entity::as_of;
use super::{GPU_HOUR, View, Whole};
use crate::error::Result;
use sqlx::AssertSqlSafe;

/// What jobs of a hardware class were paid on a rail, micro-dollars per GPU hour.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "named as what is served")]
pub struct Spread {
    pub hardware: i32,
    /// `token` or `stable`.
    pub rail: String,
    pub jobs: i64,
    /// Settled, micro-dollars.
    pub settled: Whole,
    pub gpu_ms: Whole,
    pub least: Whole,
    pub quarter: Whole,
    pub median: Whole,
    pub three_quarters: Whole,
    pub most: Whole,
    /// Of `settled` what providers earned, micro-dollars.
    pub supply_side: Whole,
}

/// How jobs of a hardware class that were opened since found a provider.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "named as what is served")]
pub struct Filled {
    pub hardware: i32,
    pub rail: String,
    pub opened: i64,
    pub accepted: i64,
    pub started: i64,
    /// Over without a provider.
    pub unfilled: i64,
    /// Median seconds from opening to acceptance, of those accepted.
    pub to_accept: Option<i64>,
    /// Median seconds from acceptance to start, of those started.
    pub to_start: Option<i64>,
}

impl View {
    /// What work settled since a moment was paid, of jobs that count GPU time.
    pub async fn spreads(&mut self, since: i64) -> Result<Vec<Spread>> {
        let slot = self.slot;
        // Rate and unit of a job are fixed before its first conversion.
        let query = sqlx::query_as(
            "WITH paid AS (
                SELECT c.hardware, j.rail, c.job, sum(c.usd) AS usd, sum(c.supply_side_usd) AS supply_side,
                    sum(div(c.usd * j.unit, j.rate)) AS gpu_ms
                FROM conversions c JOIN jobs j USING (job)
                WHERE c.slot <= $1 AND c.at > $2 AND j.unit = $3 AND j.rate > 0
                GROUP BY 1, 2, 3
             ), priced AS (
                SELECT hardware, rail, usd, supply_side, gpu_ms, div(usd * $3, gpu_ms) AS hourly FROM paid WHERE gpu_ms > 0
             ), ranked AS (
                SELECT priced.*, count(*) OVER (PARTITION BY hardware, rail) AS jobs,
                    row_number() OVER (PARTITION BY hardware, rail ORDER BY hourly) AS place
                FROM priced
             )
             SELECT hardware, rail, max(jobs) AS jobs, sum(usd) AS settled, sum(gpu_ms) AS gpu_ms, min(hourly) AS least,
                min(hourly) FILTER (WHERE place * 4 >= jobs) AS quarter,
                min(hourly) FILTER (WHERE place * 2 >= jobs) AS median,
                min(hourly) FILTER (WHERE place * 4 >= jobs * 3) AS three_quarters,
                max(hourly) AS most, sum(supply_side) AS supply_side
             FROM ranked GROUP BY 1, 2 ORDER BY 1, 2",
        );
        self.added_up(query.bind(slot).bind(since).bind(GPU_HOUR)).await
    }

    /// How jobs opened since a moment found a provider, and how fast.
    pub async fn filled(&mut self, since: i64) -> Result<Vec<Filled>> {
        let slot = self.slot;
        let jobs = as_of("jobs", self.commitment, "$1");
        let sql = format!(
            "WITH opened AS (SELECT * FROM {jobs} WHERE opened_at > $2), ranked AS (
                SELECT hardware, rail, accepted_at, started_at, ended_at, accepted_at - opened_at AS to_accept,
                    started_at - accepted_at AS to_start,
                    row_number() OVER (PARTITION BY hardware, rail ORDER BY accepted_at - opened_at) AS accept_place,
                    row_number() OVER (PARTITION BY hardware, rail ORDER BY started_at - accepted_at) AS start_place,
                    count(accepted_at) OVER (PARTITION BY hardware, rail) AS accepted,
                    count(started_at) OVER (PARTITION BY hardware, rail) AS started
                FROM opened
             )
             SELECT hardware, rail, count(*) AS opened, max(accepted) AS accepted, max(started) AS started,
                count(*) FILTER (WHERE accepted_at IS NULL AND ended_at IS NOT NULL) AS unfilled,
                min(to_accept) FILTER (WHERE accept_place * 2 >= accepted) AS to_accept,
                min(to_start) FILTER (WHERE start_place * 2 >= started) AS to_start
             FROM ranked GROUP BY 1, 2 ORDER BY 1, 2",
        );
        self.added_up(sqlx::query_as(AssertSqlSafe(sql)).bind(slot).bind(since)).await
    }
}
