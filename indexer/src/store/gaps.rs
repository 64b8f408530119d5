//! The table of gaps: which slots are wanted again.

use super::Store;
use super::condition::{Gap, gap};
use crate::Error;
use settlement_interface::Address;
use std::collections::HashSet;
use std::sync::Arc;

/// Gaps of which slots are read again at a time.
const AT_A_TIME: i64 = 16;

impl Store {
    /// Brings the table up to date; gaps that are new.
    pub async fn note_gaps(&self, found: &[Gap]) -> Result<Vec<Gap>, Error> {
        let mut transaction = self.pool.begin().await?;
        let (entities, first) = places(found);
        // What an account showed stays until the events are there.
        sqlx::query(
            "DELETE FROM gaps g WHERE (found_by = 'events' AND NOT EXISTS (
                SELECT FROM UNNEST($1::text[], $2::bigint[]) AS f (entity, first_missing)
                WHERE f.entity = g.entity AND f.first_missing = g.first_missing
             )) OR (found_by = 'account' AND EXISTS (
                SELECT FROM event_entities e WHERE e.entity = g.entity AND e.sequence >= g.last_missing
             ))",
        )
        .bind(&entities)
        .bind(&first)
        .execute(&mut *transaction)
        .await?;
        let mut fresh = Vec::new();
        for gap in found {
            if write(&mut transaction, gap, "events").await? {
                fresh.push(gap.clone());
            }
        }
        transaction.commit().await?;
        Ok(fresh)
    }

    /// Notes a gap that an account on chain shows; whether it is new.
    pub async fn note_gap_of_account(&self, gap: &Gap) -> Result<bool, Error> {
        let mut transaction = self.pool.begin().await?;
        let fresh = write(&mut transaction, gap, "account").await?;
        transaction.commit().await?;
        Ok(fresh)
    }

    /// Gaps whose slots may be read again now: at once, then ever less often, at least every ten minutes.
    pub async fn gaps_due(&self) -> Result<Vec<Gap>, Error> {
        let rows = sqlx::query(
            "SELECT entity, first_missing, last_missing, after_slot, before_slot FROM gaps
             WHERE tried_at IS NULL
                OR now() >= tried_at + least(600, 1 << least(tries, 10)) * INTERVAL '1 second'
             ORDER BY tries, after_slot LIMIT $1",
        )
        .bind(AT_A_TIME)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(gap).collect::<Result<_, _>>().map_err(Error::from)
    }

    /// Notes that a gap's slots were read again.
    pub async fn note_try(&self, gap: &Gap, outcome: &str) -> Result<(), Error> {
        sqlx::query(
            "UPDATE gaps SET tries = least(tries, 1000000) + 1, tried_at = now(), outcome = $3
             WHERE entity = $1 AND first_missing = $2",
        )
        .bind(gap.entity.to_string())
        .bind(gap.first.cast_signed())
        .bind(outcome)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The oldest stored transaction of an entity in a slot after `slot`: where a list of its transactions may begin.
    pub async fn transaction_after(&self, entity: &Address, slot: u64) -> Result<Option<Arc<str>>, Error> {
        let signature: Option<String> = sqlx::query_scalar(
            "SELECT signature FROM event_entities WHERE entity = $1 AND slot > $2 ORDER BY sequence LIMIT 1",
        )
        .bind(entity.to_string())
        .bind(slot.cast_signed())
        .fetch_optional(&self.pool)
        .await?;
        Ok(signature.map(Arc::from))
    }

    /// Of these transactions those that are stored.
    pub async fn stored(&self, names: &[(u64, Arc<str>)]) -> Result<HashSet<String>, Error> {
        let slots: Vec<i64> = names.iter().map(|(slot, _)| slot.cast_signed()).collect();
        let signatures: Vec<String> = names.iter().map(|(_, name)| name.to_string()).collect();
        let found: Vec<String> = sqlx::query_scalar(
            "SELECT t.signature FROM UNNEST($1::bigint[], $2::text[]) AS n (slot, signature)
             JOIN transactions t USING (slot, signature)",
        )
        .bind(slots)
        .bind(signatures)
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().collect())
    }
}

fn places(gaps: &[Gap]) -> (Vec<String>, Vec<i64>) {
    gaps.iter().map(|gap| (gap.entity.to_string(), gap.first.cast_signed())).unzip()
}

async fn write(connection: &mut sqlx::PgConnection, gap: &Gap, found_by: &str) -> Result<bool, sqlx::Error> {
    let inserted: bool = sqlx::query_scalar(
        "INSERT INTO gaps (entity, first_missing, last_missing, after_slot, before_slot, found_by)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (entity, first_missing) DO UPDATE SET last_missing = EXCLUDED.last_missing,
            after_slot = EXCLUDED.after_slot, before_slot = EXCLUDED.before_slot
         RETURNING xmax = 0",
    )
    .bind(gap.entity.to_string())
    .bind(gap.first.cast_signed())
    .bind(gap.last.cast_signed())
    .bind(gap.after_slot.cast_signed())
    .bind(gap.before_slot.cast_signed())
    .bind(found_by)
    .fetch_one(connection)
    .await?;
    Ok(inserted)
}
