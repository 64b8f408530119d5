//! Dividing the tables that grow for ever into partitions by slot, where the operator asks for it.
//!
//! A table becomes the first partition of one of the same name, without a row being copied; then partitions are made
//! ahead of the head (`ahead`). A partition for everything else takes what none was made for, so that nothing is ever
//! refused. How large partitions are is not stored anywhere: the last one's bounds say it.

use super::Store;
use super::ahead::{Range, literal};
use crate::Error;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::sync::atomic::Ordering;

/// The tables that grow with every event or nearly so. Each has `slot` in its primary key.
pub const DIVIDED: [&str; 8] =
    ["transactions", "events", "event_entities", "ledger", "receipts", "conversions", "prices", "payouts"];
/// Longest that a table's readers and writers may be kept waiting, because one of them keeps the table.
const LOCK: &str = "SET LOCAL lock_timeout = '10s'";

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitioned {
    /// Tables that were divided.
    pub divided: Vec<&'static str>,
    /// Partitions that were made ahead.
    pub made: Vec<String>,
}

/// What belongs to a table and has to be made anew for another one of its name, as SQL that does so.
struct Belongings {
    /// Names of indexes, and of those that are constraints the constraints.
    indexes: Vec<String>,
    /// Makes them.
    index_definitions: Vec<String>,
    triggers: Vec<(String, String)>,
    views: Vec<(String, String)>,
    grants: Vec<String>,
    owner: String,
}

impl Store {
    /// Divides what is not divided yet into partitions of so many slots, and makes those ahead of the head. What was
    /// divided before into others goes on with this size.
    pub async fn partition(&self, slots: u64) -> Result<Partitioned, Error> {
        let mark = self.watermark().await?.ok_or_else(|| {
            Error::Setup("Nothing was indexed into this database yet; start the indexer first.".into())
        })?;
        let mut done = Partitioned::default();
        for table in DIVIDED {
            let kind: String =
                sqlx::query_scalar("SELECT relkind::text FROM pg_class WHERE oid = $1::text::regclass")
                    .bind(table)
                    .fetch_one(&self.pool)
                    .await?;
            if kind != "p" {
                self.divide(table, mark.confirmed, slots).await?;
                tracing::info!("divided {table}");
                done.divided.push(table);
            }
            done.made.extend(self.make_ahead_of(table, mark.confirmed, Some(slots)).await?.0);
        }
        self.ahead.store(0, Ordering::Relaxed);
        Ok(done)
    }

    /// Makes a table the first partition of one of its name. Rows are read once, beside readers and writers, to prove
    /// that all of them belong there; then everybody waits for a moment.
    async fn divide(&self, table: &'static str, head: u64, slots: u64) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        let last: Option<i64> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT max(slot) FROM {table}")))
            .fetch_one(&mut *connection)
            .await?;
        let last = last.map_or(head, |last| last.unsigned_abs().max(head));
        // One whole partition beyond the head: what is written until the end of this must be within.
        let end = last.checked_div(slots).and_then(|whole| whole.checked_add(2)?.checked_mul(slots));
        let end = literal(end)?;
        run(connection, LOCK.into()).await?;
        run(connection, format!("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_first")).await?;
        let within =
            format!("ALTER TABLE {table} ADD CONSTRAINT {table}_first CHECK (slot < {end}) NOT VALID");
        run(connection, within).await?;
        transaction.commit().await?;
        let validate = format!("ALTER TABLE {table} VALIDATE CONSTRAINT {table}_first");
        run(&mut *self.pool.acquire().await?, validate).await?;

        let mut transaction = self.pool.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        run(connection, LOCK.into()).await?;
        self.lock(connection).await?;
        run(connection, format!("LOCK TABLE {table}")).await?;
        let belongings = Belongings::of(connection, table).await?;
        let first = format!("{table}_p0");
        for (trigger, _) in &belongings.triggers {
            run(connection, format!("DROP TRIGGER {trigger} ON {table}")).await?;
        }
        run(connection, format!("ALTER TABLE {table} RENAME TO {first}")).await?;
        for index in &belongings.indexes {
            run(connection, format!("ALTER INDEX {index} RENAME TO {index}_p0")).await?;
        }
        run(
            connection,
            format!(
                "CREATE TABLE {table} (LIKE {first} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)
                 PARTITION BY RANGE (slot)"
            ),
        )
        .await?;
        run(connection, format!("ALTER TABLE {table} DROP CONSTRAINT {table}_first")).await?;
        // As they were called and as they were: so a later migration finds them, and those of the first partition fit.
        for definition in &belongings.index_definitions {
            run(connection, definition.clone()).await?;
        }
        run(
            connection,
            format!("ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ({end})"),
        )
        .await?;
        run(connection, format!("ALTER TABLE {first} DROP CONSTRAINT {table}_first")).await?;
        run(connection, format!("CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")).await?;
        belongings.restore(connection, table).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether the first events are still there: a partition of them that was detached cannot be folded again.
    pub(super) async fn check_first_events(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let ranges = Range::of(connection, "events").await?;
        if ranges.is_empty() || ranges.iter().any(|range| range.from.is_none()) {
            return Ok(());
        }
        Err(Error::Setup(
            "The first partitions of `events` were detached, so the tables cannot be made anew; attach them first.".into(),
        ))
    }
}

impl Belongings {
    async fn of(connection: &mut PgConnection, table: &str) -> Result<Self, sqlx::Error> {
        let indexes = sqlx::query(
            "SELECT i.indexrelid::regclass::text AS name,
                    CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                    ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname,
                        pg_get_constraintdef(c.oid)) END AS definition
             FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
             WHERE i.indrelid = $1::text::regclass ORDER BY i.indexrelid",
        )
        .bind(table)
        .fetch_all(&mut *connection)
        .await?;
        let triggers = pairs(
            connection,
            "SELECT tgname::text, pg_get_triggerdef(oid) FROM pg_trigger
             WHERE tgrelid = $1::text::regclass AND NOT tgisinternal ORDER BY oid",
            table,
        )
        .await?;
        let views = pairs(
            connection,
            "SELECT DISTINCT v.oid::regclass::text, pg_get_viewdef(v.oid)
             FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
             JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
             WHERE d.refobjid = $1::text::regclass",
            table,
        )
        .await?;
        let grants = sqlx::query_scalar(
            "SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, c.oid::regclass,
                    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
             FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
             WHERE c.oid = $1::text::regclass AND a.grantee <> c.relowner",
        );
        let grants = grants.bind(table).fetch_all(&mut *connection).await?;
        let owner = "SELECT relowner::regrole::text FROM pg_class WHERE oid = $1::text::regclass";
        let owner = sqlx::query_scalar(owner).bind(table).fetch_one(&mut *connection).await?;
        let text =
            |name: &str| indexes.iter().map(|row| row.try_get(name)).collect::<Result<Vec<String>, _>>();
        Ok(Self {
            indexes: text("name")?,
            index_definitions: text("definition")?,
            triggers,
            views,
            grants,
            owner,
        })
    }

    /// Makes what is not made yet for the new table.
    async fn restore(self, connection: &mut PgConnection, table: &str) -> Result<(), sqlx::Error> {
        for (_, definition) in self.triggers {
            run(connection, definition).await?;
        }
        for (view, definition) in self.views {
            run(connection, format!("CREATE OR REPLACE VIEW {view} AS {definition}")).await?;
        }
        for grant in self.grants {
            run(connection, grant).await?;
        }
        run(connection, format!("ALTER TABLE {table} OWNER TO {}", self.owner)).await?;
        Ok(())
    }
}

async fn pairs(
    connection: &mut PgConnection,
    sql: &'static str,
    table: &str,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(sql).bind(table).fetch_all(connection).await
}

/// Runs a statement made of names in this crate and in the database's own catalogue only.
pub(super) async fn run(connection: &mut PgConnection, sql: String) -> Result<u64, sqlx::Error> {
    Ok(sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?.rows_affected())
}
