//! The tables in PostgreSQL: the only module with SQL.
//!
//! Everything about a batch of blocks is written in one transaction that first locks the watermark,
//! so a killed process leaves all of it or nothing, and checks that no other indexer has taken over. What is remembered
//! of entities between transactions counts only if nobody else has written since. The store does not know where blocks
//! come from.

mod ahead;
mod backfill;
mod cache;
mod cells;
mod chain;
mod commit;
mod compared;
mod condition;
mod drain;
mod entities;
mod facts;
mod gaps;
mod lease;
mod overview;
mod partition;
mod read;
mod rebuild;
mod reconcile;
mod replay;
mod rows;
mod schema;
mod scratch;
mod table;
mod times;
mod undo;

pub use backfill::{Backfill, Claimed, Left as HistoryLeft, Next};
pub use commit::{Batch, Committed};
pub use compared::{Differing, Sweep, Told, table_name};
pub use condition::Gap;
pub use lease::{Asked, Holder, Lease};
pub use overview::{Difference, Missing, Overview, Size};
pub use partition::{DIVIDED, Partitioned};
pub use read::Watermark;
pub use reconcile::{Balance, Known, Snapshot, Verdict, VerdictKind};
pub use replay::{Left, Replayed};
pub use scratch::{Compared, Frozen, SCRATCH, Scratch, Sum};
pub use times::Times;

use cache::Cache;

use crate::Error;
use crate::error::one_line;
use crate::source::Resume;
use settlement_interface::ID;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// What connections of indexers are called in the database's list of connections, with a store's name after it.
const APPLICATION: &str = "tally-indexer";
/// Characters of a host's name that are kept: the list shortens what is longer than 63 in all.
const HOST: usize = 24;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tables of one program.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    program: String,
    /// What it is called where several share a database.
    name: Arc<str>,
    /// Number by which this may write; 0 without a lease, for maintenance.
    writer: Arc<AtomicI64>,
    cache: Arc<Cache>,
    /// Slot at which partitions are looked after again.
    ahead: Arc<AtomicU64>,
}

impl Store {
    /// Connects to the database at `url` with at most `connections`.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, Error> {
        Self::connect_within(url, connections, None).await
    }

    /// Connects to the tables of one schema; of the database's usual one if none is named.
    async fn connect_within(url: &str, connections: u32, schema: Option<&str>) -> Result<Self, Error> {
        let name = name();
        let options = Self::options(url, schema)?.application_name(&application(&name));
        // A pool tries for as long as it may and then says only that it took too long.
        Self::connection(url, schema).await?.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options);
        let (writer, cache, ahead) = (Arc::default(), Arc::default(), Arc::default());
        Ok(Self { pool, program: ID.to_string(), name: name.into(), writer, cache, ahead })
    }

    fn options(url: &str, schema: Option<&str>) -> Result<PgConnectOptions, Error> {
        let form = |reason: String| {
            Error::Setup(format!(
                "`database_url` is not a PostgreSQL URL ({reason}); it looks like postgres://user@host/name."
            ))
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(form("it does not start with postgres://".into()));
        }
        let options = PgConnectOptions::from_str(url).map_err(|error| form(one_line(&error)))?;
        let options = options.application_name(APPLICATION);
        Ok(match schema {
            Some(schema) => options.options([("search_path", schema)]),
            None => options,
        })
    }

    /// One connection, without a pool.
    async fn connection(url: &str, schema: Option<&str>) -> Result<PgConnection, Error> {
        let options = Self::options(url, schema)?;
        let first = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await;
        let first = first.map_err(|_| Error::Away("it did not answer in time".into()))?;
        first.map_err(|error| Error::Away(one_line(&error)))
    }

    /// Brings the schema to this version, unless it is a later one's that this one may still write; the number of migrations
    /// applied.
    pub async fn migrate(&self) -> Result<usize, Error> {
        let before = self.migrations_applied().await;
        let mut migrations = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
        if let Some(version) = self.newer_and_kept().await? {
            tracing::warn!(
                "the schema has migration {version}, of a newer indexer; this one may still write it"
            );
            migrations.set_ignore_missing(true);
        }
        match migrations.run(&self.pool).await {
            Ok(()) => Ok(self.migrations_applied().await.saturating_sub(before)),
            Err(MigrateError::VersionMissing(version)) => Err(Error::Setup(format!(
                "The database's schema has migration {version}, which this version does not know; install a newer indexer."
            ))),
            Err(MigrateError::VersionMismatch(version)) => Err(Error::Setup(format!(
                "The database's migration {version} is not the one of this version; use a database that this program migrated."
            ))),
            Err(error) => Err(Error::Setup(format!(
                "Cannot migrate the database: {}. The schema must be empty or migrated by this program.",
                one_line(&error)
            ))),
        }
    }

    /// The schema's last migration, if this version does not know it and may write the schema all the same.
    async fn newer_and_kept(&self) -> Result<Option<i64>, Error> {
        let there = "SELECT to_regclass('schema_version') IS NOT NULL AND to_regclass('_sqlx_migrations') IS NOT NULL";
        if !sqlx::query_scalar(there).fetch_one(&self.pool).await? {
            return Ok(None);
        }
        // As JSON, for a column that a schema need not have.
        let query = sqlx::query_scalar(
            "SELECT max(m.version) FROM _sqlx_migrations m, schema_version v
             WHERE (to_jsonb(v) ->> 'oldest_writer')::bigint <= $1 HAVING max(m.version) > $1",
        );
        let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
        Ok(query.bind(newest).fetch_optional(&self.pool).await?)
    }

    /// Refuses what makes tables anew to compare them, if those that are there may be a newer version's.
    pub async fn must_be_of_this_version(&self) -> Result<(), Error> {
        self.newer_and_kept().await?.map_or(Ok(()), |version| {
            Err(Error::Setup(format!(
                "The database's schema has migration {version}, of a newer indexer, whose tables this one cannot compare; use that one."
            )))
        })
    }

    /// Migrations of this version that the database does not have.
    async fn missing_migrations(&self) -> Result<usize, Error> {
        let versions: Result<Vec<i64>, _> =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
                .fetch_all(&self.pool)
                .await;
        let versions = match versions {
            // Without the table none were applied; a database that does not answer says nothing about them.
            Err(error) if !may_pass(&error) => Vec::new(),
            versions => versions?,
        };
        Ok(MIGRATIONS.iter().filter(|migration| !versions.contains(&migration.version)).count())
    }

    async fn migrations_applied(&self) -> usize {
        let count: Result<i64, _> =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&self.pool).await;
        usize::try_from(count.unwrap_or(0)).unwrap_or(0)
    }

    /// What this store is called where several share a database: host, process, and a number of its own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Claims the database for this program on the cluster with genesis hash `cluster`.
    pub async fn claim(&self, cluster: &str, start_slot: u64) -> Result<Watermark, Error> {
        let other: Option<String> = sqlx::query_scalar("SELECT program FROM watermark WHERE program <> $1")
            .bind(&self.program)
            .fetch_optional(&self.pool)
            .await?;
        if let Some(other) = other {
            return Err(Error::Setup(format!(
                "This database is about program {other}, not {}; use another database.",
                self.program
            )));
        }
        // Asked for first: inserting a row that is there waits for whoever is changing it, who may hang.
        sqlx::query(
            "INSERT INTO watermark (program, cluster, start_slot, confirmed_slot, finalized_slot)
             SELECT $1, $2, $3, $3, $3 WHERE NOT EXISTS (SELECT FROM watermark WHERE program = $1)
             ON CONFLICT DO NOTHING",
        )
        .bind(&self.program)
        .bind(cluster)
        .bind(start_slot.cast_signed())
        .execute(&self.pool)
        .await?;
        let mark = self.watermark().await?;
        let mark =
            mark.ok_or_else(|| Error::Setup("The database forgot its watermark; try again.".into()))?;
        if mark.cluster != cluster {
            return Err(Error::Setup(format!(
                "This database is about the cluster with genesis {}, but the RPC node is of {cluster}; \
                 check `rpc_url`, or use another database.",
                mark.cluster
            )));
        }
        sqlx::query(
            "INSERT INTO writers (program, starts)
             SELECT $1, 0 WHERE NOT EXISTS (SELECT FROM writers WHERE program = $1)
             ON CONFLICT DO NOTHING",
        )
        .bind(&self.program)
        .execute(&self.pool)
        .await?;
        Ok(mark)
    }

    /// How far the tables go; `None` before the first claim.
    pub async fn watermark(&self) -> Result<Option<Watermark>, Error> {
        let mut connection = self.pool.acquire().await?;
        Ok(read::watermark(&mut connection, &self.program, false).await?)
    }

    /// Where a source goes on.
    pub async fn resume(&self) -> Result<Resume, Error> {
        let mut connection = self.pool.acquire().await?;
        let mark = read::watermark(&mut connection, &self.program, false).await?;
        let finalized = mark.map_or(0, |mark| mark.finalized);
        Ok(read::resume(&mut connection, finalized).await?)
    }

    /// Waits for work under way and closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A name that no other store has.
fn name() -> String {
    let host: String = gethostname::gethostname()
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_graphic)
        .take(HOST)
        .collect();
    // Processes in containers may share host name and number.
    let random = RandomState::new().hash_one(std::process::id()) & 0xff_ffff;
    format!("{host}/{}/{random:06x}", std::process::id())
}

/// The same in the list of connections.
fn application(name: &str) -> String {
    format!("{APPLICATION} {name}")
}

/// A time as statements have it.
fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Whether the same transaction may succeed later: the connection failed, not the statement.
pub fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            true
        }
        // Serialisation failures, deadlocks, a server that shuts down or starts up, too many connections, a full disk,
        // a standby that is not promoted yet, and limits of time that the database's own settings set.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            let families = ["08", "40", "53", "57P"];
            let codes = ["25006", "25P03", "25P04", "55P03", "57014"];
            families.iter().any(|family| code.starts_with(family)) || codes.contains(&&*code)
        }),
        _ => false,
    }
}
