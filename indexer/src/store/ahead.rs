//! Partitions made ahead of the head, of tables that are divided (`partition`).
//!
//! A writer looks once a partition's length, not with each batch. If it cannot make them, it goes on: what no partition
//! was made for lies in the one for the rest, and is moved when one is made.

use super::Store;
use super::partition::{DIVIDED, run};
use crate::Error;
use crate::error::one_line;
use sqlx::{AssertSqlSafe, PgConnection};
use std::sync::atomic::Ordering;

/// Partitions that are there beyond the one of the head.
const AHEAD: u64 = 2;
/// Most partitions made at a time, of a table: should the chain's slots leap.
const AT_ONCE: usize = 64;
/// Slots until an indexer looks whether tables have been divided meanwhile, or tries again what failed: about an hour,
/// and less than the shortest partitions that can be asked for.
const LOOK_AGAIN: u64 = 9_000;

/// A partition's bounds; `from` is `None` for the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub from: Option<u64>,
    pub to: u64,
}

impl Range {
    /// The partitions of a table in order, but for the one for the rest; none if it is not divided.
    pub async fn of(connection: &mut PgConnection, table: &str) -> Result<Vec<Self>, Error> {
        let rows: Vec<(Option<i64>, i64)> = sqlx::query_as(
            r"SELECT substring(bounds FROM 'FROM \(''(\d+)''\)')::bigint,
                    substring(bounds FROM 'TO \(''(\d+)''\)')::bigint AS upto
             FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS bounds
             WHERE i.inhparent = $1::text::regclass AND bounds <> 'DEFAULT'
             ORDER BY upto",
        )
        .bind(table)
        .fetch_all(connection)
        .await?;
        let range = |(from, to): (Option<i64>, i64)| Self {
            from: from.map(i64::unsigned_abs),
            to: to.unsigned_abs(),
        };
        Ok(rows.into_iter().map(range).collect())
    }

    fn length(&self) -> Option<u64> {
        self.to.checked_sub(self.from?)
    }
}

/// A slot as SQL has it.
pub(super) fn literal(slot: Option<u64>) -> Result<i64, Error> {
    slot.and_then(|slot| i64::try_from(slot).ok())
        .ok_or_else(|| Error::Setup("Partitions of so many slots do not fit; name fewer slots.".into()))
}

impl Store {
    /// Sees to it that partitions are there ahead of this slot. What fails is logged: nothing depends on it.
    pub(super) async fn look_ahead(&self, head: u64) {
        if head < self.ahead.load(Ordering::Relaxed) {
            return;
        }
        let next = self.make_ahead(head).await.unwrap_or_else(|error| {
            tracing::warn!("no partitions were made ahead: {}", one_line(&error));
            None
        });
        let next = next.filter(|next| *next > head).unwrap_or(head.saturating_add(LOOK_AGAIN));
        self.ahead.store(next, Ordering::Relaxed);
    }

    /// Makes partitions of all tables that are divided: the slot from which on more are needed, if there are any.
    async fn make_ahead(&self, head: u64) -> Result<Option<u64>, Error> {
        let divided = "SELECT relname::text FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = 'p' AND relname = ANY($1) ORDER BY 1";
        let divided = sqlx::query_scalar(divided).bind(DIVIDED.map(String::from).to_vec());
        let divided: Vec<String> = divided.fetch_all(&self.pool).await?;
        let mut first = None;
        for table in divided {
            let (made, next) = self.make_ahead_of(&table, head, None).await?;
            made.iter().for_each(|name| tracing::info!("made the partition {name}"));
            first = Some(first.map_or(next, |first: u64| first.min(next)));
        }
        Ok(first)
    }

    /// Makes the partitions of one table ahead of `head`: their names, and the slot from which on more are needed.
    /// They are as long as the last one if not given.
    pub(super) async fn make_ahead_of(
        &self,
        table: &str,
        head: u64,
        given: Option<u64>,
    ) -> Result<(Vec<String>, u64), Error> {
        let mut transaction = self.pool.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        let ranges = Range::of(connection, table).await?;
        let Some(last) = ranges.last() else { return Ok((Vec::new(), 0)) };
        let Some(slots) = given.or(last.length()) else { return Ok((Vec::new(), 0)) };
        let beyond = slots.saturating_mul(AHEAD);
        let (mut made, mut from) = (Vec::new(), last.to);
        if from <= head.saturating_add(beyond) {
            // Readers wait behind who waits for the table: an indexer by itself hardly asks for that, it tries again later.
            let patience = if given.is_some() { "10s" } else { "1s" };
            run(connection, format!("SET LOCAL lock_timeout = '{patience}'")).await?;
            // Two that make the same ones take turns.
            let turn = "SELECT pg_advisory_xact_lock(hashtextextended('tally_partitions', 0))";
            sqlx::query(turn).execute(&mut *connection).await?;
            from = Range::of(connection, table).await?.last().map_or(from, |last| last.to);
        }
        while from <= head.saturating_add(beyond) && made.len() < AT_ONCE {
            let to = from.checked_add(slots);
            let (low, high) = (literal(Some(from))?, literal(to)?);
            let name = format!("{table}_p{low}");
            run(connection, format!("CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")).await?;
            if table == "events" {
                // As migration 16 has it for those that were there; `LIKE` takes it from no table.
                run(connection, format!("ALTER TABLE {name} SET (toast_tuple_target = 4080)")).await?;
            }
            let moved = format!(
                "WITH moved AS (DELETE FROM {table}_rest WHERE slot >= {low} AND slot < {high} RETURNING *)
                 INSERT INTO {name} SELECT * FROM moved"
            );
            sqlx::query(AssertSqlSafe(moved)).execute(&mut *connection).await?;
            let attach =
                format!("ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})");
            run(connection, attach).await?;
            made.push(name);
            from = high.unsigned_abs();
        }
        transaction.commit().await?;
        Ok((made, from.saturating_sub(beyond)))
    }
}
