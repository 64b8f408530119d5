//! What the same rows take when nothing is done but to store them: `COPY`, table by table.

use futures_util::StreamExt;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{AssertSqlSafe, PgPool};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Says something about the present moment or how to go back; the rest follows from the chain.
const NOT_COPIED: [&str; 8] = [
    "_sqlx_migrations",
    "indexer_status",
    "writers",
    "schema_version",
    "snapshots",
    "reconciliations",
    "undo",
    "entities_before",
];
const CHUNK: usize = 1 << 20;

/// A table's rows in a file.
pub struct Rows {
    table: String,
    file: PathBuf,
    pub rows: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Tables of the same columns without keys and indexes.
    Bare,
    /// The tables themselves, without triggers.
    Keyed,
}

/// Writes down every row that follows from the chain.
pub async fn export(database: &str, folder: &Path) -> Vec<Rows> {
    let pool = PgPool::connect(database).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1)
         ORDER BY 1",
    )
    .bind(NOT_COPIED.map(String::from).to_vec())
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        let rows: i64 = count.fetch_one(&pool).await.unwrap();
        let file = folder.join(&table);
        let mut out = File::create(&file).unwrap();
        let mut stream = pool.copy_out_raw(&format!("COPY {table} TO STDOUT")).await.unwrap();
        while let Some(chunk) = stream.next().await {
            out.write_all(&chunk.unwrap()).unwrap();
        }
        eprintln!("{table}: {rows} rows, {} MiB", out.metadata().unwrap().len() >> 20);
        all.push(Rows { table, file, rows: rows.unsigned_abs() });
    }
    pool.close().await;
    all
}

/// Copies all of it in; how long that took.
pub async fn copy(database: &str, all: &[Rows], into: Target) -> Duration {
    let pool = PgPool::connect(database).await.unwrap();
    let schema = match into {
        Target::Bare => "bare",
        Target::Keyed => "public",
    };
    sqlx::raw_sql("CREATE SCHEMA IF NOT EXISTS bare").execute(&pool).await.unwrap();
    for Rows { table, .. } in all {
        let prepare = match into {
            Target::Bare => format!("CREATE TABLE bare.{table} (LIKE public.{table})"),
            Target::Keyed => format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
        };
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&pool).await.unwrap();
    }
    let started = Instant::now();
    let mut chunk = vec![0; CHUNK];
    for Rows { table, file, rows } in all {
        let mut file = File::open(file).unwrap();
        let mut copy = pool.copy_in_raw(&format!("COPY {schema}.{table} FROM STDIN")).await.unwrap();
        loop {
            let read = file.read(&mut chunk).unwrap();
            if read == 0 {
                break;
            }
            copy.send(&chunk[..read]).await.unwrap();
        }
        assert_eq!(copy.finish().await.unwrap(), *rows, "{table}");
    }
    let took = started.elapsed();
    pool.close().await;
    took
}
