//! Whether the figures can be relied on, as the database tells it.

use super::{Database, SCHEMA_VERSION};
use crate::error::Result;

/// What health follows from. Slots and seconds.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Health {
    /// Version of the schema.
    pub schema_version: i32,
    /// The least version that a reader of it must know.
    pub oldest_reader: i32,
    /// The last slots indexed; `None` if no indexer has run.
    pub confirmed_slot: Option<i64>,
    /// The same, finalized.
    pub finalized_slot: Option<i64>,
    /// The chain's head as the indexer last saw it.
    pub head_confirmed: Option<i64>,
    /// The same, finalized.
    pub head_finalized: Option<i64>,
    /// Seconds since it saw it.
    pub seen_ago: Option<i64>,
    /// What could not be decoded or contradicted what came before.
    pub dead_letters: i64,
    /// Finalized events that still wait for one before them.
    pub waiting: i64,
    /// Slot of the last comparison with the chain.
    pub compared_slot: Option<i64>,
    /// Seconds since it.
    pub compared_ago: Option<i64>,
    /// Subjects of it in deficit.
    pub deficits: Vec<String>,
}

impl Health {
    /// Whether the schema is the one that these statements are written for, or a later one that has kept what they read.
    pub fn knows_schema(&self) -> bool {
        (self.oldest_reader..=self.schema_version).contains(&SCHEMA_VERSION)
    }
}

impl Database {
    /// Health as of now, of the server that answers are read from.
    pub async fn health(&self) -> Result<Health> {
        let (_, mut transaction) = self.0.begin().await?;
        let query = sqlx::query_as(
            "SELECT v.version AS schema_version,
                    -- Of a schema of before it was noted, none but its own.
                    coalesce((to_jsonb(v) ->> 'oldest_reader')::integer, v.version) AS oldest_reader,
                    w.confirmed_slot, w.finalized_slot,
                    i.head_confirmed, i.head_finalized,
                    extract(epoch FROM now() - i.seen_at)::bigint AS seen_ago,
                    (SELECT count(*) FROM dead_letters) AS dead_letters,
                    (SELECT count(*) FROM events e WHERE NOT e.applied AND e.slot <= w.finalized_slot) AS waiting,
                    s.slot AS compared_slot,
                    extract(epoch FROM now() - s.checked_at)::bigint AS compared_ago,
                    ARRAY(SELECT r.subject::text FROM reconciliations r
                          WHERE r.slot = s.slot AND r.verdict = 'deficit' ORDER BY 1) AS deficits
             FROM schema_version v
             LEFT JOIN watermark w ON TRUE
             LEFT JOIN indexer_status i USING (program)
             LEFT JOIN LATERAL (SELECT slot, checked_at FROM snapshots ORDER BY slot DESC LIMIT 1) s ON TRUE",
        );
        Ok(query.fetch_one(&mut *transaction).await?)
    }
}
