//! Taking back what a dropped block brought: newest first, every event that was applied since its
//! first one. Those of other blocks then wait and are applied again in the same transaction.

use super::drain::Applied;
use super::entities;
use super::facts::{Balances, Hours, add_balances, add_hours};
use super::read::{key, key_cells};
use super::schema;
use super::table::{Cells, Table, cells};
use crate::decode::{Key, body};
use crate::fold::{Cube, Held, Kind, Sums, World};
use serde_json::{Value, json};
use settlement_interface::Address;
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// Writes how to take back those of these events that may have to be.
pub async fn note(
    connection: &mut PgConnection,
    applied: &[Applied],
    epoch_len: i64,
) -> Result<(), sqlx::Error> {
    let undoable = || applied.iter().filter_map(|one| Some((one, one.before.as_deref()?)));
    let count = undoable().count();
    if count == 0 {
        return Ok(());
    }
    let first = numbers(connection, count).await?;
    // For the indexer itself: images before the event, and what it added to sums. `COPY` takes the numbers as given.
    let notes = undoable().zip(first..).map(|((one, before), number)| {
        let entities = before.iter().map(|(kind, address, held)| {
            let image = held.as_ref().map(|held| hex::encode(held.image()));
            json!({ "kind": entities::table(*kind).name, "entity": address.to_string(), "image": image })
        });
        let note = json!({ "entities": entities.collect::<Vec<_>>(), "sums": sums(&one.effects.sums) });
        cells![number].then(&key_cells(&one.placed.key)).then(&cells![note])
    });
    schema::UNDO.copy(connection, Box::new(notes)).await?;
    // For readers of the finalized state (`migrations/0006_finalized.sql`): the rows before the event.
    let rows = undoable().zip(first..).flat_map(|((one, before), number)| {
        before.iter().map(move |(kind, address, held)| {
            let (row, dues) = match held {
                Some(held) => entities::shown(address, held, epoch_len),
                None => (Value::Null, Vec::new()),
            };
            let row = (!row.is_null()).then_some(row);
            let (name, slot) = (entities::table(*kind).name, one.placed.key.slot);
            cells![name, *address, number, slot, row, Value::Array(dues)]
        })
    });
    schema::ENTITIES_BEFORE.add(connection, Box::new(rows)).await?;
    Ok(())
}

fn sums(sums: &[(Cube, Sums)]) -> Vec<Value> {
    let one = |(cube, sums): &(Cube, Sums)| {
        let values: Vec<String> = sums.values().iter().map(i128::to_string).collect();
        json!({
            "hour": cube.hour, "rail": cube.rail, "provider": cube.provider.to_string(),
            "hardware": cube.hardware, "values": values,
        })
    };
    sums.iter().map(one).collect()
}

/// The first of so many numbers that are this transaction's.
async fn numbers(connection: &mut PgConnection, count: usize) -> Result<i64, sqlx::Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let first = sqlx::query_scalar(
        "SELECT setval(s::regclass, nextval(s::regclass) + $1 - 1) - $1 + 1
         FROM pg_get_serial_sequence('undo', 'ordinal') AS s",
    );
    first.bind(count).fetch_one(connection).await
}

/// What a revert leaves to do.
#[derive(Debug, Default)]
pub struct Reverted {
    /// Events of other blocks that were taken back too and have to be applied again.
    pub again: Vec<Key>,
    /// Entities that went back, with the number of the event that they need next.
    pub follow: Vec<(Address, u64)>,
}

fn broken(what: &str) -> sqlx::Error {
    sqlx::Error::Protocol(format!("a note in the table undo has no {what}"))
}

/// A note's sums: a list, or the one or none that an older version noted.
fn each(sums: &Value) -> &[Value] {
    match sums {
        Value::Array(list) => list,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn read_sums(value: &Value) -> Option<(Cube, Sums)> {
    let rail = [RAIL_TOKEN, RAIL_STABLE].into_iter().map(body::rail);
    let cube = Cube {
        hour: value["hour"].as_i64()?,
        rail: rail.into_iter().find(|rail| value["rail"] == *rail)?,
        provider: value["provider"].as_str()?.parse().ok()?,
        hardware: i32::try_from(value["hardware"].as_i64()?).ok()?,
    };
    let values = value["values"].as_array()?.iter().map(|value| value.as_str()?.parse().ok());
    Some((cube, Sums::from_values(values.collect::<Option<_>>()?)?))
}

/// Takes back the block of `slot` and removes it.
pub async fn revert(connection: &mut PgConnection, slot: u64) -> Result<Reverted, sqlx::Error> {
    let slot = slot.cast_signed();
    let first: Option<i64> = sqlx::query_scalar("SELECT min(ordinal) FROM undo WHERE slot = $1")
        .bind(slot)
        .fetch_one(&mut *connection)
        .await?;
    let mut reverted = Reverted::default();
    if let Some(first) = first {
        reverted = unwind(&mut *connection, first).await?;
        reverted.again.retain(|key| key.slot.cast_signed() != slot);
    }
    for sql in [
        "DELETE FROM event_entities WHERE slot = $1",
        "DELETE FROM events WHERE slot = $1",
        "DELETE FROM dead_letters WHERE slot = $1",
        "DELETE FROM transactions WHERE slot = $1",
        "DELETE FROM blocks WHERE slot = $1",
    ] {
        sqlx::query(sql).bind(slot).execute(&mut *connection).await?;
    }
    Ok(reverted)
}

async fn unwind(connection: &mut PgConnection, first: i64) -> Result<Reverted, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT slot, signature, instruction, inner_index, images FROM undo WHERE ordinal >= $1
         ORDER BY ordinal DESC",
    )
    .bind(first)
    .fetch_all(&mut *connection)
    .await?;
    let mut images: HashMap<(Kind, Address), Option<Held>> = HashMap::new();
    let (mut hours, mut keys) = (Hours::new(), Vec::new());
    for row in &rows {
        keys.push(key(row)?);
        let note: Value = row.try_get("images")?;
        for entity in note["entities"].as_array().ok_or_else(|| broken("entities"))? {
            let kind = entity["kind"].as_str().and_then(entities::kind).ok_or_else(|| broken("kind"))?;
            let address = entity["entity"].as_str().and_then(|name| name.parse().ok());
            let address = address.ok_or_else(|| broken("entity"))?;
            let held = match entity["image"].as_str() {
                None => None,
                Some(image) => {
                    let image = hex::decode(image).map_err(|_| broken("image"))?;
                    let held = Held::read(kind, &image);
                    Some(held.map_err(|error| sqlx::Error::Protocol(error.to_string()))?)
                }
            };
            images.insert((kind, address), held);
        }
        for sums in each(&note["sums"]) {
            let (cube, sums) = read_sums(sums).ok_or_else(|| broken("sums"))?;
            hours.entry(cube).or_insert_with(Sums::new).merge(&sums, -1);
        }
    }
    let events: Vec<Cells> = keys.iter().map(key_cells).collect();
    take_back_ledger(&mut *connection, first).await?;
    add_hours(&mut *connection, hours, true).await?;
    for table in schema::FACTS {
        delete_facts(&mut *connection, table, &events).await?;
    }
    let follow = restore(&mut *connection, images).await?;
    sqlx::query(
        "UPDATE events e SET applied = FALSE FROM undo u WHERE u.ordinal >= $1 AND e.slot = u.slot
         AND e.signature = u.signature AND e.instruction = u.instruction AND e.inner_index = u.inner_index",
    )
    .bind(first)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM undo WHERE ordinal >= $1").bind(first).execute(connection).await?;
    Ok(Reverted { again: keys, follow })
}

async fn take_back_ledger(connection: &mut PgConnection, first: i64) -> Result<(), sqlx::Error> {
    let rows = sqlx::query(
        "WITH gone AS (
            DELETE FROM ledger l USING undo u WHERE u.ordinal >= $1 AND l.slot = u.slot
            AND l.signature = u.signature AND l.instruction = u.instruction AND l.inner_index = u.inner_index
            RETURNING l.account, l.owner, l.job, l.mint, l.amount
         )
         SELECT account, owner, job, mint, (-sum(amount))::text AS amount FROM gone GROUP BY 1, 2, 3, 4",
    )
    .bind(first)
    .fetch_all(&mut *connection)
    .await?;
    let mut balances = Balances::new();
    for row in &rows {
        let address = |column: usize| -> Result<Option<Address>, sqlx::Error> {
            let name: String = row.try_get(column)?;
            let read = (!name.is_empty()).then(|| name.parse().map_err(|_| broken("address")));
            read.transpose()
        };
        let account: String = row.try_get(0)?;
        let mint = address(3)?.ok_or_else(|| broken("mint"))?;
        let place = (account.into(), address(1)?, address(2)?, mint);
        let amount: String = row.try_get("amount")?;
        balances.insert(place, amount.parse().map_err(|_| broken("amount"))?);
    }
    add_balances(connection, balances).await
}

/// Deletes the facts of events; the key of a fact table ends with the event's.
async fn delete_facts(
    connection: &mut PgConnection,
    table: &Table,
    events: &[Cells],
) -> Result<(), sqlx::Error> {
    let owners = table.key.saturating_sub(4);
    let columns = table.columns.get(owners..).unwrap_or_default();
    let event_columns = Table { name: table.name, key: 4, columns, fixed: &[] };
    event_columns.delete(connection, events.to_vec()).await?;
    Ok(())
}

/// Puts entities back as they were.
async fn restore(
    connection: &mut PgConnection,
    images: HashMap<(Kind, Address), Option<Held>>,
) -> Result<Vec<(Address, u64)>, sqlx::Error> {
    let mut world = World::default();
    if let Some((address, held)) = entities::load_config(connection).await? {
        world.load(address, held); // rows of epochs need its length
    }
    let jobs = images.keys().filter(|(kind, _)| *kind == Kind::Job).map(|(_, address)| *address);
    entities::delete_dues(connection, &jobs.collect::<Vec<_>>()).await?;
    let (mut back, mut gone, mut follow) = (Vec::new(), HashMap::<Kind, Vec<Address>>::new(), Vec::new());
    for ((kind, address), held) in &images {
        let sequence = held.as_ref().map_or(0, |held| held.entity.sequence());
        follow.push((*address, sequence.saturating_add(1)));
        match held {
            Some(held) => back.push((address, held)),
            None => gone.entry(*kind).or_default().push(*address),
        }
    }
    for (kind, addresses) in gone {
        entities::delete(connection, kind, &addresses).await?;
    }
    entities::save_all(connection, &world, &back).await?;
    Ok(follow)
}

/// Forgets notes about what is final. Notes after one that is not stay, whatever their slot: what is
/// taken back is always everything since.
pub async fn prune(connection: &mut PgConnection, finalized: u64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM undo WHERE ordinal <
            coalesce((SELECT min(ordinal) FROM undo WHERE slot > $1), 9223372036854775807)",
    )
    .bind(finalized.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether anything can be taken back.
pub async fn any(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let count: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM undo)").fetch_one(connection).await?;
    Ok(count)
}
