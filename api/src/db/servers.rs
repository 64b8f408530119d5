//! The servers that figures are read from: the one of `database_url` and, if one is named, that of `replica_url`.
//!
//! As with `target_session_attrs=prefer-standby` of PostgreSQL's own client, the standby is read as long as it
//! answers; and as long as it is not too far behind the other server. Which of the two is the standby is asked and
//! not configured, so that a fail-over between them needs no restart. A task looks at both once a second, so that no
//! request waits for a server that is known to be down.

use crate::error::{Problem, Result};
use crate::given_up;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, Transaction};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

/// Time between two looks at the servers.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest that one look may take.
const LOOK_PATIENCE: Duration = Duration::from_secs(3);
/// Longest wait for a connection of a server as long as there is another one to ask.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);
/// A snapshot that was opened, and where.
type Begun = (Arc<Server>, Transaction<'static, Postgres>);

/// What was opened on a server, and how far that server goes there.
type Opened<T> = std::result::Result<(T, Position), sqlx::Error>;

/// Every answer is one such transaction, so that it is of one snapshot. Said with each of them, because a
/// connection's own defaults do not pass a pooler that shares connections.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How far a server's tables go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Position {
    /// Whether it is a standby.
    standby: bool,
    /// The last slot indexed; `None` before the first.
    confirmed_slot: Option<i64>,
    /// When the indexer wrote that, by the clock of the server on which it wrote; Unix milliseconds. Both servers have
    /// the same value of the same state, so that no two clocks are compared.
    seen_ms: Option<i64>,
}

/// What is known of a server.
#[derive(Clone, Copy, Debug)]
struct Known {
    up: bool,
    position: Position,
}

/// A server with its connections.
#[derive(Debug)]
pub struct Server {
    /// As metrics name it.
    name: &'static str,
    pool: PgPool,
    options: PgConnectOptions,
    known: Mutex<Known>,
    /// The connection that looks and cancels; of its own, because a busy pool is no sign of a server that is down, and
    /// is what statements are cancelled for.
    aside: AsyncMutex<Option<PgConnection>>,
    reads: AtomicU64,
}

#[derive(Debug)]
struct Inner {
    database: Arc<Server>,
    replica: Option<Arc<Server>>,
    /// Most milliseconds that a server which is read may lie behind the other.
    max_lag_ms: i64,
    /// The greatest confirmed slot among answers so far: a later request is answered from no earlier state as long as
    /// any server has a later one.
    newest: AtomicI64,
    watched: OnceCell<()>,
}

/// All servers; cheap to clone.
#[derive(Clone, Debug)]
pub struct Servers(Arc<Inner>);

/// How a server is doing, for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// As metrics name it: `database` or `replica`, after the setting that names it.
    pub name: &'static str,
    /// Whether it answered when it was last looked at.
    pub up: bool,
    /// Whether it is a standby.
    pub standby: bool,
    /// Slots and milliseconds that it lies behind the other server; `None` if there is no other or either is not known.
    pub behind_slots: Option<i64>,
    /// See `behind_slots`.
    pub behind_ms: Option<i64>,
    /// Whether that is too much.
    pub late: bool,
    /// Answers read from it.
    pub reads: u64,
}

impl Server {
    fn new(name: &'static str, options: PgConnectOptions, connections: u32, patience: Duration) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(patience)
            .connect_lazy_with(options.clone());
        let known = Mutex::new(Known { up: true, position: Position::default() });
        Self { name, pool, options, known, aside: AsyncMutex::new(None), reads: AtomicU64::new(0) }
    }

    fn known(&self) -> Known {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found: nothing if it did not answer.
    fn note(&self, found: Option<Position>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.up != found.is_some() {
            let (server, up) = (self.name, found.is_some());
            tracing::warn!(server, up, "a database server {}", if up { "answers again" } else { "is gone" });
        }
        known.up = found.is_some();
        known.position = found.unwrap_or(known.position);
    }

    async fn look(&self) {
        let found = self.aside(async |connection| position(connection).await).await;
        self.note(found.ok());
    }

    /// Ends a statement, if its transaction is still the same.
    async fn cancel(&self, running: Running) {
        let cancelling = self.aside(async |connection| {
            let query = sqlx::query(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                 WHERE pid = $1 AND state = 'active' AND (extract(epoch FROM xact_start) * 1000000)::bigint = $2",
            );
            query.bind(running.process).bind(running.began).execute(connection).await
        });
        if let Err(error) = cancelling.await {
            let server = self.name;
            tracing::debug!(server, %error, "a statement that nobody waits for was not cancelled");
        }
    }

    /// Asks something on the connection that readers do not share.
    async fn aside<T>(
        &self,
        ask: impl AsyncFnOnce(&mut PgConnection) -> std::result::Result<T, sqlx::Error>,
    ) -> std::result::Result<T, sqlx::Error> {
        let asking = async {
            let mut aside = self.aside.lock().await;
            let mut connection = match aside.take() {
                Some(connection) => connection,
                None => PgConnection::connect_with(&self.options).await?,
            };
            let answer = ask(&mut connection).await?;
            *aside = Some(connection);
            Ok(answer)
        };
        tokio::time::timeout(LOOK_PATIENCE, asking).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// A snapshot on a shared connection, with how far it goes.
    async fn begin(&self) -> Opened<Transaction<'static, Postgres>> {
        let opening = async {
            let mut transaction = self.pool.begin_with(BEGIN).await?;
            let position = position(&mut transaction).await?;
            Ok((transaction, position))
        };
        let opened = opening.await;
        match &opened {
            Ok((_, position)) => self.note(Some(*position)),
            // Where all connections are taken is nothing known of the server; who looks has one of its own.
            Err(sqlx::Error::PoolTimedOut) => {}
            Err(_) => self.note(None),
        }
        opened
    }

    /// The same on a connection of its own, whose statements may take so long.
    async fn begin_apart(&self, patience: Duration) -> Opened<PgConnection> {
        let connecting = tokio::time::timeout(LOOK_PATIENCE, PgConnection::connect_with(&self.options));
        let mut connection = connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let begin = format!("{BEGIN}; SET LOCAL statement_timeout = {}", patience.as_millis());
        sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection).await?;
        let position = position(&mut connection).await?;
        Ok((connection, position))
    }
}

/// A transaction as its server names it.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Running {
    /// The process that runs it.
    process: i32,
    /// When it began by the server's clock, Unix microseconds: a process runs many, one after the other.
    began: i64,
}

/// What a reader who goes away leaves behind. Its statement would run on, and hold its connection, for as long as statements
/// may; nobody waits for it. If it ends by itself in the microseconds between the database's look at it and its signal, the
/// next one of that connection may be cancelled in its place; its reader is told that it took too long.
#[derive(Debug)]
pub struct Left {
    server: Arc<Server>,
    running: Running,
}

impl Left {
    /// To be dropped before the transaction is.
    pub fn new(server: Arc<Server>, running: Running) -> Self {
        Self { server, running }
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        if given_up::now()
            && let Ok(runtime) = Handle::try_current()
        {
            let (server, running) = (self.server.clone(), self.running);
            runtime.spawn(async move { server.cancel(running).await });
        }
    }
}

async fn position(connection: &mut PgConnection) -> std::result::Result<Position, sqlx::Error> {
    sqlx::query_as(
        "SELECT pg_is_in_recovery() AS standby, w.confirmed_slot,
                (extract(epoch FROM i.seen_at) * 1000)::bigint AS seen_ms
         FROM (SELECT 1) AS one
         LEFT JOIN watermark w ON TRUE
         LEFT JOIN indexer_status i USING (program)",
    )
    .fetch_one(connection)
    .await
}

impl Servers {
    /// Connects to nothing yet.
    pub fn new(
        database: PgConnectOptions,
        replica: Option<PgConnectOptions>,
        connections: u32,
        patience: Duration,
        max_lag: Duration,
    ) -> Self {
        let patience = if replica.is_some() { patience.min(CONNECT_PATIENCE) } else { patience };
        let server = |name, options| Arc::new(Server::new(name, options, connections, patience));
        Self(Arc::new(Inner {
            database: server("database", database),
            replica: replica.map(|options| server("replica", options)),
            max_lag_ms: i64::try_from(max_lag.as_millis()).unwrap_or(i64::MAX),
            newest: AtomicI64::new(i64::MIN),
            watched: OnceCell::new(),
        }))
    }

    /// Opens a snapshot on the server to be read.
    ///
    /// # Errors
    /// If no server answers.
    pub async fn begin(&self) -> Result<Begun> {
        let inner = &self.0;
        let Some(replica) = &inner.replica else {
            let transaction = inner.database.pool.begin_with(BEGIN).await?;
            inner.database.reads.fetch_add(1, Ordering::Relaxed);
            return Ok((inner.database.clone(), transaction));
        };
        let (server, transaction) = self.open(replica, |server| async move { server.begin().await }).await?;
        server.reads.fetch_add(1, Ordering::Relaxed);
        Ok((server, transaction))
    }

    /// The same on a connection of its own, for what takes long: each statement at most so long.
    ///
    /// # Errors
    /// If no server answers.
    pub async fn begin_apart(&self, patience: Duration) -> Result<PgConnection> {
        let Some(replica) = &self.0.replica else {
            return Ok(self.0.database.begin_apart(patience).await?.0);
        };
        let opening = |server: Arc<Server>| async move { server.begin_apart(patience).await };
        Ok(self.open(replica, opening).await?.1)
    }

    /// Opens something on the server that is to be read.
    async fn open<T, F: Future<Output = Opened<T>>>(
        &self,
        replica: &Arc<Server>,
        opening: impl Fn(Arc<Server>) -> F,
    ) -> Result<(Arc<Server>, T)> {
        let inner = &self.0;
        inner.watched.get_or_init(|| self.watch()).await;
        let newest = inner.newest.load(Ordering::Acquire);
        let (mut late, mut failure) = (None, None);
        for (server, other) in inner.order(replica) {
            match opening(server.clone()).await {
                Ok((opened, position)) => {
                    let earlier = position.confirmed_slot.is_none_or(|slot| slot < newest);
                    if !earlier && !inner.is_late(position, other.known()) {
                        inner.answered(position);
                        return Ok((server.clone(), opened));
                    }
                    // Of two late ones the one that goes further.
                    if late.as_ref().is_none_or(|(_, _, known): &(_, _, Position)| further(position, *known))
                    {
                        late = Some((server, opened, position));
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        // What is late is still right as of its slot, and better than nothing.
        match (late, failure) {
            (Some((server, opened, position)), _) => {
                inner.answered(position);
                Ok((server.clone(), opened))
            }
            (None, Some(error)) => Err(error.into()),
            (None, None) => Err(Problem::internal("no database server is configured")),
        }
    }

    /// How each server is connected to.
    pub fn options(&self) -> Vec<PgConnectOptions> {
        let servers = [Some(&self.0.database), self.0.replica.as_ref()];
        servers.into_iter().flatten().map(|server| server.options.clone()).collect()
    }

    /// Looks at both servers, and from then on once a second as long as they are in use.
    async fn watch(&self) {
        self.0.look().await;
        let watched: Weak<Inner> = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let Some(inner) = watched.upgrade() else { return };
                if inner.database.pool.is_closed() {
                    return;
                }
                inner.look().await;
            }
        });
    }

    /// How each server is doing.
    pub fn states(&self) -> Vec<State> {
        let inner = &self.0;
        let both = [Some(&*inner.database), inner.replica.as_deref()];
        let other = |server: &Server| {
            both.into_iter().flatten().find(|other| other.name != server.name).map(Server::known)
        };
        let state = |server: &Server| {
            let (known, other) = (server.known(), other(server));
            let behind = |of: fn(Position) -> Option<i64>| {
                Some(of(other?.position)?.saturating_sub(of(known.position)?).max(0))
            };
            State {
                name: server.name,
                up: known.up,
                standby: known.position.standby,
                behind_slots: behind(|position| position.confirmed_slot),
                behind_ms: behind(|position| position.seen_ms),
                late: other.is_some_and(|other| inner.is_late(known.position, other)),
                reads: server.reads.load(Ordering::Relaxed),
            }
        };
        both.into_iter().flatten().map(state).collect()
    }

    /// Connections idle and in all, of those that read.
    pub fn connections(&self) -> (i64, i64) {
        let servers = || [Some(&self.0.database), self.0.replica.as_ref()].into_iter().flatten();
        let idle: usize = servers().map(|server| server.pool.num_idle()).sum();
        let all: u32 = servers().map(|server| server.pool.size()).sum();
        (i64::try_from(idle).unwrap_or(i64::MAX), i64::from(all))
    }

    /// Ends all connections.
    pub async fn close(&self) {
        for server in [Some(&self.0.database), self.0.replica.as_ref()].into_iter().flatten() {
            server.pool.close().await;
            *server.aside.lock().await = None;
        }
    }
}

impl Inner {
    async fn look(&self) {
        match &self.replica {
            Some(replica) => {
                tokio::join!(self.database.look(), replica.look());
            }
            None => self.database.look().await,
        }
    }

    /// The servers in the order in which they are tried, each with the other one: standby first, one that is down
    /// not at all unless both are.
    fn order<'a>(&'a self, replica: &'a Arc<Server>) -> Vec<(&'a Arc<Server>, &'a Arc<Server>)> {
        let mut order = vec![(replica, &self.database), (&self.database, replica)];
        if self.database.known().position.standby && !replica.known().position.standby {
            order.reverse();
        }
        if order.iter().any(|(server, _)| server.known().up) {
            order.retain(|(server, _)| server.known().up);
        }
        order
    }

    /// Whether a server lies too far behind the other one, which may be down by now.
    fn is_late(&self, position: Position, other: Known) -> bool {
        let Some(other) = other.position.seen_ms else { return false };
        position.seen_ms.is_none_or(|own| other.saturating_sub(own) > self.max_lag_ms)
    }

    /// Notes that an answer goes as far as this.
    fn answered(&self, position: Position) {
        if let Some(slot) = position.confirmed_slot {
            self.newest.fetch_max(slot, Ordering::AcqRel);
        }
    }
}

fn further(one: Position, other: Position) -> bool {
    (one.confirmed_slot, one.seen_ms) > (other.confirmed_slot, other.seen_ms)
}
