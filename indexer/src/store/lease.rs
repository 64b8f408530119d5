//! Who may write: a row that the writer prolongs, and a number that each of its transactions is checked against.
//!
//! Time decides only when another one may try. What keeps two from writing is the number, which taking over raises in a
//! transaction that takes its turn with those that write: one that held the lease before, whatever it believes, is
//! refused from then on.

use super::{Store, millis, read};
use crate::Error;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long taking the lease waits for a transaction that writes.
const LOCKED: Duration = Duration::from_secs(20);

/// What came of asking for the lease.
#[derive(Debug)]
pub enum Asked {
    /// This store holds it from now on.
    Held(Lease),
    /// Another one does.
    By(Holder),
}

/// Who holds the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Host, process and number within it.
    pub name: String,
    /// Number by which it writes.
    pub start: u64,
}

/// The right to write, for as long as it is prolonged.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    /// Its own connection: that it is there tells others that the holder lives.
    connection: Option<PgConnection>,
    start: i64,
    term: Duration,
}

impl Store {
    /// Asks for the lease, for `term` at a time: it is free if nobody holds it, if its term is over, or if its holder's
    /// connection is gone. A holder that is replaced loses its connections, and with them what it had not committed.
    pub async fn ask_for_lease(&self, term: Duration) -> Result<Asked, Error> {
        let row = sqlx::query(
            "SELECT l.holder, w.starts, l.holder IS NOT NULL AND l.until > clock_timestamp() AND EXISTS (
                SELECT FROM pg_stat_activity a WHERE a.pid = l.backend
                AND (a.backend_start IS NULL OR l.backend_start IS NULL OR a.backend_start = l.backend_start)
             ) AS held
             FROM writers w LEFT JOIN lease l USING (program) WHERE w.program = $1",
        )
        .bind(&self.program)
        .fetch_optional(&self.pool)
        .await?;
        let row = row.ok_or_else(not_claimed)?;
        let (name, starts): (Option<String>, i64) = (row.try_get("holder")?, row.try_get("starts")?);
        if row.try_get("held")? {
            let start = read::unsigned(&row, "starts")?;
            return Ok(Asked::By(Holder { name: name.unwrap_or_default(), start }));
        }
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        if let Some(name) = &name {
            end_connections(&mut connection, name).await?;
        }
        let taken = self.take_lease(&mut connection, starts, term).await?;
        match taken {
            Some(start) => {
                self.writer.store(start, Ordering::Relaxed);
                Ok(Asked::Held(Lease { store: self.clone(), connection: Some(connection), start, term }))
            }
            // Somebody else was faster.
            None => Box::pin(self.ask_for_lease(term)).await,
        }
    }

    /// Takes the lease unless somebody has taken it since it was found free. The number to write by.
    async fn take_lease(
        &self,
        connection: &mut PgConnection,
        starts: i64,
        term: Duration,
    ) -> Result<Option<i64>, Error> {
        let mut transaction = connection.begin().await?;
        // Whoever waits longer asks again, by another connection.
        let most = format!("SET LOCAL lock_timeout = {}", LOCKED.as_millis());
        sqlx::query(AssertSqlSafe(most)).execute(&mut *transaction).await?;
        // After the transaction that the one before may be writing.
        read::watermark(&mut transaction, &self.program, true).await?;
        let start: Option<i64> = sqlx::query_scalar(
            "UPDATE writers SET starts = starts + 1 WHERE program = $1 AND starts = $2 RETURNING starts",
        )
        .bind(&self.program)
        .bind(starts)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(start) = start else { return Ok(None) };
        sqlx::query(
            "INSERT INTO lease (program, holder, start, since, until, backend, backend_start)
             SELECT $1, $2, $3, clock_timestamp(), clock_timestamp() + $4::bigint * interval '1 millisecond',
                    pid, backend_start
             FROM pg_stat_activity WHERE pid = pg_backend_pid()
             ON CONFLICT (program) DO UPDATE SET holder = EXCLUDED.holder, start = EXCLUDED.start,
                since = EXCLUDED.since, until = EXCLUDED.until,
                backend = EXCLUDED.backend, backend_start = EXCLUDED.backend_start",
        )
        .bind(&self.program)
        .bind(&*self.name)
        .bind(start)
        .bind(millis(term))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(start))
    }
}

impl Lease {
    /// The number by which its holder writes.
    pub fn start(&self) -> u64 {
        self.start.unsigned_abs()
    }

    /// How long it holds without being prolonged.
    pub fn term(&self) -> Duration {
        self.term
    }

    /// Prolongs it by a term from now. Fails with [`Error::Superseded`] if another one has taken over.
    pub async fn prolong(&mut self) -> Result<(), Error> {
        // A connection that fails is not used again.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.store.pool.connect_options()).await?,
        };
        let done = sqlx::query(
            "UPDATE lease SET until = clock_timestamp() + $3::bigint * interval '1 millisecond',
                backend = a.pid, backend_start = a.backend_start
             FROM pg_stat_activity a
             WHERE program = $1 AND start = $2 AND holder IS NOT NULL AND a.pid = pg_backend_pid()",
        )
        .bind(&self.store.program)
        .bind(self.start)
        .bind(millis(self.term))
        .execute(&mut connection)
        .await?;
        self.connection = Some(connection);
        if done.rows_affected() == 0 { Err(Error::Superseded) } else { Ok(()) }
    }

    /// Gives it back, so that another one need not wait for the end of its term. Nothing is written by it any more.
    pub async fn give_back(mut self) -> Result<(), Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.store.pool.connect_options()).await?,
        };
        sqlx::query(
            "UPDATE lease SET holder = NULL, until = clock_timestamp() WHERE program = $1 AND start = $2",
        )
        .bind(&self.store.program)
        .bind(self.start)
        .execute(&mut connection)
        .await?;
        connection.close().await?;
        Ok(())
    }
}

pub(super) fn not_claimed() -> Error {
    Error::Setup("The database is not claimed for this program; start the indexer again.".into())
}

/// Ends the connections of a holder that is replaced: one that hangs in a transaction would hold up everybody.
async fn end_connections(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let ended: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = current_user AND application_name = $1
         AND pid <> pg_backend_pid()",
    )
    .bind(super::application(name))
    .fetch_one(connection)
    .await?;
    if ended > 0 {
        tracing::warn!("ended {ended} connections of {name}, which held the lease before");
    }
    Ok(())
}
