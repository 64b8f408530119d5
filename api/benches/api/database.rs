//! A private database with a market in it, and events that are added to it.

use sqlx::{AssertSqlSafe, PgPool};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use test_postgres::{Cluster, DURABLE};

/// Its log can be read by a program.
const LOGGED: [&str; 2] = ["logging_collector=on", "log_destination=jsonlog"];

/// Longest that statements of readers who have gone are waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two looks at who reads.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub struct Database {
    /// It ends with the value.
    _cluster: Cluster,
    pool: PgPool,
    pub url: String,
    /// The last slot of the market.
    last: i64,
    /// Events added behind it.
    added: i64,
}

impl Database {
    /// Has another program fill an empty database, and leaves nothing to do behind the figures' back.
    pub async fn filled(filler: &Path, events: u64) -> Self {
        let cluster = Cluster::start_with(&[&DURABLE[..], &LOGGED].concat()).unwrap();
        let url = cluster.empty_database().unwrap();
        let status = Command::new(filler).args(["fill", &url, &events.to_string()]).status();
        assert!(status.unwrap().success(), "the database was not filled");
        let pool = PgPool::connect(&url).await.unwrap();
        for step in ["VACUUM ANALYZE", "CHECKPOINT"] {
            sqlx::raw_sql(step).execute(&pool).await.unwrap();
        }
        let last = sqlx::query_scalar("SELECT finalized_slot FROM watermark").fetch_one(&pool).await.unwrap();
        Self { _cluster: cluster, pool, url, last, added: 0 }
    }

    /// What is in it, in words.
    pub async fn about(&self) -> String {
        let mut words = Vec::new();
        for table in ["events", "jobs", "providers"] {
            words.push(format!("{} {table}", self.number(&format!("SELECT count(*) FROM {table}")).await));
        }
        words.join(", ")
    }

    /// Until nobody reads, or for so long at most: the statement of a reader that has gone is cancelled, in a moment.
    pub async fn quiet(&self) {
        let reading =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tally-api' AND state = 'active'";
        let started = Instant::now();
        while started.elapsed() < PATIENCE && self.number(reading).await > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The one number of a query.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.pool).await.unwrap()
    }

    /// The one text of each row of a query.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&self.pool).await.unwrap()
    }

    /// Where the server's log is.
    pub fn logs(&self) -> PathBuf {
        let (_, socket) = self.url.split_once("host=").unwrap();
        Path::new(socket).join("data").join("log")
    }

    /// Adds a final block with so many events of the market once more, and says so as the indexer does; the moment of
    /// the commit.
    pub async fn add(&mut self, events: i64) -> Instant {
        let mut transaction = self.pool.begin().await.unwrap();
        let added = sqlx::query(
            "INSERT INTO events (slot, signature, instruction, inner_index, tx_index, name, at, body, data, applied)
             SELECT w.confirmed_slot + 1, e.signature, e.instruction, e.inner_index, e.tx_index, e.name, e.at, e.body,
                e.data, TRUE
             FROM watermark w CROSS JOIN (
                SELECT * FROM events WHERE slot <= $1
                ORDER BY slot DESC, tx_index DESC, signature DESC, instruction DESC, inner_index DESC LIMIT $2 OFFSET $3
             ) e",
        );
        let added = added.bind(self.last).bind(events).bind(self.added);
        let rows = added.execute(&mut *transaction).await.unwrap().rows_affected();
        assert_eq!(rows, events.unsigned_abs(), "the market has too few events");
        self.added += events;
        sqlx::raw_sql(
            "INSERT INTO blocks (slot, status) SELECT confirmed_slot + 1, 'finalized' FROM watermark;
             UPDATE watermark SET confirmed_slot = confirmed_slot + 1, finalized_slot = confirmed_slot + 1;
             NOTIFY tally_watermark",
        )
        .execute(&mut *transaction)
        .await
        .unwrap();
        let committed = Instant::now();
        transaction.commit().await.unwrap();
        committed
    }
}
