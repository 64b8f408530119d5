//! Trying dead letters again, after an upgrade or whenever an indexer starts.

use super::table::Cells;
use super::{Store, commit, read, schema};
use crate::Error;
use crate::decode::{Key, Placed};
use serde::Serialize;
use settlement_interface::events::Event;
use sqlx::{PgConnection, Row};
use std::collections::HashSet;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Events that could not be read before and were stored now.
    pub read: u64,
    /// Events that contradicted their predecessors before and were applied now.
    pub applied: u64,
    /// What is left, by kind and reason.
    pub left: Vec<Left>,
}

/// Dead letters that are left for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// 'undecodable' or 'contradiction'.
    pub kind: String,
    /// Why, by this version.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Slot of the first.
    pub first_slot: u64,
}

impl Store {
    /// Reads dead letters again, in one transaction: what has become readable is stored as events and applied, what
    /// contradicted its predecessors is applied if it no longer does, the rest stays with the reason that this version
    /// has.
    pub async fn replay(&self) -> Result<Replayed, Error> {
        let mut transaction = self.pool.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        let mark = self.lock(connection).await?;
        let before = contradictions(connection).await?;
        let (fresh, unread) = undecodable(connection).await?;
        let keys = fresh.iter().map(|placed| read::key_cells(&placed.key)).collect();
        schema::DEAD_LETTERS.delete(connection, keys).await?;
        for (cells, reason) in unread {
            note_reason(connection, cells, &reason).await?;
        }
        let stored = read::events(connection, &before).await?;
        let count = u64::try_from(fresh.len()).unwrap_or(u64::MAX);
        commit::fold(connection, stored, fresh, Vec::new(), mark.finalized).await?;
        let after: HashSet<Key> = contradictions(connection).await?.into_iter().collect();
        let applied = before.iter().filter(|key| !after.contains(key)).count();
        let left = left(connection).await?;
        transaction.commit().await?;
        Ok(Replayed { read: count, applied: u64::try_from(applied).unwrap_or(u64::MAX), left })
    }
}

/// Events that contradict.
async fn contradictions(connection: &mut PgConnection) -> Result<Vec<Key>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT slot, signature, instruction, inner_index FROM dead_letters WHERE kind = 'contradiction'",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(read::key).collect()
}

/// Letters that can be read now, and the others with the reason why they cannot.
async fn undecodable(
    connection: &mut PgConnection,
) -> Result<(Vec<Placed>, Vec<(Cells, String)>), sqlx::Error> {
    let rows = sqlx::query(
        "SELECT slot, signature, instruction, inner_index, tx_index, data FROM dead_letters
         WHERE kind = 'undecodable' ORDER BY slot, tx_index, signature, instruction, inner_index",
    )
    .fetch_all(connection)
    .await?;
    let (mut events, mut unread) = (Vec::new(), Vec::new());
    for row in &rows {
        let data: Vec<u8> = row.try_get("data")?;
        match Event::decode(&data) {
            Ok(Some(_)) => events.push(read::placed(row)?),
            Ok(None) => unread.push((read::key_cells(&read::key(row)?), "it is no event".to_owned())),
            Err(error) => unread.push((read::key_cells(&read::key(row)?), error.to_string())),
        }
    }
    Ok((events, unread))
}

async fn note_reason(connection: &mut PgConnection, key: Cells, reason: &str) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(
        "UPDATE dead_letters SET reason = $1 WHERE slot = $2::bigint AND signature = $3
         AND instruction = $4::integer AND inner_index = $5::integer AND reason <> $1",
    )
    .bind(reason);
    for cell in key.iter() {
        query = query.bind(cell.map(str::to_owned));
    }
    query.execute(connection).await?;
    Ok(())
}

/// Dead letters by kind and reason.
pub(super) async fn left(connection: &mut PgConnection) -> Result<Vec<Left>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT kind, reason, count(*) AS letters, min(slot) AS first_slot FROM dead_letters
         GROUP BY kind, reason ORDER BY first_slot, kind, reason",
    )
    .fetch_all(connection)
    .await?;
    let one = |row: &sqlx::postgres::PgRow| {
        Ok(Left {
            kind: row.try_get("kind")?,
            reason: row.try_get("reason")?,
            count: read::unsigned(row, "letters")?,
            first_slot: read::unsigned(row, "first_slot")?,
        })
    };
    rows.iter().map(one).collect()
}
