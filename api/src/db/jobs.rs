//! Jobs, with what was received, converted and is due.

use super::entity::{Entities, Sql};
use super::{View, Whole};
use crate::error::Result;
use crate::extract::Commitment;
use crate::pagination::{Limit, Order};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

/// One job.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of jobs, described there")]
pub struct Job {
    pub job: String,
    pub consumer_wallet: String,
    pub provider: String,
    pub mint: String,
    pub nonce: i64,
    pub state: String,
    pub rail: String,
    pub hardware: i32,
    pub spec_hash: String,
    pub terms_hash: String,
    pub parameters: Value,
    pub take_bps: i32,
    pub vault: String,
    pub rent_payer: String,
    pub meter: String,
    pub previous_meter: Option<String>,
    pub reporter: Option<String>,
    pub budget: Whole,
    pub accepted_budget: Whole,
    pub rate: Whole,
    pub unit: Whole,
    pub unit_cap: Whole,
    pub min_price: Whole,
    pub offer_by: i64,
    pub start_by: i64,
    pub end_by: i64,
    pub convert_by: i64,
    pub silence_max: i64,
    pub opened_at: i64,
    pub accepted_at: Option<i64>,
    pub started_at: Option<i64>,
    pub closing_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub heard_at: Option<i64>,
    pub marked_at: Option<i64>,
    pub reclaimed_at: Option<i64>,
    pub mark: Option<String>,
    pub reason: Option<String>,
    pub funded: Whole,
    pub escrow: Whole,
    pub bond: Whole,
    pub units: Whole,
    pub through: Option<i64>,
    pub receipts: i64,
    pub accepted: Whole,
    pub settled: Whole,
    pub outstanding: Whole,
    pub burned: Whole,
    pub take: Whole,
    pub earned: Whole,
    pub refund: Whole,
    pub cancel_fee: Whole,
    pub void_usd: Whole,
    pub in_kind_usd: Whole,
    pub in_kind_paid: Whole,
    pub in_kind_burned: Whole,
    pub verifiable: bool,
    pub sla_bps: i32,
    pub meter_kind: String,
    pub panel: Option<String>,
    pub bid_end: Option<i64>,
    pub open_acceptance: bool,
    pub bids: i64,
    pub best_bid: Option<String>,
    pub best_rate: Whole,
    pub pending: Whole,
    pub treasury_take: Whole,
    pub cases: i64,
    pub open_cases: i64,
    pub disputes: i64,
    pub open_disputes: i64,
    pub penalised_units: Whole,
    pub waits_until: Option<i64>,
    pub opened_slot: i64,
    pub sequence: i64,
    pub slot: i64,
}

const COLUMNS: &str = "verifiable, sla_bps, meter_kind, panel, bid_end, open_acceptance, bids, best_bid, best_rate, pending,
    treasury_take, cases, open_cases, disputes, open_disputes, penalised_units, waits_until, job, consumer_wallet, provider, mint, nonce, state, rail, hardware, spec_hash,
    terms_hash, parameters, take_bps, vault, rent_payer, meter, previous_meter, reporter, budget, accepted_budget, rate, unit,
    unit_cap, min_price, offer_by, start_by, end_by, convert_by, silence_max, opened_at, accepted_at,
    started_at, closing_at, ended_at, heard_at, marked_at, reclaimed_at, mark, reason, funded, escrow, bond,
    units, through, receipts, accepted, settled, outstanding, burned, take, earned, refund, cancel_fee,
    void_usd, in_kind_usd, in_kind_paid, in_kind_burned, opened_slot, sequence, slot";

/// What one party is due from a job and was paid, base units.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of dues, described there")]
pub struct Due {
    pub party: String,
    pub wallet: String,
    pub escrow: Whole,
    pub stake: Whole,
    pub paid_escrow: Whole,
    pub paid_stake: Whole,
}

/// One receipt.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of receipts, described there")]
pub struct Receipt {
    pub slot: i64,
    pub signature: String,
    pub number: i64,
    pub at: i64,
    pub meter: String,
    pub units: Whole,
    pub through: i64,
    pub accepted: Whole,
    pub outstanding: Whole,
    pub halt: Option<String>,
    pub root: Option<String>,
    pub steps: Option<i64>,
}

/// What jobs to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Word of the state.
    pub state: Option<&'static str>,
    /// The provider's account.
    pub provider: Option<String>,
    /// The consumer's wallet.
    pub consumer: Option<String>,
}

impl View {
    /// Jobs in order of opening, from behind `after` (slot of opening, address).
    pub async fn jobs(
        &mut self,
        filter: &Filter,
        after: Option<(i64, String)>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Job>> {
        let conditions = |sql: &mut Sql| {
            if let Some(state) = filter.state {
                sql.push(" AND state = ").push_bind(state);
            }
            if let Some(provider) = &filter.provider {
                sql.push(" AND provider = ").push_bind(provider.clone());
            }
            if let Some(consumer) = &filter.consumer {
                sql.push(" AND consumer_wallet = ").push_bind(consumer.clone());
            }
            if let Some((slot, job)) = &after {
                sql.push(" AND (opened_slot, job) ").push(order.past());
                sql.push(" (").push_bind(*slot).push(", ").push_bind(job.clone()).push(")");
            }
        };
        let word = order.name();
        let order = format!("opened_slot {word}, job {word}");
        let limit = limit.fetch();
        self.entities(&Entities { table: "jobs", columns: COLUMNS, conditions, order: &order, limit }).await
    }

    /// The job at an address.
    pub async fn job(&mut self, job: &str) -> Result<Option<Job>> {
        let conditions = |sql: &mut Sql| {
            sql.push(" AND job = ").push_bind(job.to_owned());
        };
        let wanted = Entities { table: "jobs", columns: COLUMNS, conditions, order: "", limit: 1 };
        Ok(self.entities(&wanted).await?.pop())
    }

    /// What a job owes and has paid: its rows, unless an event that is not in the snapshot changed it.
    pub async fn dues(&mut self, job: &str) -> Result<Vec<Due>> {
        let finalized = self.commitment == Commitment::Finalized;
        let slot = self.slot;
        let query = sqlx::query_as(
            "WITH changed AS (
                SELECT dues FROM entities_before WHERE $3 AND kind = 'jobs' AND entity = $1 AND slot > $2
                ORDER BY ordinal LIMIT 1
             )
             SELECT party, wallet, escrow, stake, paid_escrow, paid_stake FROM dues
             WHERE job = $1 AND NOT EXISTS (SELECT FROM changed)
             UNION ALL
             SELECT t.party, t.wallet, t.escrow, t.stake, t.paid_escrow, t.paid_stake
             FROM changed, jsonb_populate_recordset(NULL::dues, changed.dues) AS t
             ORDER BY party",
        );
        Ok(query.bind(job).bind(slot).bind(finalized).fetch_all(self.connection()).await?)
    }

    /// A job's receipts by number, from behind `after`.
    pub async fn receipts(
        &mut self,
        job: &str,
        after: Option<i64>,
        order: Order,
        limit: Limit,
    ) -> Result<Vec<Receipt>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
            "SELECT r.slot, r.signature, r.number, r.at, r.meter, r.units, r.through, r.accepted, r.outstanding,
                    r.halt, c.root, c.steps
             FROM receipts r LEFT JOIN commitments c ON c.job = r.job AND c.receipt = r.number AND c.slot = r.slot
             WHERE r.slot <= ",
        );
        query.push_bind(self.slot).push(" AND r.job = ").push_bind(job);
        if let Some(after) = after {
            query.push(" AND r.number ").push(order.past()).push(" ").push_bind(after);
        }
        query.push(" ORDER BY r.number ").push(order.name()).push(" LIMIT ").push_bind(limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
