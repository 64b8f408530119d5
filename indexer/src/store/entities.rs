//! Entities as rows, and back from their images.

use super::rows::{due_rows, row};
use super::schema;
use super::table::{Cells, Existing, Table, cells};
use crate::fold::{Entity, Held, Kind, World};
use serde_json::Value;
use settlement_interface::Address;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::BTreeMap;

/// The table of a kind and the column that holds the address.
pub fn table(kind: Kind) -> &'static Table {
    match kind {
        Kind::Config => &schema::CONFIG,
        Kind::Price => &schema::PRICE,
        Kind::Totals => &schema::TOTALS,
        Kind::Consumer => &schema::CONSUMERS,
        Kind::Provider => &schema::PROVIDERS,
        Kind::Job => &schema::JOBS,
        Kind::Epoch => &schema::EPOCHS,
        Kind::Credit => &schema::CREDITS,
        Kind::Change => &schema::CHANGES,
        Kind::Bid => &schema::BIDS,
        Kind::Buyback => &schema::BUYBACK,
        Kind::ThirdParty => &schema::THIRD_PARTIES,
        Kind::Case => &schema::CASES,
        Kind::Dispute => &schema::DISPUTES,
    }
}

fn key_column(kind: Kind) -> &'static str {
    table(kind).columns.first().map_or("entity", |(name, _)| name)
}

/// Reads entities of one kind; those that do not exist are left out.
pub async fn load(
    connection: &mut PgConnection,
    kind: Kind,
    addresses: &[Address],
) -> Result<Vec<(Address, Held)>, sqlx::Error> {
    let (name, key) = (table(kind).name, key_column(kind));
    let sql = format!("SELECT {key} AS address, image FROM {name} WHERE {key} = ANY($1::text[])");
    let names: Vec<String> = addresses.iter().map(Address::to_string).collect();
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(names).fetch_all(connection).await?;
    rows.iter().map(|row| held(kind, row)).collect()
}

/// Reads the network, if it was initialised.
pub async fn load_config(connection: &mut PgConnection) -> Result<Option<(Address, Held)>, sqlx::Error> {
    let row = sqlx::query("SELECT entity AS address, image FROM config").fetch_optional(connection).await?;
    row.map(|row| held(Kind::Config, &row)).transpose()
}

fn held(kind: Kind, row: &sqlx::postgres::PgRow) -> Result<(Address, Held), sqlx::Error> {
    let address: String = row.try_get("address")?;
    let address = address.parse().map_err(|_| sqlx::Error::Protocol(format!("{address} is no address")))?;
    let image: Vec<u8> = row.try_get("image")?;
    let held = Held::read(kind, &image).map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    Ok((address, held))
}

/// Writes what changed in the world: rows of what is new, and what can change of the others.
pub async fn save(connection: &mut PgConnection, world: &World) -> Result<(), sqlx::Error> {
    let (new, old): (Entities, Entities) = world.changed().partition(|(address, _)| world.is_new(address));
    let epoch_len = epoch_len(world);
    for (kind, made) in by_kind(&new) {
        let rows = made.into_iter().map(|(address, held)| row(address, held, epoch_len));
        table(kind).add(connection, Box::new(rows)).await?;
    }
    for (kind, changed) in by_kind(&old) {
        let rows: Vec<Cells> =
            changed.into_iter().map(|(address, held)| row(address, held, epoch_len)).collect();
        table(kind).update(connection, &rows).await?;
    }
    let dues = new.iter().chain(&old).flat_map(|(address, held)| dues(address, held)).collect();
    schema::DUES.write(connection, dues, Existing::Replace).await?;
    Ok(())
}

/// Writes these entities, whatever is stored of them.
pub async fn save_all(
    connection: &mut PgConnection,
    world: &World,
    entities: &[(&Address, &Held)],
) -> Result<(), sqlx::Error> {
    let epoch_len = epoch_len(world);
    for (kind, held) in by_kind(entities) {
        let rows = held.into_iter().map(|(address, held)| row(address, held, epoch_len)).collect();
        table(kind).write(connection, rows, Existing::Replace).await?;
    }
    let dues = entities.iter().flat_map(|(address, held)| dues(address, held)).collect();
    schema::DUES.write(connection, dues, Existing::Replace).await?;
    Ok(())
}

type Entities<'a> = Vec<(&'a Address, &'a Held)>;

fn by_kind<'a>(entities: &[(&'a Address, &'a Held)]) -> BTreeMap<Kind, Entities<'a>> {
    let mut kinds: BTreeMap<Kind, Entities<'a>> = BTreeMap::new();
    for (address, held) in entities {
        kinds.entry(held.entity.kind()).or_default().push((address, held));
    }
    kinds
}

fn epoch_len(world: &World) -> i64 {
    world.network().map_or(0, |config| config.account.parameters.epoch_len)
}

/// Rows of what an entity owes, if it is a job.
fn dues(address: &Address, held: &Held) -> Vec<Cells> {
    match &held.entity {
        Entity::Job(job) => due_rows(address, job),
        _ => Vec::new(),
    }
}

/// What readers see of an entity, for notes about how it was: its row by names of columns, and the
/// rows of what it owes.
pub fn shown(address: &Address, held: &Held, epoch_len: i64) -> (Value, Vec<Value>) {
    let dues = dues(address, held).into_iter().map(|due| named(&schema::DUES, &due)).collect();
    (named(table(held.entity.kind()), &row(address, held, epoch_len)), dues)
}

fn named(table: &Table, cells: &Cells) -> Value {
    let columns = table.columns.iter().zip(cells.iter()).filter(|((name, _), _)| *name != "image");
    let named = columns.map(|((name, kind), cell)| {
        let value = match cell {
            None => Value::Null,
            Some(text) if *kind == "jsonb" => serde_json::from_str(text).unwrap_or(Value::Null),
            Some(text) => Value::String(text.to_owned()),
        };
        ((*name).to_owned(), value)
    });
    Value::Object(named.collect())
}

/// Deletes entities that an undone event had made.
pub async fn delete(
    connection: &mut PgConnection,
    kind: Kind,
    addresses: &[Address],
) -> Result<(), sqlx::Error> {
    let keys = addresses.iter().map(|address| cells![*address]).collect();
    table(kind).delete(connection, keys).await?;
    Ok(())
}

/// Deletes the dues of jobs, which are written anew or gone with them.
pub async fn delete_dues(connection: &mut PgConnection, jobs: &[Address]) -> Result<(), sqlx::Error> {
    let names: Vec<String> = jobs.iter().map(Address::to_string).collect();
    sqlx::query("DELETE FROM dues WHERE job = ANY($1::text[])").bind(names).execute(connection).await?;
    Ok(())
}

/// The kind whose table has this name.
pub fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|kind| table(*kind).name == name)
}
