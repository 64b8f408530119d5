//! Databases for tests, and what is in them.

use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::source::{Until, Update};
use indexer::store::{Committed, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::script::Script;

pub const CLUSTER: &str = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";

/// Says something about the present moment, about when it was written, or about how.
const NOT_COMPARED: [&str; 10] = [
    "_sqlx_migrations",
    "indexer_status",
    "writers",
    "lease",
    "schema_version",
    "snapshots",
    "reconciliations",
    "gaps",
    "differences",
    "sweep",
];

pub struct Database {
    pub url: String,
    pub store: Store,
}

pub async fn database() -> Database {
    let url = test_postgres::shared().unwrap().empty_database().unwrap();
    let store = Store::connect(&url, 4).await.unwrap();
    store.migrate().await.unwrap();
    store.claim(CLUSTER, 0).await.unwrap();
    Database { url, store }
}

impl Database {
    pub async fn connection(&self) -> PgConnection {
        connect(&self.url).await
    }

    /// A second indexer on the same database, without a lease.
    pub async fn again(&self) -> Self {
        let store = Store::connect(&self.url, 4).await.unwrap();
        store.claim(CLUSTER, 0).await.unwrap();
        Self { url: self.url.clone(), store }
    }

    /// Runs these updates through the whole pipeline, `batch` events a transaction.
    pub async fn feed(&self, updates: Vec<Update>, batch: usize) -> Arc<Metrics> {
        self.try_feed(updates, batch).await.unwrap()
    }

    pub async fn try_feed(&self, updates: Vec<Update>, batch: usize) -> Result<Arc<Metrics>, indexer::Error> {
        let metrics = Arc::new(Metrics::default());
        let pipeline = Pipeline {
            store: self.store.clone(),
            batch_events: batch,
            metrics: metrics.clone(),
            progress: watch::channel(Committed::default()).0,
            stop: CancellationToken::new(),
        };
        pipeline.run(Script(updates), Until::Head).await?;
        Ok(metrics)
    }

    pub async fn sums(&self) -> BTreeMap<String, String> {
        sums(&self.url).await
    }

    pub async fn number(&self, sql: &str) -> i128 {
        let mut connection = self.connection().await;
        let sql = format!("SELECT coalesce(({sql}), 0)::text");
        let text: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        text.parse().unwrap()
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let mut connection = self.connection().await;
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap()
    }

    pub async fn execute(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let mut connection = self.connection().await;
        let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
        Ok(done.rows_affected())
    }
}

pub async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// Number of rows and checksum of every table that follows from the chain.
pub async fn sums(url: &str) -> BTreeMap<String, String> {
    let mut connection = connect(url).await;
    let tables = sqlx::query(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relispartition AND NOT relname = ANY($1)",
    )
    .bind(NOT_COMPARED.map(String::from).to_vec())
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut sums = BTreeMap::new();
    for row in tables {
        let table: String = row.get(0);
        let sql = format!(
            "SELECT count(*)::text || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY t::text COLLATE \"C\")), '')
             FROM {table} t"
        );
        let sum: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        sums.insert(table, sum);
    }
    sums
}

/// Asserts that two sets of tables are the same, but for `except`.
pub fn assert_same(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>, except: &[&str]) {
    assert!(one.len() > 25, "{} tables", one.len());
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (table, sum) in one.iter().filter(|(table, _)| !except.contains(&table.as_str())) {
        assert_eq!(sum, &other[table], "the table {table} differs");
    }
}
