//! A second set of tables in a schema of its own beside the live one, filled again and compared.
//!
//! All SQL here names tables without a schema, so a connection with another `search_path` works on other tables. The
//! live tables are read in one snapshot, held open, so that they may go on being written. One connection holds a lock
//! as long as the schema is in use: a schema without it was left by a process that died, and is dropped by the next.

use super::rebuild::derived;
use super::{Store, read};
use crate::Error;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

/// The schema's name.
pub const SCRATCH: &str = "tally_verify";
/// Keys that are named of a table that differs.
const NAMED: i64 = 5;
/// What a rebuild needs.
const SOURCES: [&str; 5] = ["watermark", "writers", "events", "event_entities", "dead_letters"];

/// The scratch tables.
#[derive(Debug)]
pub struct Scratch {
    /// The tables.
    pub store: Store,
    /// Holds the lock, and works on no tables.
    guard: PgConnection,
    url: String,
}

/// The live tables in one snapshot.
#[derive(Debug)]
pub struct Frozen {
    connection: PgConnection,
    /// Its name, for other connections.
    name: String,
    schema: String,
    /// Everything through this slot is indexed and final.
    pub finalized: u64,
    /// Everything through this slot is indexed.
    pub confirmed: u64,
    /// Where indexing started.
    pub start_slot: u64,
    /// Genesis hash of the cluster.
    pub cluster: String,
}

/// Rows of a table and their sum, whatever their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// 128 bits of hashes, added up.
    pub checksum: String,
}

/// A table in both sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Its name.
    pub table: String,
    /// As it is.
    pub live: Sum,
    /// As it was made anew.
    pub anew: Sum,
    /// The first keys that differ, and how; empty if none does.
    pub differing: Vec<String>,
}

impl Compared {
    /// Whether both are the same.
    pub fn is_same(&self) -> bool {
        self.live == self.anew
    }
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query(AssertSqlSafe(sql)).execute(connection).await?.rows_affected())
}

impl Store {
    /// Whether the schema is of this version; the remedy if not.
    pub async fn check_schema(&self) -> Result<(), Error> {
        let missing = self.missing_migrations().await?;
        if missing == 0 {
            return Ok(());
        }
        Err(Error::Setup("The database's schema is not of this version; run `indexer migrate` first.".into()))
    }

    /// Freezes the live tables for a comparison.
    pub async fn freeze(url: &str) -> Result<Frozen, Error> {
        let store = Self::connect(url, 1).await?;
        store.check_schema().await?;
        store.must_be_of_this_version().await?;
        let program = store.program.clone();
        store.close().await;
        let mut connection = Self::connection(url, None).await?;
        run(&mut connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".into()).await?;
        let row = sqlx::query("SELECT pg_export_snapshot() AS name, current_schema()::text AS schema")
            .fetch_one(&mut connection)
            .await?;
        let mark = read::watermark(&mut connection, &program, false).await?;
        let mark = mark.ok_or_else(|| {
            Error::Setup("Nothing was indexed into this database yet; there is nothing to verify.".into())
        })?;
        Ok(Frozen {
            name: row.try_get("name")?,
            schema: row.try_get("schema")?,
            connection,
            finalized: mark.finalized,
            confirmed: mark.confirmed,
            start_slot: mark.start_slot,
            cluster: mark.cluster,
        })
    }
}

impl Scratch {
    /// Makes the schema with empty tables.
    pub async fn make(url: &str) -> Result<Self, Error> {
        let mut guard = Store::connection(url, None).await?;
        let lock = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
        let locked: bool = sqlx::query_scalar(lock).bind(SCRATCH).fetch_one(&mut guard).await?;
        if !locked {
            return Err(Error::Setup(
                "Another `indexer verify` runs on this database; wait until it has ended.".into(),
            ));
        }
        run(&mut guard, format!("DROP SCHEMA IF EXISTS {SCRATCH} CASCADE")).await?;
        run(&mut guard, format!("CREATE SCHEMA {SCRATCH}")).await?;
        let store = Store::connect_within(url, 4, Some(SCRATCH)).await?;
        let scratch = Self { store, guard, url: url.to_owned() };
        scratch.store.migrate().await?;
        Ok(scratch)
    }

    /// Drops the schema.
    pub async fn drop(mut self) -> Result<(), Error> {
        self.store.close().await;
        run(&mut self.guard, format!("DROP SCHEMA IF EXISTS {SCRATCH} CASCADE")).await?;
        // The server notices only later that a connection was closed.
        sqlx::query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
            .bind(SCRATCH)
            .execute(&mut self.guard)
            .await?;
        self.guard.close().await?;
        Ok(())
    }

    /// Makes all tables anew from the frozen events. The number of events.
    pub async fn rebuild(&self, frozen: &Frozen) -> Result<u64, Error> {
        let mut connection = frozen.beside(&self.url).await?;
        for table in SOURCES {
            let only = if table == "dead_letters" { "WHERE kind = 'undecodable'" } else { "" };
            let live = &frozen.schema;
            run(
                &mut connection,
                format!("INSERT INTO {SCRATCH}.{table} SELECT * FROM {live}.{table} {only}"),
            )
            .await?;
        }
        run(&mut connection, "COMMIT".into()).await?;
        connection.close().await?;
        self.store.rebuild().await
    }

    /// Compares every table that follows from events.
    pub async fn compare_derived(&self, frozen: &mut Frozen) -> Result<Vec<Compared>, Error> {
        let mut compared = Vec::new();
        for table in ["events", "dead_letters"].into_iter().chain(derived()) {
            compared.push(self.compare(frozen, table, None).await?);
        }
        Ok(compared)
    }

    /// Compares what was read from the chain, and all that is kept by slot, through the frozen final slot.
    pub async fn compare_sources(&self, frozen: &mut Frozen) -> Result<Vec<Compared>, Error> {
        let mut compared = Vec::new();
        let sources = ["blocks", "transactions", "events", "event_entities", "dead_letters"];
        for table in sources.into_iter().chain(derived()) {
            if self.key(table).await?.iter().any(|column| column == "slot") {
                let through = frozen.finalized;
                compared.push(self.compare(frozen, table, Some(through)).await?);
            }
        }
        Ok(compared)
    }

    async fn compare(
        &self,
        frozen: &mut Frozen,
        table: &str,
        through: Option<u64>,
    ) -> Result<Compared, Error> {
        let sql = format!(
            "SELECT count(*) AS rows, coalesce(sum(hashtextextended(one::text, 0)::numeric), 0)::text AS low,
                    coalesce(sum(hashtextextended(one::text, 1)::numeric), 0)::text AS high
             FROM {table} one {}",
            within(through)
        );
        let live = sum(&mut frozen.connection, sql.clone()).await?;
        let anew = sum(&mut *self.store.pool.acquire().await?, sql).await?;
        let differing =
            if live == anew { Vec::new() } else { self.differing(frozen, table, through).await? };
        Ok(Compared { table: table.to_owned(), live, anew, differing })
    }

    /// The columns of a table's primary key.
    async fn key(&self, table: &str) -> Result<Vec<String>, Error> {
        let columns = sqlx::query_scalar(
            "SELECT a.attname::text FROM pg_index i
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
             WHERE i.indrelid = $1::text::regclass AND i.indisprimary
             ORDER BY array_position(i.indkey::int2[], a.attnum)",
        );
        Ok(columns.bind(table).fetch_all(&self.store.pool).await?)
    }

    /// The first keys that differ: the live rows' sums are put beside the new rows, and the database compares.
    async fn differing(
        &self,
        frozen: &Frozen,
        table: &str,
        through: Option<u64>,
    ) -> Result<Vec<String>, Error> {
        let key = self.key(table).await?.join(", ");
        let (live, copy, within) = (&frozen.schema, format!("live_{table}"), within(through));
        let mut connection = frozen.beside(&self.url).await?;
        let sums =
            |schema: &str| format!("SELECT {key}, md5(one::text) AS sum FROM {schema}.{table} one {within}");
        run(&mut connection, format!("DROP TABLE IF EXISTS {SCRATCH}.{copy}")).await?;
        run(&mut connection, format!("CREATE TABLE {SCRATCH}.{copy} AS {}", sums(live))).await?;
        run(&mut connection, "COMMIT".into()).await?;
        connection.close().await?;
        let sql = format!(
            "SELECT concat_ws(' ', {key}) || CASE WHEN l.sum IS NULL THEN ': not in the live table'
                WHEN a.sum IS NULL THEN ': only in the live table' ELSE ': differs' END
             FROM {copy} l FULL JOIN ({}) a USING ({key})
             WHERE l.sum IS DISTINCT FROM a.sum ORDER BY {key} LIMIT {NAMED}",
            sums(SCRATCH)
        );
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&self.store.pool).await?)
    }
}

impl Frozen {
    /// Another connection that reads the same snapshot and may write.
    async fn beside(&self, url: &str) -> Result<PgConnection, Error> {
        let mut connection = Store::connection(url, None).await?;
        run(&mut connection, "BEGIN ISOLATION LEVEL REPEATABLE READ".into()).await?;
        // The name is PostgreSQL's own.
        run(&mut connection, format!("SET TRANSACTION SNAPSHOT '{}'", self.name)).await?;
        Ok(connection)
    }

    /// Entities whose numbers have a hole, by every event that is stored; the first few.
    pub async fn gaps(&mut self) -> Result<Vec<String>, Error> {
        let gaps = sqlx::query_scalar(
            "SELECT entity || ': ' || seen || ' of ' || last || ' events' FROM sequence_gaps
             ORDER BY entity LIMIT $1",
        );
        Ok(gaps.bind(NAMED).fetch_all(&mut self.connection).await?)
    }

    /// Ends the snapshot.
    pub async fn thaw(self) -> Result<(), Error> {
        self.connection.close().await?;
        Ok(())
    }
}

fn within(through: Option<u64>) -> String {
    through.map_or_else(String::new, |slot| format!("WHERE slot <= {slot}"))
}

async fn sum(connection: &mut PgConnection, sql: String) -> Result<Sum, Error> {
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await?;
    let (low, high): (String, String) = (row.try_get("low")?, row.try_get("high")?);
    Ok(Sum { rows: read::unsigned(&row, "rows")?, checksum: format!("{low}:{high}") })
}
