//! What an operator asks for beside health: who writes, what is missing, what differs, how much disk.

use super::backfill::Left as HistoryLeft;
use super::condition::{Gap, gap};
use super::replay::{Left, left};
use super::{Store, read};
use crate::Error;
use serde::Serialize;
use sqlx::Row;
use std::collections::HashMap;

/// Tables that are named with their sizes.
const LARGEST: i64 = 8;
/// Gaps and subjects that are named.
const NAMED: usize = 20;

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The program indexed.
    pub program: String,
    /// Genesis hash of the cluster; `None` before the first start.
    pub cluster: Option<String>,
    /// Version of the indexer that wrote last, and what it said it does: 'catching_up' or 'live'.
    pub version: Option<String>,
    /// See `version`.
    pub activity: Option<String>,
    /// Number of the start of an indexer that may write.
    pub writer: u64,
    /// Which one that is: host, process and a number of its own; `None` if no indexer holds the lease.
    pub holder: Option<String>,
    /// Seconds for which it has held the lease.
    pub held_for: Option<u64>,
    /// Connections of indexers to this database, those of this command not counted.
    pub connections: u64,
    /// History that is listed and not folded yet.
    pub history: HistoryLeft,
    /// Gaps and what came of reading their slots again.
    pub gaps: Vec<Missing>,
    /// Dead letters by kind and reason.
    pub dead_letters: Vec<Left>,
    /// Subjects of the last comparison in which chain and tables differ.
    pub differences: Vec<Difference>,
    /// Seconds since every row of every entity had been compared once; `None` if that has not happened yet.
    pub all_compared_ago: Option<u64>,
    /// Bytes of the whole database.
    pub database_bytes: u64,
    /// The largest tables, with their indexes and partitions.
    pub tables: Vec<Size>,
}

/// A gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // as in the table `gaps`
pub struct Missing {
    pub entity: String,
    pub first_missing: u64,
    pub last_missing: u64,
    pub after_slot: u64,
    pub before_slot: u64,
    pub tries: u64,
    pub outcome: Option<String>,
}

/// A subject in which chain and tables differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // as in the table `reconciliations`
pub struct Difference {
    pub subject: String,
    pub expected: String,
    pub found: String,
    pub detail: Option<String>,
}

/// A table's size on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Its name.
    pub table: String,
    /// Its partitions; 0 if it has none.
    pub partitions: u64,
    /// Bytes, with indexes and partitions.
    pub bytes: u64,
}

impl Store {
    /// What there is to say.
    pub async fn overview(&self) -> Result<Overview, Error> {
        let row = sqlx::query(
            "SELECT w.cluster, i.version, i.state, coalesce(r.starts, 0) AS writer, l.holder,
                    extract(epoch FROM now() - l.since)::bigint AS held_for,
                    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                     AND application_name LIKE 'tally-indexer%' AND pid <> pg_backend_pid()) AS connections,
                    (SELECT extract(epoch FROM now() - completed_at)::bigint FROM sweep) AS all_compared_ago,
                    pg_database_size(current_database()) AS database_bytes
             FROM (SELECT 1) AS one
             LEFT JOIN watermark w ON w.program = $1
             LEFT JOIN indexer_status i ON i.program = $1
             LEFT JOIN writers r ON r.program = $1
             LEFT JOIN lease l ON l.program = $1 AND l.holder IS NOT NULL AND l.until > now()",
        )
        .bind(&self.program)
        .fetch_one(&self.pool)
        .await?;
        let ago: Option<i64> = row.try_get("all_compared_ago")?;
        let held_for: Option<i64> = row.try_get("held_for")?;
        Ok(Overview {
            program: self.program.clone(),
            cluster: row.try_get("cluster")?,
            version: row.try_get("version")?,
            activity: row.try_get("state")?,
            writer: read::unsigned(&row, "writer")?,
            holder: row.try_get("holder")?,
            held_for: held_for.map(i64::unsigned_abs),
            connections: read::unsigned(&row, "connections")?,
            history: self.backfill_left().await?,
            gaps: self.noted_gaps().await?,
            dead_letters: left(&mut *self.pool.acquire().await?).await?,
            differences: self.differences().await?,
            all_compared_ago: ago.map(i64::unsigned_abs),
            database_bytes: read::unsigned(&row, "database_bytes")?,
            tables: self.largest().await?,
        })
    }

    /// What health counts: gaps below waiting events, and those that accounts show.
    async fn noted_gaps(&self) -> Result<Vec<Missing>, Error> {
        let rows = sqlx::query("SELECT *, tries::bigint AS tried FROM gaps ORDER BY after_slot, entity")
            .fetch_all(&self.pool)
            .await?;
        let mut noted = HashMap::new();
        let mut found = self.missing().await?;
        for row in &rows {
            let (one, by): (Gap, String) = (gap(row)?, row.try_get("found_by")?);
            let outcome: Option<String> = row.try_get("outcome")?;
            noted.insert((one.entity, one.first), (read::unsigned(row, "tried")?, outcome));
            if by == "account" {
                found.push(one);
            }
        }
        let each = found.into_iter().take(NAMED).map(|gap| {
            let (tries, outcome) = noted.remove(&(gap.entity, gap.first)).unwrap_or_default();
            Missing {
                entity: gap.entity.to_string(),
                first_missing: gap.first,
                last_missing: gap.last,
                after_slot: gap.after_slot,
                before_slot: gap.before_slot,
                tries,
                outcome,
            }
        });
        Ok(each.collect())
    }

    async fn differences(&self) -> Result<Vec<Difference>, Error> {
        let rows = sqlx::query(
            "SELECT subject::text AS subject, expected::text AS expected, found::text AS found, detail
             FROM reconciliations WHERE slot = (SELECT max(slot) FROM snapshots) AND verdict = 'deficit'
             ORDER BY subject LIMIT $1",
        )
        .bind(i64::try_from(NAMED).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &sqlx::postgres::PgRow| {
            Ok(Difference {
                subject: row.try_get("subject")?,
                expected: row.try_get("expected")?,
                found: row.try_get("found")?,
                detail: row.try_get("detail")?,
            })
        };
        rows.iter().map(one).collect::<Result<_, sqlx::Error>>().map_err(Error::from)
    }

    async fn largest(&self) -> Result<Vec<Size>, Error> {
        let rows = sqlx::query(
            "WITH RECURSIVE parts AS (
                SELECT c.oid AS root, c.oid, c.relkind FROM pg_class c
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
                AND NOT c.relispartition
                UNION ALL
                SELECT p.root, c.oid, c.relkind FROM parts p
                JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
             )
             SELECT root::regclass::text AS name, count(*) FILTER (WHERE oid <> root AND relkind = 'r') AS partitions,
                    sum(pg_total_relation_size(oid))::bigint AS bytes
             FROM parts GROUP BY root ORDER BY bytes DESC, 1 LIMIT $1",
        )
        .bind(LARGEST)
        .fetch_all(&self.pool)
        .await?;
        let one = |row: &sqlx::postgres::PgRow| {
            Ok(Size {
                table: row.try_get("name")?,
                partitions: read::unsigned(row, "partitions")?,
                bytes: read::unsigned(row, "bytes")?,
            })
        };
        rows.iter().map(one).collect::<Result<_, sqlx::Error>>().map_err(Error::from)
    }
}
