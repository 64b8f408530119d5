//! The facts that health follows from, and what is missing: questions that a running indexer can afford.

use super::{Store, read};
use crate::Error;
use crate::health::Facts;
use settlement_interface::{Address, pda};
use sqlx::Row;
use sqlx::postgres::PgRow;

/// Waiting events that are looked at for gaps, those of the oldest slots. The very oldest always stands behind a
/// gap or a dead letter, so that a gap is found whatever waits behind it.
const LOOKED_AT: i64 = 10_000;
/// Differences that are named.
const NAMED: i64 = 5;

/// Numbers of an entity's events that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The entity.
    pub entity: Address,
    /// First missing number.
    pub first: u64,
    /// Last missing number.
    pub last: u64,
    /// Slot of the last event before; the start of indexing if there is none.
    pub after_slot: u64,
    /// Slot of the first event after, or at which the account was read.
    pub before_slot: u64,
}

/// A number that may be unknown; below zero, as where two clocks differ, it is zero.
fn maybe(row: &PgRow, column: &str) -> Result<Option<u64>, sqlx::Error> {
    let value: Option<i64> = row.try_get(column)?;
    Ok(value.map(|value| u64::try_from(value).unwrap_or(0)))
}

/// A gap in a row of its columns.
pub(super) fn gap(row: &PgRow) -> Result<Gap, sqlx::Error> {
    let name: String = row.try_get("entity")?;
    Ok(Gap {
        entity: name.parse().map_err(|_| sqlx::Error::Protocol(format!("{name} is no address")))?,
        first: read::unsigned(row, "first_missing")?,
        last: read::unsigned(row, "last_missing")?,
        after_slot: read::unsigned(row, "after_slot")?,
        before_slot: read::unsigned(row, "before_slot")?,
    })
}

impl Store {
    /// What health follows from.
    pub async fn facts(&self) -> Result<Facts, Error> {
        let row = sqlx::query(
            "SELECT w.confirmed_slot, w.finalized_slot, i.head_confirmed, i.head_finalized,
                    extract(epoch FROM now() - i.seen_at)::bigint AS seen_ago,
                    extract(epoch FROM now())::bigint - greatest(w.finalized_time, (
                        SELECT b.block_time FROM blocks b WHERE b.slot <= w.finalized_slot
                        ORDER BY b.slot DESC LIMIT 1
                    )) AS lag_seconds,
                    (SELECT count(*) FROM events WHERE NOT applied) AS waiting,
                    (SELECT count(*) FROM gaps WHERE found_by = 'account') AS account_gaps,
                    (SELECT count(*) FROM dead_letters WHERE kind = 'undecodable') AS undecodable,
                    (SELECT count(*) FROM dead_letters WHERE kind = 'contradiction') AS contradictions,
                    EXISTS (SELECT FROM config) AS initialised,
                    s.slot AS compared_slot,
                    extract(epoch FROM now() - s.checked_at)::bigint AS compared_ago,
                    (SELECT count(*) FROM reconciliations r WHERE r.slot = s.slot AND r.verdict = 'deficit')
                        AS differences,
                    ARRAY(SELECT r.subject::text FROM reconciliations r
                          WHERE r.slot = s.slot AND r.verdict = 'deficit' ORDER BY 1 LIMIT $2) AS differing
             FROM (SELECT 1) AS one
             LEFT JOIN watermark w ON w.program = $1
             LEFT JOIN indexer_status i ON i.program = w.program
             LEFT JOIN LATERAL (SELECT slot, checked_at FROM snapshots ORDER BY slot DESC LIMIT 1) s ON TRUE",
        )
        .bind(&self.program)
        .bind(NAMED)
        .fetch_one(&self.pool)
        .await?;
        let waiting = read::unsigned(&row, "waiting")?;
        let found = if waiting > 0 { self.missing().await?.len() } else { 0 };
        let by_accounts = read::unsigned(&row, "account_gaps")?;
        Ok(Facts {
            finalized: maybe(&row, "finalized_slot")?,
            confirmed: maybe(&row, "confirmed_slot")?,
            head_finalized: maybe(&row, "head_finalized")?,
            head_confirmed: maybe(&row, "head_confirmed")?,
            seen_ago: maybe(&row, "seen_ago")?,
            lag_seconds: maybe(&row, "lag_seconds")?,
            waiting,
            gaps: u64::try_from(found).unwrap_or(u64::MAX).saturating_add(by_accounts),
            undecodable: read::unsigned(&row, "undecodable")?,
            contradictions: read::unsigned(&row, "contradictions")?,
            initialised: row.try_get("initialised")?,
            compared_slot: maybe(&row, "compared_slot")?,
            compared_ago: maybe(&row, "compared_ago")?,
            differences: read::unsigned(&row, "differences")?,
            differing: row.try_get("differing")?,
        })
    }

    /// Numbers that are missing below events that wait. It costs what waits, not what is stored: the whole check,
    /// which reads every event, is the view `sequence_gaps`.
    pub async fn missing(&self) -> Result<Vec<Gap>, Error> {
        let rows = sqlx::query(
            "WITH waiting AS MATERIALIZED (
                SELECT slot, signature, instruction, inner_index FROM events WHERE NOT applied
                ORDER BY slot LIMIT $1
             )
             SELECT DISTINCT ON (n.entity, first_missing)
                n.entity, coalesce(p.sequence, 0) + 1 AS first_missing, n.sequence - 1 AS last_missing,
                coalesce(p.slot, w.start_slot) AS after_slot, n.slot AS before_slot
             FROM waiting
             JOIN event_entities n USING (slot, signature, instruction, inner_index)
             JOIN watermark w ON w.program = $2
             LEFT JOIN LATERAL (
                SELECT e.sequence, e.slot FROM event_entities e
                WHERE e.entity = n.entity AND e.sequence < n.sequence ORDER BY e.sequence DESC LIMIT 1
             ) p ON TRUE
             WHERE n.sequence > coalesce(p.sequence, 0) + 1
             ORDER BY n.entity, first_missing, n.sequence, n.slot",
        )
        .bind(LOOKED_AT)
        .bind(&self.program)
        .fetch_all(&self.pool)
        .await?;
        let mut gaps = rows.iter().map(gap).collect::<Result<Vec<_>, _>>()?;
        gaps.extend(self.missing_network(&gaps).await?);
        Ok(gaps)
    }

    /// Everything waits for the network's initialisation, of whatever entity it is.
    async fn missing_network(&self, known: &[Gap]) -> Result<Option<Gap>, Error> {
        let config = pda::config();
        let row = sqlx::query(
            "SELECT $1::text AS entity, 1::bigint AS first_missing, 1::bigint AS last_missing,
                    w.start_slot AS after_slot, min(e.slot) AS before_slot
             FROM watermark w JOIN events e ON NOT e.applied
             WHERE w.program = $2 AND NOT EXISTS (SELECT FROM config)
             AND NOT EXISTS (SELECT FROM event_entities n WHERE n.entity = $1 AND n.sequence = 1)
             GROUP BY w.start_slot",
        )
        .bind(config.to_string())
        .bind(&self.program)
        .fetch_optional(&self.pool)
        .await?;
        let found = row.as_ref().map(gap).transpose()?;
        Ok(found.filter(|_| known.iter().all(|gap| gap.entity != config)))
    }
}
