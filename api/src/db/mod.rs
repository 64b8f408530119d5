//! Everything that the API knows of the database: the only SQL, and all of it reads.
//!
//! Each request reads in one read-only transaction of one snapshot on one server, so that its figures
//! belong together. The tables hold everything up to the confirmed slot; how an entity was at the finalized
//! slot, [`entity`] finds out.

pub mod bookings;
pub mod buyback;
pub mod cases;
pub mod changes;
pub mod conversions;
pub mod earnings;
mod entity;
pub mod epochs;
pub mod events;
pub mod export;
pub mod flows;
pub mod health;
pub mod jobs;
pub mod liabilities;
pub mod live;
pub mod market;
pub mod network;
mod place;
pub mod prices;
pub mod providers;
pub mod reputation;
pub mod revenue;
mod servers;
pub mod supply;
pub mod third_parties;
mod whole;

pub use place::Place;
pub use servers::State;
pub use whole::Whole;

use crate::answer::{Answer, Page, Source};
use crate::config::Settings;
use crate::error::{Kind, Problem, Result};
use crate::extract::Commitment;
use crate::moment;
use crate::units::Units;
use servers::{Left, Running, Servers};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::QueryAs;
use sqlx::{FromRow, PgConnection, Postgres, Transaction};
use std::time::Duration;

/// The version of the schema that these statements are written for. A later one says whether they may read it.
pub const SCHEMA_VERSION: i32 = 4;

/// Compute units of a GPU hour: the rates of other units say nothing about GPUs.
const GPU_HOUR: i64 = tally_client::order::GPU_HOUR.cast_signed();

/// The read pools.
#[derive(Clone, Debug)]
pub struct Database(Servers);

/// One snapshot of the figures, as of the last slot at a commitment.
#[derive(Debug)]
pub struct View {
    /// Before the transaction, for it has to be dropped first.
    _left: Left,
    transaction: Transaction<'static, Postgres>,
    /// The commitment asked for.
    pub commitment: Commitment,
    /// The last slot that belongs to the snapshot.
    pub slot: i64,
    /// The last slot of it that is final.
    finalized: i64,
    /// Cluster time of that slot, Unix seconds; of the last block with events where no later time is known.
    pub as_of: i64,
    /// Writes token amounts.
    pub units: Units,
}

/// What a snapshot is of.
#[derive(Clone, Copy, Debug)]
struct Mark {
    running: Running,
    slot: i64,
    finalized: i64,
    as_of: i64,
    decimals: u32,
}

/// What an answer says of where it is from.
fn source(slot: i64, as_of: i64, commitment: Commitment) -> Source {
    Source { slot: u64::try_from(slot).unwrap_or(0), commitment, as_of: moment::happened(as_of) }
}

#[derive(sqlx::FromRow)]
struct Marked {
    #[sqlx(flatten)]
    running: Running,
    slot: i64,
    finalized: i64,
    decimals: Option<i32>,
    initialized_at: Option<i64>,
    time: Option<i64>,
    initialized: bool,
}

/// How far a snapshot goes at a commitment.
async fn mark(connection: &mut PgConnection, commitment: Commitment) -> Result<Mark> {
    let row: Option<Marked> = sqlx::query_as(
        "SELECT pg_backend_pid() AS process, (extract(epoch FROM now()) * 1000000)::bigint AS began,
                m.slot, w.finalized_slot AS finalized, c.decimals, c.initialized_at, greatest(m.time, b.block_time) AS time,
                NOT EXISTS (SELECT FROM events e WHERE e.name = 'Initialized' AND e.slot > m.slot) AS initialized
         FROM watermark w
         CROSS JOIN LATERAL (
            SELECT CASE WHEN $1 THEN w.finalized_slot ELSE w.confirmed_slot END AS slot,
                CASE WHEN $1 THEN w.finalized_time ELSE w.confirmed_time END AS time
         ) m
         LEFT JOIN config c ON TRUE
         LEFT JOIN LATERAL (
            SELECT b.block_time FROM blocks b
            WHERE b.slot <= m.slot AND b.block_time IS NOT NULL ORDER BY b.slot DESC LIMIT 1
         ) b ON TRUE",
    )
    .bind(commitment == Commitment::Finalized)
    .fetch_optional(connection)
    .await?;
    // The event itself may have gone with an old partition; the row that it made stays.
    let missing = || {
        let detail = match commitment {
            Commitment::Finalized => {
                "The network's initialisation is not finalized and indexed yet; try again in a minute."
            }
            Commitment::Confirmed => {
                "The network's initialisation is not indexed yet; try again in a minute."
            }
        };
        Problem::new(Kind::NotIndexed, detail)
    };
    let row = row.filter(|row| row.initialized).ok_or_else(missing)?;
    let (Some(decimals), Some(initialized_at)) = (row.decimals, row.initialized_at) else {
        return Err(missing());
    };
    let decimals = u32::try_from(decimals).map_err(Problem::internal)?;
    let (slot, finalized) = (row.slot, row.finalized);
    Ok(Mark { running: row.running, slot, finalized, as_of: row.time.unwrap_or(initialized_at), decimals })
}

/// How connections of `database_url` are opened: they refuse to write, and a transaction sees one snapshot.
///
/// # Errors
/// If the URL cannot be parsed.
pub fn options(settings: &Settings) -> std::result::Result<PgConnectOptions, String> {
    options_of("database_url", &settings.database_url, settings)
}

/// The same for `replica_url`, if it is set.
///
/// # Errors
/// If the URL cannot be parsed.
pub fn replica_options(settings: &Settings) -> std::result::Result<Option<PgConnectOptions>, String> {
    settings.replica_url.as_ref().map(|url| options_of("replica_url", url, settings)).transpose()
}

fn options_of(name: &str, url: &str, settings: &Settings) -> std::result::Result<PgConnectOptions, String> {
    let options: PgConnectOptions = url.parse().map_err(|error| {
        // The URL itself may hold a password.
        format!("{name} cannot be used ({error}); it has the form postgres://user@host/database")
    })?;
    Ok(options.application_name("tally-api").options([
        ("statement_timeout", settings.statement_timeout().as_millis().to_string().as_str()),
        ("default_transaction_read_only", "on"),
        ("default_transaction_isolation", "repeatable read"),
        // Compiling a statement takes longer than running any of these.
        ("jit", "off"),
    ]))
}

impl Database {
    /// Pools that connect when they are first needed, so that the service starts without its database
    /// and says so.
    ///
    /// # Errors
    /// If a URL cannot be parsed.
    pub fn new(settings: &Settings) -> std::result::Result<Self, String> {
        // However short statements are to be, a new connection takes its time on a busy machine.
        let patience = settings.statement_timeout().clamp(Duration::from_secs(1), Duration::from_secs(3));
        Ok(Self(Servers::new(
            options(settings)?,
            replica_options(settings)?,
            settings.database_connections,
            patience,
            settings.replica_max_lag(),
        )))
    }

    /// Opens the snapshot at a commitment.
    ///
    /// # Errors
    /// [`Kind::DatabaseUnavailable`], or [`Kind::NotIndexed`] as long as the network is not known.
    pub async fn view(&self, commitment: Commitment) -> Result<View> {
        let (server, mut transaction) = self.0.begin().await?;
        let mark = mark(&mut transaction, commitment).await?;
        let (left, units) = (Left::new(server, mark.running), Units { decimals: mark.decimals });
        let Mark { slot, finalized, as_of, .. } = mark;
        Ok(View { _left: left, transaction, commitment, slot, finalized, as_of, units })
    }

    /// Connections idle and in all.
    pub fn connections(&self) -> (i64, i64) {
        self.0.connections()
    }

    /// How each server is doing.
    pub fn servers(&self) -> Vec<State> {
        self.0.states()
    }

    /// Ends all connections; whether they ended within a time. One on which a statement still runs
    /// does not until that has ended, and ends with the process at the latest.
    pub async fn close(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.0.close()).await.is_ok()
    }
}

impl View {
    /// The connection of the snapshot.
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// The rows of a statement that adds up over a range of time. It is planned for its range each time: after five times
    /// PostgreSQL would plan for any range, which it takes for a two-hundredth of the rows, and look up one by one what it
    /// should read as a whole: 460 ms where 10 do.
    async fn added_up<R>(&mut self, query: QueryAs<'_, Postgres, R, PgArguments>) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        Ok(query.persistent(false).fetch_all(self.connection()).await?)
    }

    /// What an answer read from this snapshot says of where it is from.
    pub fn source(&self) -> Source {
        source(self.slot, self.as_of, self.commitment)
    }

    /// The answer with one thing read from this snapshot.
    pub fn answer<T>(self, data: T) -> Answer<T> {
        Answer { source: self.source(), data }
    }

    /// The answer with a page of things read from this snapshot.
    pub fn page<T>(self, items: Vec<T>, next: Option<String>) -> Page<T> {
        Page { source: self.source(), items, next }
    }
}
