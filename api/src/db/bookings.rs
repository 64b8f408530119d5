//! What moved in and out of a job's vault, event by event: what each event says, and what the ledger booked for it.

use super::place::Place;
use super::{View, Whole};
use crate::error::Result;
use futures_util::TryStreamExt;
use serde_json::Value;

/// Events that move what is in a job's vault, or book whose it is.
pub const NAMES: [&str; 8] = [
    "JobOpened",
    "JobToppedUp",
    "Converted",
    "StableSettled",
    "JobCancelled",
    "JobFailed",
    "JobClosed",
    "DueWithdrawn",
];

/// One event, with what the ledger booked for it; base units of the escrow's mint, negative if they left.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Booking {
    /// Where it is on the chain.
    #[sqlx(flatten)]
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Unix seconds.
    pub at: i64,
    /// Its number among the job's events.
    pub sequence: i64,
    /// Its fields, amounts as strings.
    pub body: Value,
    /// On the job's escrow.
    pub escrow: Whole,
    /// On what is due out of its vault.
    pub dues: Whole,
}

/// How many of a job's events are there.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Kept {
    /// Different numbers.
    pub events: i64,
    /// The greatest.
    pub last: i64,
}

impl View {
    /// Hands every event that moved something in a job's vault, in their order, to `each`: one is in memory at a time.
    pub async fn bookings(&mut self, job: &str, mut each: impl FnMut(Booking) -> Result<()>) -> Result<()> {
        let slot = self.slot;
        let query = sqlx::query_as(
            "SELECT e.slot, e.tx_index, e.signature, e.instruction, e.inner_index, e.name, e.at, s.sequence, e.body,
                    coalesce(l.escrow, 0) AS escrow, coalesce(l.dues, 0) AS dues
             FROM event_entities s JOIN events e USING (slot, signature, instruction, inner_index)
             LEFT JOIN LATERAL (
                SELECT sum(amount) FILTER (WHERE account = 'escrow') AS escrow,
                    sum(amount) FILTER (WHERE account = 'dues') AS dues
                FROM ledger
                WHERE slot = e.slot AND signature = e.signature AND instruction = e.instruction
                    AND inner_index = e.inner_index AND job = $1
             ) l ON TRUE
             WHERE s.entity = $1 AND s.slot <= $2 AND e.name = ANY($3) ORDER BY s.sequence",
        );
        let query = query.bind(job).bind(slot).bind(NAMES.as_slice());
        let mut rows = query.fetch(self.connection());
        while let Some(row) = rows.try_next().await? {
            each(row)?;
        }
        Ok(())
    }

    /// How many of a job's events are in this snapshot: as many as it counts itself, unless one is missing.
    pub async fn kept(&mut self, job: &str) -> Result<Kept> {
        let query = sqlx::query_as(
            "SELECT count(DISTINCT sequence) AS events, coalesce(max(sequence), 0) AS last
             FROM event_entities WHERE entity = $1 AND slot <= $2",
        );
        let slot = self.slot;
        Ok(query.bind(job).bind(slot).fetch_one(self.connection()).await?)
    }
}
