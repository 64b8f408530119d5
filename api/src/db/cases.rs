//! Outage cases and disputes.

use super::entity::{Entities, Sql};
use super::{View, Whole};
use crate::error::Result;
use crate::pagination::{Limit, Order};
use serde_json::Value;

/// One outage case.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of cases, described there")]
pub struct Case {
    pub entity: String,
    pub job: String,
    pub provider: String,
    pub number: i64,
    pub reporter: String,
    pub evidence: String,
    pub state: String,
    pub gap_from: i64,
    pub gap_to: i64,
    pub units: Whole,
    pub missed: Whole,
    pub penalty: Whole,
    pub bond: Whole,
    pub slashed: Whole,
    pub harmed: Whole,
    pub reported: Whole,
    pub burned: Whole,
    pub due: Whole,
    pub pledged: Whole,
    pub meter_slashed: Whole,
    pub bad_usd: Whole,
    pub opened_at: i64,
    pub marked_at: Option<i64>,
    pub decided_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub rent_payer: String,
    pub opened_slot: i64,
}

const CASE: &str =
    "entity, job, provider, number, reporter, evidence, state, gap_from, gap_to, units, missed,
    penalty, bond, slashed, harmed, reported, burned, due, pledged, meter_slashed, bad_usd, opened_at, marked_at, decided_at,
    closed_at, rent_payer, opened_slot";

/// One dispute.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of disputes, described there")]
pub struct Dispute {
    pub dispute: String,
    pub job: String,
    pub provider: String,
    pub authority: String,
    pub challenger: String,
    pub number: i64,
    pub receipt: i64,
    pub provider_root: String,
    pub challenger_root: String,
    pub steps: i64,
    pub lo: i64,
    pub hi: i64,
    pub rounds: i64,
    pub stage: String,
    pub outcome: Option<String>,
    pub cause: Option<String>,
    pub panel: Value,
    pub votes_for_provider: i32,
    pub votes_for_challenger: i32,
    pub bond: Whole,
    pub arbiter_stake: Whole,
    pub pending: Whole,
    pub void_usd: Whole,
    pub slashed: Whole,
    pub fee: Whole,
    pub to_consumer: Whole,
    pub to_provider: Whole,
    pub refund: Whole,
    pub due: Whole,
    pub bad_usd: Whole,
    pub opened_at: i64,
    pub turn_at: i64,
    pub marked_at: Option<i64>,
    pub resolved_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub rent_payer: String,
    pub opened_slot: i64,
}

const DISPUTE: &str = "dispute, job, provider, authority, challenger, number, receipt, provider_root,
    challenger_root, steps, lo, hi, rounds, stage, outcome, cause, panel, votes_for_provider,
    votes_for_challenger, bond, arbiter_stake, pending, void_usd, slashed, fee, to_consumer, to_provider,
    refund, due, bad_usd, opened_at, turn_at, marked_at, resolved_at, closed_at, rent_payer, opened_slot";

/// Whose cases to read.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// A job's.
    Job(&'a str),
    /// Those against a provider.
    Provider(&'a str),
}

/// A page of a list by opening: from behind a slot of opening and an address.
#[derive(Clone, Debug)]
pub struct Part {
    /// The last one of the page before.
    pub after: Option<(i64, String)>,
    /// Direction.
    pub order: Order,
    /// Most rows.
    pub limit: Limit,
}

impl Part {
    /// The conditions of a table whose rows are called by the column `key`.
    fn conditions(&self, whose: Whose<'_>, key: &'static str) -> impl Fn(&mut Sql) {
        let (column, id) = match whose {
            Whose::Job(job) => (" AND job = ", job.to_owned()),
            Whose::Provider(provider) => (" AND provider = ", provider.to_owned()),
        };
        let (after, order) = (self.after.clone(), self.order);
        move |sql| {
            sql.push(column).push_bind(id.clone());
            if let Some((slot, address)) = &after {
                sql.push(format_args!(" AND (opened_slot, {key}) {} (", order.past()));
                sql.push_bind(*slot).push(", ").push_bind(address.clone()).push(")");
            }
        }
    }

    fn order(&self, key: &str) -> String {
        let word = self.order.name();
        format!("opened_slot {word}, {key} {word}")
    }
}

impl View {
    /// Outage cases in order of opening.
    pub async fn cases(&mut self, whose: Whose<'_>, part: &Part) -> Result<Vec<Case>> {
        let wanted = Entities {
            table: "cases",
            columns: CASE,
            conditions: part.conditions(whose, "entity"),
            order: &part.order("entity"),
            limit: part.limit.fetch(),
        };
        self.entities(&wanted).await
    }

    /// Disputes in order of opening.
    pub async fn disputes(&mut self, whose: Whose<'_>, part: &Part) -> Result<Vec<Dispute>> {
        let wanted = Entities {
            table: "disputes",
            columns: DISPUTE,
            conditions: part.conditions(whose, "dispute"),
            order: &part.order("dispute"),
            limit: part.limit.fetch(),
        };
        self.entities(&wanted).await
    }
}
