//! How jobs ended for their providers: the inputs of reputation.

use super::{View, Whole};
use crate::error::Result;
use crate::pagination::Limit;
use futures_util::TryStreamExt;
use settlement_interface::reputation::Outcome as Input;
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

/// What a score is made of, and no more.
#[derive(sqlx::FromRow)]
struct Weighed {
    number: i64,
    success: bool,
    weight: Whole,
    at: i64,
    ahead: bool,
}

impl View {
    /// Hands every outcome of these providers that counts, up to this snapshot's slot and in no order,
    /// to `each`: the provider's place in the list, the outcome, and whether it stands at `after` or
    /// ahead of it. One row is in memory at a time, for a history has no bound.
    pub async fn weighed(
        &mut self,
        providers: &[String],
        after: Option<&Place>,
        mut each: impl FnMut(usize, Input, bool),
    ) -> Result<()> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT p.number, o.success, o.weight, o.at,
                    coalesce((o.slot, o.signature, o.instruction, o.inner_index) >= ($3, $4, $5, $6), FALSE) AS ahead
             FROM unnest($1::text[]) WITH ORDINALITY AS p (provider, number)
             JOIN outcomes o ON o.provider = p.provider
             WHERE o.slot <= $2 AND NOT o.related AND o.weight > 0",
        );
        let query = query.bind(providers).bind(slot);
        let query = query.bind(after.map(|place| place.0)).bind(after.map(|place| place.1.as_str()));
        let query = query.bind(after.map(|place| place.2)).bind(after.map(|place| place.3));
        let mut rows = query.fetch(self.connection());
        while let Some(row) = rows.try_next().await? {
            let Weighed { number, success, weight, at, ahead } = row;
            let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            each(place.unwrap_or(usize::MAX), Input { success, weight: weight.u64()?, at }, ahead);
        }
        Ok(())
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
