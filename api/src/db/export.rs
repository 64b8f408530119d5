//! Whole tables as they were at a slot, streamed: `COPY` on a connection of their own, so that a reader who is slow or
//! goes away holds up nobody.
//!
//! Columns are the database's own, so that a table that gains one is exported with it.

use super::entity::as_of;
use super::{Database, mark, source};
use crate::answer::Source;
use crate::error::{Problem, Result};
use crate::extract::Commitment;
use axum::body::Bytes;
use futures_util::stream::BoxStream;
use serde::Serialize;
use sqlx::PgConnection;
use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;
use utoipa::ToSchema;

/// How a table's rows are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// One row an event, never changed; all up to the slot.
    Facts,
    /// Changed in place; as they were at the slot.
    Entities,
    /// The roll-up, which has a view of its own for what is final.
    Hours,
}

/// A table that can be exported.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    rows: Rows,
    /// Its time, Unix seconds; `None` if it has none to choose by.
    pub time: Option<&'static str>,
    order: &'static str,
}

const fn facts(name: &'static str, about: &'static str, time: Option<&'static str>) -> Table {
    Table { name, about, rows: Rows::Facts, time, order: "slot, signature, instruction, inner_index" }
}

const fn entities(name: &'static str, about: &'static str, order: &'static str) -> Table {
    Table { name, about, rows: Rows::Entities, time: None, order }
}

/// Every table that can be exported.
pub const TABLES: [Table; 23] = [
    Table {
        name: "revenue_hourly",
        about: "Sums by hour, rail, provider and hardware class: what /v1/revenue adds up",
        rows: Rows::Hours,
        time: Some("hour"),
        order: "hour, rail, provider, hardware",
    },
    facts("events", "Every event as the program emitted it: what all else follows from", Some("at")),
    facts("ledger", "Double-entry bookings; those of an event sum to zero for each mint", Some("at")),
    facts("conversions", "Work turned into tokens or dollars, with the price used", Some("at")),
    facts("receipts", "Receipts accepted", Some("at")),
    facts("prices", "Prices that qualified", Some("at")),
    facts("claims", "Earnings minted", Some("at")),
    facts("rebates", "Quality rebates minted", Some("at")),
    facts("slashes", "Penalties", Some("at")),
    facts("stake_moves", "Stake put in, asked back and paid back", Some("at")),
    facts("payouts", "Dues paid", Some("at")),
    facts("outcomes", "How jobs ended for their providers: the inputs of reputation", Some("at")),
    facts("buyback_fills", "Dollars sold for compute tokens, which burned", Some("at")),
    facts("commitments", "What receipts of verifiable jobs commit to", Some("at")),
    entities("providers", "Providers", "number"),
    entities("consumers", "Consumers", "number"),
    entities("jobs", "Jobs", "opened_slot, job"),
    entities("epochs", "Epochs", "epoch"),
    entities("bids", "Bids", "job, number"),
    entities("cases", "Outage cases", "opened_slot, entity"),
    entities("disputes", "Disputes", "opened_slot, dispute"),
    entities("third_parties", "Meters and arbiters", "role, number"),
    entities("changes", "Changes of the configuration", "number"),
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// A 64-bit signed number: slots, times in Unix seconds, counts.
    Long,
    /// A 32-bit signed number.
    Integer,
    /// A whole number of up to 20 digits: base units, micro-dollars.
    Amount,
    /// A whole number of up to 38 digits: sums, weights.
    Wide,
    /// True or false.
    Boolean,
    /// Text: addresses and signatures in base58, hashes in hexadecimal, words.
    Text,
    /// JSON.
    Json,
}

impl Holds {
    /// What a type of the schema holds; `None` for what is not exported.
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "int8" => Self::Long,
            "int4" => Self::Integer,
            "u64" => Self::Amount,
            "wide" | "numeric" => Self::Wide,
            "bool" => Self::Boolean,
            "text" | "base58" | "hash32" | "bytea" => Self::Text,
            "jsonb" => Self::Json,
            _ => return None,
        })
    }
}

/// A column of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, in the table as in the export.
    pub name: String,
    /// What it holds. Any may be missing.
    pub holds: Holds,
    /// The expression that writes it.
    written: String,
}

/// Columns that say nothing to readers: how the indexer remembers an entity, and whether an event waits.
const INTERNAL: [&str; 2] = ["image", "applied"];

/// How `COPY` writes rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated with a header (RFC 4180).
    Csv,
    /// PostgreSQL's own text format, a row a chunk.
    Text,
}

/// A table about to be read, of one snapshot.
#[derive(Debug)]
pub struct Reading {
    connection: PgConnection,
    query: String,
    /// Which state of the chain it is.
    pub source: Source,
    /// Its columns in order.
    pub columns: Vec<Column>,
}

impl Reading {
    /// The rows, as they are read. Dropping this ends the statement.
    ///
    /// # Errors
    /// If the database refuses; what fails later comes in the stream.
    pub async fn copy(&mut self, format: Format) -> Result<BoxStream<'_, Result<Bytes, sqlx::Error>>> {
        let options = match format {
            Format::Csv => "(FORMAT csv, HEADER)",
            Format::Text => "(FORMAT text)",
        };
        let statement = format!("COPY ({}) TO STDOUT {options}", self.query);
        Ok(self.connection.copy_out_raw(&statement).await?)
    }
}

impl Database {
    /// Opens a table to be read as of the last slot at a commitment; of rows with a time, those within one.
    ///
    /// # Errors
    /// [`crate::error::Kind::DatabaseUnavailable`], or [`crate::error::Kind::NotIndexed`].
    pub async fn export(
        &self,
        table: &'static Table,
        within: &Range<i64>,
        commitment: Commitment,
        patience: Duration,
    ) -> Result<Reading> {
        let mut connection = self.0.begin_apart(patience).await?;
        let mark = mark(&mut connection, commitment).await?;
        let relation = relation(table, commitment);
        let columns = columns(&mut connection, &[relation]).await?.remove(relation).unwrap_or_default();
        let query = query(table, relation, &columns, mark.slot, within, commitment);
        Ok(Reading { connection, query, source: source(mark.slot, mark.as_of, commitment), columns })
    }

    /// Columns of every table that can be exported, in order of [`TABLES`].
    ///
    /// # Errors
    /// [`crate::error::Kind::DatabaseUnavailable`].
    pub async fn exports(&self) -> Result<Vec<(&'static Table, Vec<Column>)>> {
        let (_, mut transaction) = self.0.begin().await?;
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let mut columns = columns(&mut transaction, &names).await?;
        Ok(TABLES.iter().map(|table| (table, columns.remove(table.name).unwrap_or_default())).collect())
    }
}

/// Where a table's rows are read from.
fn relation(table: &Table, commitment: Commitment) -> &'static str {
    match (table.rows, commitment) {
        (Rows::Hours, Commitment::Finalized) => "revenue_hourly_finalized",
        _ => table.name,
    }
}

/// Columns of relations that are exported, by the relation.
async fn columns(
    connection: &mut PgConnection,
    relations: &[&'static str],
) -> Result<HashMap<String, Vec<Column>>> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT r.name, a.attname::text, t.typname::text
         FROM unnest($1::text[]) AS r (name)
         JOIN pg_attribute a ON a.attrelid = r.name::regclass JOIN pg_type t ON t.oid = a.atttypid
         WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY r.name, a.attnum",
    )
    .bind(relations)
    .fetch_all(connection)
    .await?;
    let mut columns: HashMap<String, Vec<Column>> = HashMap::new();
    for (relation, name, kind) in rows {
        if INTERNAL.contains(&name.as_str()) {
            continue;
        }
        let holds = Holds::of(&kind)
            .ok_or_else(|| Problem::internal(format!("{relation}.{name} is {kind}, which no export has")))?;
        let written = match (kind.as_str(), holds) {
            ("bytea", _) => format!("encode({name}, 'hex') AS {name}"),
            (_, Holds::Boolean) => format!("{name}::text AS {name}"),
            _ => name.clone(),
        };
        columns.entry(relation).or_default().push(Column { name, holds, written });
    }
    Ok(columns)
}

/// Everything in it is this module's own, a name out of the catalog or a number.
fn query(
    table: &Table,
    relation: &str,
    columns: &[Column],
    slot: i64,
    within: &Range<i64>,
    commitment: Commitment,
) -> String {
    let written: Vec<&str> = columns.iter().map(|column| column.written.as_str()).collect();
    let written = written.join(", ");
    let time = match table.time {
        Some(time) => format!("{time} >= {} AND {time} < {}", within.start, within.end),
        None => "TRUE".to_owned(),
    };
    let rows = match table.rows {
        Rows::Hours => format!("SELECT {written} FROM {relation} WHERE {time}"),
        Rows::Facts => format!("SELECT {written} FROM {relation} WHERE slot <= {slot} AND {time}"),
        Rows::Entities => {
            format!("SELECT {written} FROM {}", as_of(relation, commitment, &slot.to_string()))
        }
    };
    format!("{rows} ORDER BY {}", table.order)
}
