//! Auctions, bids, and what settled work was paid by hardware class.

use super::entity::{Entities, Sql};
use super::providers::Provider;
use super::{GPU_HOUR, View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};

/// One bid.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of bids, described there")]
pub struct Bid {
    pub bid: String,
    pub job: String,
    pub provider: String,
    pub number: i64,
    pub rate: Whole,
    pub bond: Whole,
    pub escrow: Whole,
    pub state: String,
    pub placed_at: i64,
    pub closed_at: Option<i64>,
    pub rent_payer: String,
}

/// What work of a hardware class was paid on a rail.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Paid {
    /// Hardware class.
    pub hardware: i32,
    /// `token` or `stable`.
    pub rail: String,
    /// How many jobs.
    pub jobs: i64,
    /// Settled, micro-dollars.
    pub settled: Whole,
    /// GPU milliseconds that this paid at each job's rate, rounded down each time.
    pub gpu_ms: Whole,
}

/// Most bids read of the jobs of one answer.
const MOST_BIDS: i64 = 1_000;

impl View {
    /// The bids for these jobs, by job and number.
    pub async fn bids(&mut self, jobs: &[String]) -> Result<Vec<Bid>> {
        let conditions = |sql: &mut Sql| {
            sql.push(" AND job = ANY(").push_bind(jobs.to_vec()).push(")");
        };
        let wanted = Entities {
            table: "bids",
            columns: "bid, job, provider, number, rate, bond, escrow, state, placed_at, closed_at, rent_payer",
            conditions,
            order: "job, number",
            limit: MOST_BIDS,
        };
        self.entities(&wanted).await
    }

    /// Providers with a standing offer that holds at this snapshot's time, in order of registration.
    pub async fn that_offer(&mut self, limit: Limit) -> Result<Vec<Provider>> {
        let now = self.as_of;
        let conditions = |sql: &mut Sql| {
            sql.push(" AND standing_offer IS NOT NULL AND (standing_offer ->> 'until')::bigint >= ");
            sql.push_bind(now);
        };
        self.providers_where(conditions, Order::Asc, limit).await
    }

    /// What was settled since a moment, by hardware class and rail, of jobs that count GPU time.
    pub async fn paid_for_work(&mut self, since: i64) -> Result<Vec<Paid>> {
        let slot = self.slot;
        // Rate and unit of a job are fixed before its first conversion.
        let query = sqlx::query_as(
            "SELECT c.hardware, j.rail, count(DISTINCT c.job) AS jobs, sum(c.usd) AS settled,
                    sum(div(c.usd * j.unit, j.rate)) AS gpu_ms
             FROM conversions c JOIN jobs j USING (job)
             WHERE c.slot <= $1 AND c.at > $2 AND j.unit = $3 AND j.rate > 0
             GROUP BY 1, 2 ORDER BY 1, 2",
        );
        self.added_up(query.bind(slot).bind(since).bind(GPU_HOUR)).await
    }
}
