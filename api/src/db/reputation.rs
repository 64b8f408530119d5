//! How jobs ended for their providers: the inputs of reputation.

use super::{View, Whole};
use crate::error::Result;

/// One outcome.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of outcomes, described there")]
pub struct Outcome {
    pub provider: String,
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
}

/// What a score is made of, and no more.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(missing_docs, reason = "the columns of outcomes, described there")]
pub struct Weighed {
    pub provider: String,
    pub success: bool,
    pub weight: Whole,
    pub at: i64,
}

impl View {
    /// The outcomes of these providers that count, up to this snapshot's slot, in no order.
    pub async fn weighed(&mut self, providers: &[String]) -> Result<Vec<Weighed>> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT provider, success, weight, at FROM outcomes
             WHERE provider = ANY($1) AND slot <= $2 AND NOT related AND weight > 0",
        );
        Ok(query.bind(providers).bind(slot).fetch_all(self.connection()).await?)
    }

    /// All outcomes of these providers up to this snapshot's slot, newest first.
    pub async fn outcomes(&mut self, providers: &[String]) -> Result<Vec<Outcome>> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT provider, slot, signature, instruction, inner_index, job, at, success, usd, take_bps,
                    weight, related
             FROM outcomes WHERE provider = ANY($1) AND slot <= $2
             ORDER BY slot DESC, signature DESC, instruction DESC, inner_index DESC",
        );
        Ok(query.bind(providers).bind(slot).fetch_all(self.connection()).await?)
    }
}
