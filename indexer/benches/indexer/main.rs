//! Events per second into the full schema, in back-fill and at the head, beside raw `COPY` of the very same
//! rows; how long a block takes from being there to being committed; memory. Everything is measured in one
//! run on one PostgreSQL with an operator's durability. Prints a table; nothing here is a test.
//!
//! Blocks are made beforehand, by a process of its own, into a file that is read while measuring: neither the
//! market's arithmetic nor its memory is in the figures. A node's JSON is not either.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a benchmark of a fixed scenario"
)]

mod blocks;
mod carbon;
#[path = "../../../tests/benches/shared/machine.rs"]
mod machine;
mod measure;
mod raw;
mod recorded;
mod runs;
mod sizes;
mod support;

use machine::Folder;
use measure::Rate;
use std::path::{Path, PathBuf};
use std::process::Command;
use test_postgres::{Cluster, DURABLE};

/// Events of a block in back-fill.
const BACKFILL_BLOCK: u64 = 200;
/// Slots of 400 ms in thirty days.
const MONTH_SLOTS: u64 = 30 * 86_400 * 5 / 2;
/// Partitions that the back-fill's slots lie in, where tables are divided.
const PARTITIONS: u64 = 10;
/// Events of a block at the head: 5,000 a second in slots of 400 ms.
const HEAD_BLOCK: u64 = 2_000;
/// The same 5,000 a second in slots of 50 ms.
const SHORT_BLOCK: u64 = 250;
/// Events of a block, and milliseconds of its slot, of each run in time with a chain: 5,000, 2,000 and 1,000 a second.
const PACES: [(u64, u64); 4] = [(HEAD_BLOCK, 400), (SHORT_BLOCK, 50), (100, 50), (50, 50)];
/// Seconds of such a run, of which the first tenth is not counted.
const PACED_S: u64 = 10;
/// Events of such a run at 5,000 a second.
const PACED_EVENTS: u64 = 5_000 * PACED_S;

struct Asked {
    events: u64,
    memory: Option<u64>,
    carbon: Option<carbon::Asked>,
    only_backfill: bool,
}

fn asked() -> Asked {
    let mut asked = Asked { events: 1_000_000, memory: None, carbon: None, only_backfill: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a number of events");
        match word.as_str() {
            "--events" => asked.events = number(),
            "--memory" => asked.memory = Some(number()),
            "--carbon" => {
                let events = number();
                let program = words.next().expect("the program that benches/carbon builds").into();
                asked.carbon = Some(carbon::Asked { events, program });
            }
            "--only-backfill" => asked.only_backfill = true,
            "--bench" => {} // cargo says so
            other => panic!(
                "{other} is no option; there are --events N, --memory N, --carbon N PROGRAM and --only-backfill"
            ),
        }
    }
    asked
}

/// Has another process make blocks into a file.
fn made(folder: &Folder, name: &str, events: u64, block: u64) -> PathBuf {
    let file = folder.0.join(name);
    let (events, block) = (events.to_string(), block.to_string());
    let itself = std::env::current_exe().unwrap();
    let status = Command::new(itself).args(["make", file.to_str().unwrap(), &events, &block]).status();
    assert!(status.unwrap().success(), "no blocks were made");
    file
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, file, events, block] = words.as_slice()
        && word == "make"
    {
        blocks::make(Path::new(file), events.parse().unwrap(), block.parse().unwrap(), 1);
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = Folder::new("tally-bench");
    if let [word, database, events] = words.as_slice()
        && word == "fill"
    {
        runtime.block_on(fill(database, events.parse().unwrap(), &folder));
        return;
    }
    let asked = asked();
    let cluster = Cluster::start_with(&DURABLE).unwrap();
    runtime.block_on(all(&asked, &folder, &cluster));
}

/// Fills an empty database with a market of a month, for those who measure what reads it.
async fn fill(database: &str, events: u64, folder: &Folder) {
    let file = folder.0.join("month");
    let blocks = (events / BACKFILL_BLOCK).max(1);
    blocks::make(&file, events, BACKFILL_BLOCK, (MONTH_SLOTS / blocks).max(1));
    measure::note("filled in", &runs::backfill(database, &file).await);
}

async fn all(asked: &Asked, folder: &Folder, cluster: &Cluster) {
    if let Some(asked) = &asked.carbon {
        carbon::compare(asked, folder, cluster).await;
        return;
    }
    if let Some(events) = asked.memory {
        let file = made(folder, "memory", events, BACKFILL_BLOCK);
        runs::memory(&cluster.empty_database().unwrap(), &file, events).await;
        return;
    }
    let file = made(folder, "backfill", asked.events, BACKFILL_BLOCK);
    let database = cluster.empty_database().unwrap();
    let backfill = runs::backfill(&database, &file).await;
    std::fs::remove_file(&file).unwrap();
    measure::note("back-fill", &backfill);
    let sizes = sizes::of(&database).await;
    if asked.only_backfill {
        sizes::print(&sizes, backfill.events);
        return;
    }
    let rows = raw::export(&database, &folder.0).await;
    forget(cluster, &database);
    let database = cluster.database().unwrap();
    let bare = raw::copy(&database, &rows, raw::Target::Bare).await;
    let bare = Rate { events: backfill.events, took: bare };
    measure::note("COPY without indexes", &bare);
    let keyed = raw::copy(&database, &rows, raw::Target::Keyed).await;
    let keyed = Rate { events: backfill.events, took: keyed };
    measure::note("COPY into keyed tables", &keyed);
    forget(cluster, &database);
    let database = cluster.empty_database().unwrap();
    runs::divide(&database, asked.events / BACKFILL_BLOCK / PARTITIONS).await;
    let divided = raw::copy(&database, &rows, raw::Target::Keyed).await;
    let divided = Rate { events: backfill.events, took: divided };
    measure::note("COPY into keyed tables in partitions", &divided);
    forget(cluster, &database);
    let count: u64 = rows.iter().map(|table| table.rows).sum();
    drop(rows);

    // The head: nothing is final when it is written.
    let few = (asked.events / 4).min(100_000);
    let file = made(folder, "head", few, HEAD_BLOCK);
    let database = cluster.empty_database().unwrap();
    let head = runs::head(&database, &file).await;
    measure::note("head, as fast as it goes", &head);
    forget(cluster, &database);
    let mut delays = Vec::new();
    for (block, slot_ms) in PACES {
        let rate = block * 1_000 / slot_ms;
        let file = made(folder, "paced", rate * PACED_S, block);
        let database = cluster.empty_database().unwrap();
        delays.push((rate, slot_ms, runs::paced(&database, &file, slot_ms).await));
        forget(cluster, &database);
    }
    let figures = measure::Figures { backfill, bare, keyed, divided, head, delays, rows: count };
    figures.print();
    println!();
    sizes::print(&sizes, backfill.events);
}

fn forget(cluster: &Cluster, database: &str) {
    let name = database.split('?').next().unwrap().rsplit('/').next().unwrap();
    cluster.sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
}
