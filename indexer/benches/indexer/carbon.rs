//! The same recorded blocks through Carbon and through the indexer, on one PostgreSQL. Carbon runs in a process of
//! its own, `benches/carbon`: it pins other versions of the same crates.

use super::machine::{self, Folder};
use super::measure::{self, Rate};
use super::{BACKFILL_BLOCK, HEAD_BLOCK, PACED_EVENTS, forget, made, runs, sizes};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use test_postgres::Cluster;

/// Version of `carbon-core` that `benches/carbon` pins.
const VERSION: &str = "1.0.0";
const EVENTS_A_SECOND: u64 = 5_000;
/// Slots at that pace, with [`HEAD_BLOCK`] events in each.
const SLOT_MS: u64 = 400;

/// What is asked for.
pub struct Asked {
    pub events: u64,
    /// The program that `benches/carbon` builds.
    pub program: PathBuf,
}

/// What Carbon's process says of a run.
#[derive(Deserialize)]
struct Outcome {
    took_ms: u64,
    fed: u64,
    stored: u64,
    overwritten: u64,
    lost: u64,
}

struct Line {
    name: String,
    rate: Rate,
    stored: u64,
    overwritten: u64,
    lost: u64,
    rows: u64,
    tables: usize,
}

/// Runs all and prints a table.
pub async fn compare(asked: &Asked, folder: &Folder, cluster: &Cluster) {
    let load = machine::load();
    let file = made(folder, "backfill", asked.events, BACKFILL_BLOCK);
    let live = made(folder, "live", asked.events.min(PACED_EVENTS), HEAD_BLOCK);
    let through_carbon = async |name: &str, file: &Path, option: &str, rate: Option<u64>| {
        let database = cluster.empty_database().unwrap();
        let line = carbon(&asked.program, name, file, &format!("{database}{option}"), rate).await;
        forget(cluster, &database);
        line
    };
    let waits = through_carbon("Carbon, its source waits while the channel is full", &file, "", None).await;
    let database = cluster.empty_database().unwrap();
    let rate = runs::backfill(&database, &file).await;
    let backfill = tally("Tally, back-fill", &database, rate, waits.rate.events).await;
    forget(cluster, &database);
    let off = "&options=-c%20synchronous_commit%3Doff";
    let name = "Carbon, the same with `synchronous_commit` off for it alone";
    let unsafely = through_carbon(name, &file, off, None).await;

    let name =
        format!("Carbon, at {EVENTS_A_SECOND} events/s, its source drops what the channel cannot take");
    let drops = through_carbon(&name, &live, "", Some(EVENTS_A_SECOND)).await;
    let database = cluster.empty_database().unwrap();
    let rate = runs::live(&database, &live, SLOT_MS).await;
    let name = format!("Tally, at {EVENTS_A_SECOND} events/s, at the head");
    let head = tally(&name, &database, rate, drops.rate.events).await;
    forget(cluster, &database);

    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "Run on {}, {cores} cores, load of the machine before it began: {load}; Carbon {VERSION}; {} events, and {} \
         at the pace of a chain.\n",
        machine::today(),
        waits.rate.events,
        drops.rate.events
    );
    println!("| what | events/s here | by the first | events stored | overwritten | lost | rows | tables |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (line, paced) in
        [(&waits, false), (&unsafely, false), (&backfill, false), (&drops, true), (&head, true)]
    {
        let Line { name, rate, stored, overwritten, lost, rows, tables } = line;
        // In time with a chain the rate is the chain's.
        let by = if paced { String::new() } else { rate.by(&waits.rate) };
        println!(
            "| {name} | {} | {by} | {stored} | {overwritten} | {lost} | {rows} | {tables} |",
            Rate { events: rate.events - lost, ..*rate }.a_second()
        );
    }
}

async fn carbon(program: &Path, name: &str, file: &Path, database: &str, rate: Option<u64>) -> Line {
    let mut command = Command::new(program);
    command.arg(database).arg(file).args(rate.map(|rate| rate.to_string()));
    let output = command.stderr(std::process::Stdio::inherit()).output().expect("Carbon's program");
    assert!(output.status.success(), "Carbon's run failed");
    let outcome: Outcome = serde_json::from_slice(&output.stdout).unwrap();
    let Outcome { took_ms, fed, stored, overwritten, lost } = outcome;
    assert_eq!(stored + overwritten + lost, fed);
    let rate = Rate { events: fed, took: Duration::from_millis(took_ms) };
    measure::note(name, &rate);
    let (rows, tables) = sizes::rows(database).await;
    Line { name: name.into(), rate, stored, overwritten, lost, rows, tables }
}

async fn tally(name: &str, database: &str, rate: Rate, fed: u64) -> Line {
    measure::note(name, &rate);
    // Their key is their place on the chain: each row is another event's.
    let stored = sizes::count(database, "events WHERE applied").await;
    let (rows, tables) = sizes::rows(database).await;
    Line { name: name.into(), rate, stored, overwritten: 0, lost: fed - stored, rows, tables }
}
