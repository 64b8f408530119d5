//! What was read from the chain, as rows: blocks, transactions, events, and what could not be read.

use super::read;
use super::schema;
use super::table::{Bytes, Cells, Existing, cells, columns};
use crate::decode::{Decoded, Key, Placed, body::body};
use sqlx::PgConnection;
use std::collections::HashSet;
use std::sync::Arc;

/// Slots of a batch of which something is stored. Every row about a slot is written with or after its
/// block's, and goes with it: so of any other slot there is none, and rows need not be looked for.
pub type Known = HashSet<u64>;

/// Writes what is new of these blocks; how many were.
pub async fn write_blocks(
    connection: &mut PgConnection,
    blocks: &[Decoded],
    known: &Known,
    finalized: u64,
) -> Result<u64, sqlx::Error> {
    let (mut new, mut perhaps, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for block in blocks {
        let (hash, parent) = match &block.header {
            Some(header) => (Some(header.blockhash.as_str()), Some(header.parent)),
            None => (None, None),
        };
        let status = if block.slot <= finalized { "finalized" } else { "confirmed" };
        let row = cells![block.slot, hash, parent, block.time, status];
        if known.contains(&block.slot) {
            perhaps.push(row);
        } else if seen.insert(block.slot) {
            new.push(row);
        }
    }
    let written = schema::BLOCKS.write(connection, new, Existing::Fail).await?;
    Ok(written.saturating_add(schema::BLOCKS.write(connection, perhaps, Existing::Keep).await?))
}

/// Writes what is new of these blocks' transactions; how many were.
pub async fn write_transactions(
    connection: &mut PgConnection,
    blocks: &[Decoded],
    known: &Known,
) -> Result<u64, sqlx::Error> {
    let mut seen = HashSet::new();
    let row = |(slot, signature, index): (u64, &Arc<str>, u32)| cells![slot, signature, index];
    let all = blocks
        .iter()
        .flat_map(|block| block.transactions.iter().map(|(name, index)| (block.slot, name, *index)));
    let (perhaps, new): (Vec<_>, Vec<_>) = all.partition(|(slot, ..)| known.contains(slot));
    let new = new.into_iter().filter(|(slot, signature, _)| seen.insert((*slot, *signature)));
    let written = schema::TRANSACTIONS.add(connection, Box::new(new.map(row))).await?;
    let perhaps = perhaps.into_iter().map(row).collect();
    Ok(written.saturating_add(schema::TRANSACTIONS.write(connection, perhaps, Existing::Keep).await?))
}

/// Events of these blocks that are not stored.
pub async fn fresh_events(
    connection: &mut PgConnection,
    blocks: &[Decoded],
    known: &Known,
) -> Result<Vec<Arc<Placed>>, sqlx::Error> {
    let slots: Vec<i64> = known.iter().map(|slot| slot.cast_signed()).collect();
    let mut stored = match slots.as_slice() {
        [] => HashSet::new(),
        slots => read::event_keys(connection, slots).await?,
    };
    let all = blocks.iter().flat_map(|block| &block.events);
    let fresh = all.filter(|placed| stored.insert(placed.key.clone()));
    Ok(fresh.map(|placed| Arc::new(placed.clone())).collect())
}

/// Writes what could not be read.
pub async fn write_undecodable(connection: &mut PgConnection, blocks: &[Decoded]) -> Result<(), sqlx::Error> {
    let rows = blocks.iter().flat_map(|block| &block.undecodable).map(|letter| {
        let rest = cells![letter.tx_index, "undecodable", letter.reason, Bytes(&letter.data)];
        read::key_cells(&letter.key).then(&rest)
    });
    schema::DEAD_LETTERS.write(connection, rows.collect(), Existing::Keep).await?;
    Ok(())
}

/// Writes events, which are new, and which entities they name.
pub async fn write_events(
    connection: &mut PgConnection,
    fresh: &[Arc<Placed>],
    applied: &HashSet<&Key>,
) -> Result<(), sqlx::Error> {
    let events = fresh.iter().map(|placed| {
        let (key, event) = (&placed.key, &placed.event);
        let rest = cells![
            placed.tx_index,
            event.name(),
            event.at(),
            body(event),
            Bytes(&event.encode()),
            applied.contains(key),
        ];
        read::key_cells(key).then(&rest)
    });
    schema::EVENTS.add(connection, Box::new(events)).await?;
    let entities = fresh.iter().flat_map(|placed| {
        let place = read::key_cells(&placed.key);
        let touched = placed.event.touched();
        touched.map(move |touched| cells![touched.entity, touched.sequence].then(&place))
    });
    schema::EVENT_ENTITIES.add(connection, Box::new(entities)).await?;
    Ok(())
}

/// Events that waited do no more. What contradicted a block that left the chain may follow the one that took its place: no dead letter any more.
pub async fn mark_applied(connection: &mut PgConnection, keys: Vec<Cells>) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut query = sqlx::query(
        "WITH k AS (
            SELECT slot::bigint, signature, instruction::integer, inner_index::integer
            FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[])
                AS k (slot, signature, instruction, inner_index)
         ), settled AS (
            DELETE FROM dead_letters d USING k WHERE d.slot = k.slot AND d.signature = k.signature
            AND d.instruction = k.instruction AND d.inner_index = k.inner_index
         )
         UPDATE events e SET applied = TRUE FROM k WHERE e.slot = k.slot AND e.signature = k.signature
         AND e.instruction = k.instruction AND e.inner_index = k.inner_index",
    );
    for column in columns(&keys, 4) {
        query = query.bind(column);
    }
    query.execute(connection).await?;
    Ok(())
}

/// Keeps events that cannot follow their predecessors.
pub async fn write_contradictions(
    connection: &mut PgConnection,
    contradictions: &[(Arc<Placed>, String)],
) -> Result<(), sqlx::Error> {
    let rows = contradictions.iter().map(|(placed, reason)| {
        tracing::error!(
            "{} of slot {} in {} contradicts its predecessors: {reason}",
            placed.event.name(),
            placed.key.slot,
            placed.key.signature
        );
        let reason = format!("{}: {reason}", placed.event.name());
        let rest = cells![placed.tx_index, "contradiction", reason, Bytes(&placed.event.encode())];
        read::key_cells(&placed.key).then(&rest)
    });
    schema::DEAD_LETTERS.write(connection, rows.collect(), Existing::Keep).await?;
    Ok(())
}
