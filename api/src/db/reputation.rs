//! How jobs ended for their providers: the inputs of reputation.

use super::{View, Whole};
use crate::error::{Problem, Result};
use crate::pagination::Limit;
use settlement_interface::reputation::{BITS, Outcome as Input, Sums, cut};
use settlement_interface::rules::HALF_LIFE;
use sqlx::{Postgres, QueryBuilder};

/// One outcome.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of outcomes, described there")]
pub struct Outcome {
    pub slot: i64,
    pub signature: String,
    pub instruction: i32,
    pub inner_index: i32,
    pub job: String,
    pub at: i64,
    pub success: bool,
    pub usd: Whole,
    pub take_bps: i32,
    pub weight: Whole,
    pub related: bool,
    pub kind: String,
    pub found_by: Option<String>,
}

/// An outcome's place in the list of a provider's, which runs backwards.
pub type Place = (i64, String, i32, i32);

impl Outcome {
    /// Its place in the list.
    pub fn place(&self) -> Place {
        (self.slot, self.signature.clone(), self.instruction, self.inner_index)
    }
}

/// What a provider's outcomes that count add up to, at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// How many they are.
    pub outcomes: u64,
    /// Of them failures.
    pub failures: u64,
    /// Decayed weights of the failures that stand at a place in the list or ahead of it.
    pub ahead: u128,
    /// What the score is made of.
    pub sums: Sums,
    /// What it would be made of without the failures.
    pub successes: Sums,
}

#[derive(sqlx::FromRow)]
struct Summed {
    outcomes: i64,
    failures: i64,
    ahead: Option<Whole>,
    weight: Option<Whole>,
    success_weight: Option<Whole>,
    squares: Option<Whole>,
    success_squares: Option<Whole>,
}

#[derive(sqlx::FromRow)]
struct Cut {
    weight: Option<Whole>,
    success_weight: Option<Whole>,
    squares: Option<Whole>,
    own_success_weight: Option<Whole>,
    own_success_squares: Option<Whole>,
}

fn unsigned(sum: Option<Whole>) -> Result<u128> {
    sum.unwrap_or_default().u128()
}

impl Record {
    fn of(row: Summed) -> Result<Self> {
        let (weight, success_weight) = (unsigned(row.weight)?, unsigned(row.success_weight)?);
        // As yet cut by nothing.
        let uncut = |weight, cut_squares| Sums {
            weight,
            success_weight,
            cut_weight: weight,
            cut_success_weight: success_weight,
            cut_squares,
        };
        Ok(Self {
            outcomes: u64::try_from(row.outcomes).map_err(Problem::internal)?,
            failures: u64::try_from(row.failures).map_err(Problem::internal)?,
            ahead: unsigned(row.ahead)?,
            sums: uncut(weight, unsigned(row.squares)?),
            successes: uncut(success_weight, unsigned(row.success_squares)?),
        })
    }

    /// Replaces the sums of weights that are too great to be multiplied as they are.
    fn cut(&mut self, row: &Cut) -> Result<()> {
        self.sums.cut_weight = unsigned(row.weight)?;
        self.sums.cut_success_weight = unsigned(row.success_weight)?;
        self.sums.cut_squares = unsigned(row.squares)?;
        self.successes.cut_weight = unsigned(row.own_success_weight)?;
        self.successes.cut_success_weight = self.successes.cut_weight;
        self.successes.cut_squares = unsigned(row.own_success_squares)?;
        Ok(())
    }
}

impl View {
    /// What the outcomes of each of these providers add up to at this snapshot's moment, in their order. The database
    /// adds up, for a history has no bound. `ahead` is of what stands at `after` or ahead of it.
    pub async fn records(&mut self, providers: &[String], after: Option<&Place>) -> Result<Vec<Record>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT s.* FROM unnest(");
        query.push_bind(providers);
        // Squares of greater weights may leave 128 bits, and are not needed: those are cut.
        query.push(format_args!(
            "::text[]) WITH ORDINALITY AS p (provider, number)
             CROSS JOIN LATERAL (
                SELECT count(*) AS outcomes, count(*) FILTER (WHERE NOT success) AS failures,
                    sum(value) AS weight, sum(value) FILTER (WHERE success) AS success_weight,
                    CASE WHEN sum(value) < 2::numeric ^ {BITS} THEN sum(value * value) END AS squares,
                    CASE WHEN sum(value) < 2::numeric ^ {BITS}
                        THEN sum(value * value) FILTER (WHERE success) END AS success_squares,
                    sum(value) FILTER (WHERE NOT success AND (slot, signature, instruction, inner_index) >= ("
        ));
        query.push_bind(after.map(|place| place.0)).push(", ");
        query.push_bind(after.map(|place| place.1.clone())).push(", ");
        query.push_bind(after.map(|place| place.2)).push(", ");
        query.push_bind(after.map(|place| place.3)).push(")) AS ahead FROM (");
        self.values(&mut query);
        query.push(") o) s ORDER BY p.number");
        let rows: Vec<Summed> = query.build_query_as().fetch_all(self.connection()).await?;
        let mut records = rows.into_iter().map(Record::of).collect::<Result<Vec<_>>>()?;
        if records.iter().any(|record| cut(record.sums.weight) > 0) {
            self.cut(providers, &mut records).await?;
        }
        Ok(records)
    }

    /// Sums the weights again that are so great that they have to be cut; what need not be is cut by nothing.
    async fn cut(&mut self, providers: &[String], records: &mut [Record]) -> Result<()> {
        let bits = |of: fn(&Record) -> u128| -> Vec<i32> {
            records.iter().map(|record| i32::try_from(cut(of(record))).unwrap_or(i32::MAX)).collect()
        };
        let (all, successes) = (bits(|record| record.sums.weight), bits(|record| record.successes.weight));
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new("SELECT s.* FROM unnest(");
        query.push_bind(providers).push("::text[], ").push_bind(all).push("::int[], ").push_bind(successes);
        query.push(
            "::int[]) WITH ORDINALITY AS p (provider, cut, success_cut, number)
             CROSS JOIN LATERAL (
                SELECT sum(value) AS weight, sum(value) FILTER (WHERE success) AS success_weight,
                    sum(value * value) AS squares,
                    sum(own) FILTER (WHERE success) AS own_success_weight,
                    sum(own * own) FILTER (WHERE success) AS own_success_squares
                FROM (
                    SELECT success, div(value, 2::numeric ^ p.cut) AS value, div(value, 2::numeric ^ p.success_cut) AS own
                    FROM (",
        );
        self.values(&mut query);
        query.push(") v OFFSET 0) o) s ORDER BY p.number");
        let rows: Vec<Cut> = query.build_query_as().fetch_all(self.connection()).await?;
        records.iter_mut().zip(&rows).try_for_each(|(record, row)| record.cut(row))
    }

    /// Pushes the outcomes of `p.provider` that count, each with its `value`: its weight halved once per 30 whole days
    /// of its age, as `settlement_interface::reputation::decayed` does.
    fn values(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(
            "SELECT o.*, CASE WHEN age < 1 THEN weight WHEN age < 64 THEN div(weight, 2::numeric ^ age) ELSE 0 END AS value
             FROM (
                SELECT slot, signature, instruction, inner_index, success, weight::numeric AS weight, (",
        );
        query.push_bind(self.as_of).push("::bigint - at) / ").push_bind(HALF_LIFE);
        query
            .push("::bigint AS age FROM outcomes WHERE provider = p.provider AND slot <= ")
            .push_bind(self.slot);
        // The fence keeps each value from being computed once for every sum that it goes into.
        query.push(" AND NOT related AND weight > 0) o OFFSET 0");
    }

    /// At most so many of a provider's outcomes that count, up to this snapshot's slot and in no order: what a score of any
    /// moment needs.
    pub async fn counted(&mut self, provider: &str, most: usize) -> Result<Vec<Input>> {
        let query = sqlx::query_as(
            "SELECT success, weight, at FROM outcomes
             WHERE provider = $1 AND slot <= $2 AND NOT related AND weight > 0 LIMIT $3",
        );
        let query = query.bind(provider).bind(self.slot).bind(i64::try_from(most).unwrap_or(i64::MAX));
        let rows: Vec<(bool, Whole, i64)> = query.fetch_all(self.connection()).await?;
        let input =
            |(success, weight, at): (bool, Whole, i64)| Ok(Input { success, weight: weight.u64()?, at });
        rows.into_iter().map(input).collect()
    }

    /// A provider's outcomes up to this snapshot's slot, newest first, from behind `after`.
    pub async fn outcomes(
        &mut self,
        provider: &str,
        after: Option<&Place>,
        limit: Limit,
    ) -> Result<Vec<Outcome>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
            "SELECT slot, signature, instruction, inner_index, job, at, success, usd, take_bps, weight, related, kind,
                    found_by
             FROM outcomes WHERE slot <= ",
        );
        query.push_bind(self.slot).push(" AND provider = ").push_bind(provider);
        if let Some((slot, signature, instruction, inner_index)) = after {
            query.push(" AND (slot, signature, instruction, inner_index) < (").push_bind(*slot);
            query.push(", ").push_bind(signature).push(", ").push_bind(*instruction);
            query.push(", ").push_bind(*inner_index).push(")");
        }
        query.push(" ORDER BY slot DESC, signature DESC, instruction DESC, inner_index DESC LIMIT ");
        query.push_bind(limit.fetch());
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}
