//! A recorded file of blocks through a Carbon pipeline into Carbon's own PostgreSQL table, and what became of each
//! event. Prints one line of JSON; the indexer's benchmark calls it.
//!
//! The pipeline is what Carbon's project generator writes for its generic PostgreSQL tables: its migration, its JSON
//! processor, one pool, all settings as they are if nothing is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark of a fixed scenario")]

mod decode;
mod fold;
mod kept;
#[path = "../../indexer/recorded.rs"]
mod recorded;
mod source;

use carbon_core::pipeline::Pipeline;
use carbon_core::postgres::processors::PostgresJsonInstructionProcessor;
use carbon_core::postgres::rows::GenericInstructionMigration;
use decode::{Decoded, EventDecoder};
use source::{Pace, Recording};
use sqlx_migrator::{Info, Migrate, Migrator, Plan};
use std::path::PathBuf;
use std::time::Instant;

const USAGE: &str = "DATABASE_URL FILE, and EVENTS_A_SECOND for a source that drops what it cannot hand over";

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (database, file, pace) = match words.as_slice() {
        [database, file] => (database, file, Pace::Waits),
        [database, file, rate] => (database, file, Pace::Drops(rate.parse().expect(USAGE))),
        _ => panic!("{USAGE}"),
    };
    let file = PathBuf::from(file);
    let pool = sqlx::Pool::<sqlx::Postgres>::connect(database).await.unwrap();
    let mut migrator = Migrator::<sqlx::Postgres>::default();
    migrator.add_migration(Box::new(GenericInstructionMigration)).unwrap();
    migrator.run(&mut pool.acquire().await.unwrap(), &Plan::apply_all()).await.unwrap();

    let recording = Recording { file: file.clone(), pace };
    let processor = PostgresJsonInstructionProcessor::<Decoded>::new(pool.clone());
    let builder = Pipeline::builder().datasource(recording).instruction(EventDecoder, processor);
    let mut pipeline = builder.build().unwrap();
    let started = Instant::now();
    pipeline.run().await.unwrap();
    let took = started.elapsed();

    let kept::Count { fed, stored, overwritten, lost } = kept::count(&pool, &file).await;
    let took = u64::try_from(took.as_millis()).unwrap();
    println!(
        "{}",
        serde_json::json!({
            "took_ms": took, "fed": fed, "stored": stored, "overwritten": overwritten, "lost": lost,
        })
    );
}
