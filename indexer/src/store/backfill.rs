//! The part of history that several indexers bring in together: what is listed of it, in ranges that are handed out, and
//! the blocks that came of them until they are folded.
//!
//! What a range holds is final, so whoever fetches it finds the same: two that fetch the same one do no harm, and nobody
//! needs to be kept from it. Only the holder of the lease lists, folds and drops.

use super::{Store, millis, read};
use crate::Error;
use crate::source::rpc::{Listing, Place};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Most ranges that are fetched and not folded yet, of about a mebibyte each.
const AHEAD: i64 = 64;
/// Seconds after which the range that folding waits for is given to another worker too: the first may be slow, or wait for
/// a node that is away.
const SLOW_S: i64 = 60;

/// What is being brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// Slots above this one.
    pub after: u64,
    /// Through this one.
    pub through: u64,
    /// Everything in this place's slot and above is listed.
    pub cursor: Option<Place>,
    /// Whether all of it is listed.
    pub listed: bool,
    /// Last slot of its last range, once it is listed and if it has one.
    pub last: Option<u64>,
}

/// A range to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Its name.
    pub id: i64,
    /// Its first slot.
    pub first: u64,
    /// Its transactions.
    pub listing: Listing,
    /// How often somebody has begun it, this time included.
    pub tries: u64,
}

/// What comes next in order of slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This range is not fetched yet.
    Waiting,
    /// It is: its first and last slot, and its blocks as in a recording.
    Fetched(u64, u64, Vec<u8>),
    /// There is none.
    None,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Ranges that are not folded yet.
    pub ranges: u64,
    /// Of these those that are fetched.
    pub fetched: u64,
    /// Of these those that somebody fetches.
    pub claimed: u64,
    /// Transactions in them.
    pub transactions: u64,
}

impl Store {
    /// What is being brought in; `None` if nothing is.
    pub async fn backfill(&self) -> Result<Option<Backfill>, Error> {
        let row = sqlx::query(
            "SELECT after_slot, through_slot, cursor_slot, cursor_signature, listed, last_slot FROM backfill
             WHERE program = $1",
        )
        .bind(&self.program)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let slot: Option<i64> = row.try_get("cursor_slot")?;
        let signature: Option<String> = row.try_get("cursor_signature")?;
        let last: Option<i64> = row.try_get("last_slot")?;
        Ok(Some(Backfill {
            after: read::unsigned(&row, "after_slot")?,
            through: read::unsigned(&row, "through_slot")?,
            cursor: slot.map(i64::unsigned_abs).zip(signature.map(Arc::from)),
            listed: row.try_get("listed")?,
            last: last.map(i64::unsigned_abs),
        }))
    }

    /// Begins to bring in a part of history; what was listed of an earlier one goes.
    pub async fn begin_backfill(&self, after: u64, through: u64) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        self.lock(&mut transaction).await?;
        sqlx::query("DELETE FROM backfill_ranges").execute(&mut *transaction).await?;
        sqlx::query(
            "INSERT INTO backfill (program, after_slot, through_slot) VALUES ($1, $2, $3)
             ON CONFLICT (program) DO UPDATE SET after_slot = EXCLUDED.after_slot,
                through_slot = EXCLUDED.through_slot, cursor_slot = NULL, cursor_signature = NULL,
                listed = FALSE, last_slot = NULL, begun_at = now()",
        )
        .bind(&self.program)
        .bind(after.cast_signed())
        .bind(through.cast_signed())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Writes down ranges and where listing goes on.
    pub async fn add_ranges(&self, ranges: &[Listing], cursor: &Place) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        self.lock(&mut transaction).await?;
        insert(&mut transaction, ranges).await?;
        let (slot, signature) = cursor;
        sqlx::query("UPDATE backfill SET cursor_slot = $2, cursor_signature = $3 WHERE program = $1")
            .bind(&self.program)
            .bind(slot.cast_signed())
            .bind(&**signature)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Writes down the last ranges and gives the list out, unless it lacks one of these transactions, which are stored:
    /// then nothing is written, and that one is returned.
    pub async fn finish_list(&self, ranges: &[Listing], stored: &[Place]) -> Result<Option<String>, Error> {
        let mut transaction = self.pool.begin().await?;
        self.lock(&mut transaction).await?;
        insert(&mut transaction, ranges).await?;
        let slots: Vec<i64> = stored.iter().map(|(slot, _)| slot.cast_signed()).collect();
        let signatures: Vec<String> = stored.iter().map(|(_, name)| name.to_string()).collect();
        let lacking: Option<String> = sqlx::query_scalar(
            "SELECT n.signature FROM UNNEST($1::bigint[], $2::text[]) AS n (slot, signature)
             WHERE NOT EXISTS (
                SELECT FROM backfill_ranges r WHERE n.slot BETWEEN r.first_slot AND r.last_slot
                AND n.signature = ANY(r.signatures)
             ) LIMIT 1",
        )
        .bind(slots)
        .bind(signatures)
        .fetch_optional(&mut *transaction)
        .await?;
        if lacking.is_some() {
            transaction.rollback().await?;
            return Ok(lacking);
        }
        sqlx::query(
            "UPDATE backfill SET listed = TRUE, last_slot = (SELECT max(last_slot) FROM backfill_ranges)
             WHERE program = $1",
        )
        .bind(&self.program)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(None)
    }

    /// Takes the lowest range that nobody fetches, for `term`: one that is new or was left, whose term is over, whose
    /// worker has no connection any more, or that this store itself had begun; and the one that folding waits for if it
    /// takes long. `None` while there is none, and while enough is fetched ahead of what is folded.
    pub async fn claim_range(&self, term: Duration) -> Result<Option<Claimed>, Error> {
        let row = sqlx::query(
            "WITH plan AS (
                SELECT w.finalized_slot, (
                    SELECT min(first_slot) FROM backfill_ranges WHERE last_slot > w.finalized_slot
                ) AS next_slot, (
                    SELECT count(*) FROM backfill_ranges WHERE blocks IS NOT NULL AND last_slot > w.finalized_slot
                ) AS ahead
                FROM backfill b JOIN watermark w USING (program) WHERE b.program = $1 AND b.listed
             ), free AS (
                SELECT first_slot FROM backfill_ranges r, plan
                WHERE blocks IS NULL AND (
                    until IS NULL OR until < clock_timestamp() OR worker = $3 OR NOT EXISTS (
                        SELECT FROM pg_stat_activity WHERE application_name = $5 || r.worker
                    ) OR (first_slot <= next_slot AND since < clock_timestamp() - $6::bigint * interval '1 second')
                ) AND (ahead < $2 OR first_slot <= next_slot)
                ORDER BY first_slot LIMIT 1 FOR UPDATE OF r SKIP LOCKED
             )
             UPDATE backfill_ranges r SET worker = $3, tries = r.tries + 1, since = clock_timestamp(),
                until = clock_timestamp() + $4::bigint * interval '1 millisecond'
             FROM free WHERE r.first_slot = free.first_slot
             RETURNING r.id, r.first_slot, r.slots, r.signatures, r.places, r.tries::bigint AS tried",
        )
        .bind(&self.program)
        .bind(AHEAD)
        .bind(&*self.name)
        .bind(millis(term))
        .bind(super::application(""))
        .bind(SLOW_S)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Claimed {
                id: row.try_get("id")?,
                first: read::unsigned(&row, "first_slot")?,
                listing: listing(&row)?,
                tries: read::unsigned(&row, "tried")?,
            })
        })
        .transpose()
    }

    /// Keeps a range for another `term`, unless it is somebody else's by now.
    pub async fn keep_range(&self, id: i64, term: Duration) -> Result<(), Error> {
        sqlx::query(
            "UPDATE backfill_ranges SET until = clock_timestamp() + $3::bigint * interval '1 millisecond'
             WHERE id = $1 AND worker = $2 AND blocks IS NULL",
        )
        .bind(id)
        .bind(&*self.name)
        .bind(millis(term))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Leaves a range to others, for this reason.
    pub async fn leave_range(&self, id: i64, trouble: &str) -> Result<(), Error> {
        sqlx::query(
            "UPDATE backfill_ranges SET until = NULL, worker = NULL, trouble = $3
             WHERE id = $1 AND worker = $2 AND blocks IS NULL",
        )
        .bind(id)
        .bind(&*self.name)
        .bind(trouble)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes down what came of a range; whether nobody else was faster.
    pub async fn finish_range(&self, id: i64, blocks: Vec<u8>) -> Result<bool, Error> {
        let done = sqlx::query(
            "UPDATE backfill_ranges SET blocks = $2, trouble = NULL WHERE id = $1 AND blocks IS NULL",
        )
        .bind(id)
        .bind(blocks)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The first range that begins above `slot`; of all if that is `None`.
    pub async fn next_range(&self, slot: Option<u64>) -> Result<Next, Error> {
        let row = sqlx::query(
            "SELECT first_slot, last_slot, blocks FROM backfill_ranges
             WHERE first_slot > $1 ORDER BY first_slot LIMIT 1",
        )
        .bind(slot.map_or(-1, u64::cast_signed))
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(Next::None) };
        let blocks: Option<Vec<u8>> = row.try_get("blocks")?;
        let Some(blocks) = blocks else { return Ok(Next::Waiting) };
        Ok(Next::Fetched(read::unsigned(&row, "first_slot")?, read::unsigned(&row, "last_slot")?, blocks))
    }

    /// Drops ranges through this last slot: they are folded.
    pub async fn drop_ranges(&self, through: u64) -> Result<(), Error> {
        sqlx::query(
            "DELETE FROM backfill_ranges WHERE last_slot <= $1
             AND $3 IN (0, (SELECT starts FROM writers WHERE program = $2))",
        )
        .bind(through.cast_signed())
        .bind(&self.program)
        .bind(self.writer.load(Ordering::Relaxed))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that all of it is folded.
    pub async fn end_backfill(&self) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        self.lock(&mut transaction).await?;
        sqlx::query("DELETE FROM backfill_ranges").execute(&mut *transaction).await?;
        sqlx::query("DELETE FROM backfill WHERE program = $1")
            .bind(&self.program)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// How far it is.
    pub async fn backfill_left(&self) -> Result<Left, Error> {
        let row = sqlx::query(
            "SELECT count(*) AS ranges, count(blocks) AS fetched,
                    count(*) FILTER (WHERE blocks IS NULL AND until > clock_timestamp()) AS claimed,
                    coalesce(sum(transactions), 0)::bigint AS transactions
             FROM backfill_ranges",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Left {
            ranges: read::unsigned(&row, "ranges")?,
            fetched: read::unsigned(&row, "fetched")?,
            claimed: read::unsigned(&row, "claimed")?,
            transactions: read::unsigned(&row, "transactions")?,
        })
    }
}

/// Ranges of at least one slot each. What was written before, by a try of which nobody knows, is there already.
async fn insert(connection: &mut PgConnection, ranges: &[Listing]) -> Result<(), sqlx::Error> {
    for range in ranges {
        let Some(((first, _), (last, _))) = range.first_key_value().zip(range.last_key_value()) else {
            continue;
        };
        let (mut slots, mut signatures, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (slot, listed) in range {
            for (signature, place) in listed {
                slots.push(slot.cast_signed());
                signatures.push(signature.to_string());
                places.push(place.and_then(|place| i32::try_from(place).ok()));
            }
        }
        sqlx::query(
            "INSERT INTO backfill_ranges (first_slot, last_slot, transactions, slots, signatures, places)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (first_slot) DO NOTHING",
        )
        .bind(first.cast_signed())
        .bind(last.cast_signed())
        .bind(i32::try_from(slots.len()).unwrap_or(i32::MAX))
        .bind(slots)
        .bind(signatures)
        .bind(places)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn listing(row: &PgRow) -> Result<Listing, sqlx::Error> {
    let slots: Vec<i64> = row.try_get("slots")?;
    let signatures: Vec<String> = row.try_get("signatures")?;
    let places: Vec<Option<i32>> = row.try_get("places")?;
    let mut listing = Listing::new();
    for ((slot, signature), place) in slots.into_iter().zip(signatures).zip(places) {
        let place = place.and_then(|place| u32::try_from(place).ok());
        listing.entry(slot.unsigned_abs()).or_default().push((signature.into(), place));
    }
    Ok(listing)
}
