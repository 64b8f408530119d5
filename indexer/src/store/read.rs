//! Questions to the tables that the writing side asks.

use super::table::Cells;
use super::table::cells;
use crate::decode::{Key, Placed};
use crate::source::{OVERLAP, Resume};
use settlement_interface::Address;
use settlement_interface::events::Event;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The watermark row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Genesis hash of the cluster.
    pub cluster: String,
    /// Where indexing starts.
    pub start_slot: u64,
    /// Everything through this slot is indexed.
    pub confirmed: u64,
    /// Everything through this slot is indexed and final.
    pub finalized: u64,
}

/// A column of the type BIGINT that is never negative.
pub fn unsigned(row: &PgRow, column: &str) -> Result<u64, sqlx::Error> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|_| sqlx::Error::Protocol(format!("{column} is negative")))
}

fn small(row: &PgRow, column: &str) -> Result<u32, sqlx::Error> {
    let value: i32 = row.try_get(column)?;
    u32::try_from(value).map_err(|_| sqlx::Error::Protocol(format!("{column} is negative")))
}

/// The watermark of `program`; with `lock`, other writers wait until the transaction ends.
pub async fn watermark(
    connection: &mut PgConnection,
    program: &str,
    lock: bool,
) -> Result<Option<Watermark>, sqlx::Error> {
    const READ: &str =
        "SELECT cluster, start_slot, confirmed_slot, finalized_slot FROM watermark WHERE program = $1";
    const LOCK: &str = "SELECT cluster, start_slot, confirmed_slot, finalized_slot FROM watermark WHERE program = $1 FOR UPDATE";
    let query = sqlx::query(if lock { LOCK } else { READ }).bind(program);
    let row = query.fetch_optional(connection).await?;
    row.map(|row| {
        Ok(Watermark {
            cluster: row.try_get("cluster")?,
            start_slot: unsigned(&row, "start_slot")?,
            confirmed: unsigned(&row, "confirmed_slot")?,
            finalized: unsigned(&row, "finalized_slot")?,
        })
    })
    .transpose()
}

/// Counts a transaction that writes. The number of the start of an indexer that may write, and this
/// transaction's own; nobody else has written since if the one before it was ours.
pub async fn count_write(connection: &mut PgConnection, program: &str) -> Result<(i64, i64), sqlx::Error> {
    let count =
        sqlx::query_as("UPDATE writers SET writes = writes + 1 WHERE program = $1 RETURNING starts, writes");
    Ok(count.bind(program).fetch_optional(connection).await?.unwrap_or((0, 0)))
}

/// What a source needs to go on.
pub async fn resume(connection: &mut PgConnection, finalized: u64) -> Result<Resume, sqlx::Error> {
    let after = finalized.saturating_sub(OVERLAP);
    let rows = sqlx::query(
        "SELECT b.slot, b.blockhash, t.signature
         FROM blocks b LEFT JOIN transactions t USING (slot) WHERE b.slot > $1",
    )
    .bind(after.cast_signed())
    .fetch_all(&mut *connection)
    .await?;
    let mut resume = Resume { finalized, ..Resume::default() };
    for row in rows {
        let known = resume.recent.entry(unsigned(&row, "slot")?).or_default();
        known.blockhash = row.try_get("blockhash")?;
        if let Some(signature) = row.try_get::<Option<String>, _>("signature")? {
            known.signatures.push(signature.into());
        }
    }
    let mut below = after.saturating_add(1);
    let mut newest = Vec::new();
    for _ in 0..2 {
        let row = sqlx::query(
            "SELECT slot, signature FROM transactions WHERE slot < $1 ORDER BY slot DESC LIMIT 1",
        )
        .bind(below.cast_signed())
        .fetch_optional(&mut *connection)
        .await?;
        let Some(row) = row else { break };
        below = unsigned(&row, "slot")?;
        newest.push((below, Arc::<str>::from(row.try_get::<String, _>("signature")?)));
    }
    newest.into_iter().rev().for_each(|(slot, signature)| resume.anchor.advance(slot, signature));
    Ok(resume)
}

/// Blockhashes of stored blocks that are not final, among these slots; and whether they are final.
pub async fn blocks(
    connection: &mut PgConnection,
    slots: &[i64],
) -> Result<HashMap<u64, (Option<String>, bool)>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT slot, blockhash, status = 'finalized' AS final FROM blocks WHERE slot = ANY($1)")
            .bind(slots)
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| Ok((unsigned(row, "slot")?, (row.try_get("blockhash")?, row.try_get("final")?))))
        .collect()
}

/// Keys of stored events in these slots.
pub async fn event_keys(connection: &mut PgConnection, slots: &[i64]) -> Result<HashSet<Key>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT slot, signature, instruction, inner_index FROM events WHERE slot = ANY($1)")
            .bind(slots)
            .fetch_all(connection)
            .await?;
    rows.iter().map(key).collect()
}

/// The key in a row.
pub fn key(row: &PgRow) -> Result<Key, sqlx::Error> {
    Ok(Key {
        slot: unsigned(row, "slot")?,
        signature: row.try_get::<String, _>("signature")?.into(),
        instruction: small(row, "instruction")?,
        inner: small(row, "inner_index")?,
    })
}

/// A key as leading cells.
pub fn key_cells(key: &Key) -> Cells {
    cells![key.slot, key.signature, key.instruction, key.inner]
}

/// A stored event.
pub fn placed(row: &PgRow) -> Result<Placed, sqlx::Error> {
    let data: Vec<u8> = row.try_get("data")?;
    let event = match Event::decode(&data) {
        Ok(Some(event)) => event,
        _ => return Err(sqlx::Error::Protocol("A stored event cannot be read by this version".into())),
    };
    Ok(Placed { key: key(row)?, tx_index: small(row, "tx_index")?, event })
}

/// Whether any stored event waits.
pub async fn has_waiting(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM events WHERE NOT applied)").fetch_one(connection).await
}

/// Stored events that wait and have one of these numbers at one of these entities.
pub async fn waiting_at(
    connection: &mut PgConnection,
    places: &[(Address, u64)],
) -> Result<Vec<Placed>, sqlx::Error> {
    let entities: Vec<String> = places.iter().map(|(entity, _)| entity.to_string()).collect();
    let numbers: Vec<i64> = places.iter().map(|(_, number)| number.cast_signed()).collect();
    let rows = sqlx::query(
        "SELECT DISTINCT e.slot, e.signature, e.instruction, e.inner_index, e.tx_index, e.data
         FROM UNNEST($1::text[], $2::bigint[]) AS w (entity, sequence)
         JOIN event_entities n ON n.entity = w.entity AND n.sequence = w.sequence
         JOIN events e USING (slot, signature, instruction, inner_index)
         WHERE NOT e.applied
         ORDER BY e.slot, e.tx_index, e.signature, e.instruction, e.inner_index",
    )
    .bind(entities)
    .bind(numbers)
    .fetch_all(connection)
    .await?;
    rows.iter().map(placed).collect()
}

/// These stored events, in order of place.
pub async fn events(connection: &mut PgConnection, keys: &[Key]) -> Result<Vec<Placed>, sqlx::Error> {
    let slots: Vec<i64> = keys.iter().map(|key| key.slot.cast_signed()).collect();
    let wanted: HashSet<&Key> = keys.iter().collect();
    let rows = sqlx::query(
        "SELECT slot, signature, instruction, inner_index, tx_index, data FROM events
         WHERE slot = ANY($1) ORDER BY slot, tx_index, signature, instruction, inner_index",
    )
    .bind(slots)
    .fetch_all(connection)
    .await?;
    let all: Vec<Placed> = rows.iter().map(placed).collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|placed| wanted.contains(&placed.key)).collect())
}
