//! Requests a second of the real program beside `pgbench` with the same statements and beside a route that only
//! answers; thousands of listeners; exports. Everything is measured in one run over one private PostgreSQL with an
//! operator's durability, on the cores that reader, service and database share. Prints tables; nothing here is a test.
//!
//! The market comes from another program, which is named on the command line, because the API does not know who
//! writes its tables: it is told a database and a number of events.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a benchmark of a fixed scenario"
)]

mod bare;
mod database;
mod exports;
mod http;
mod listeners;
mod load;
#[path = "../../../tests/benches/shared/machine.rs"]
mod machine;
mod service;
mod statements;
mod table;

use database::Database;
use machine::Folder;
use std::path::{Path, PathBuf};

struct Asked {
    events: u64,
    /// Fills a database: `FILLER fill DATABASE EVENTS`.
    filler: PathBuf,
}

fn asked() -> Asked {
    let (mut events, mut filler) = (1_000_000, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--events" => {
                events = words.next().and_then(|word| word.parse().ok()).expect("a number of events");
            }
            "--filler" => filler = words.next().map(PathBuf::from),
            "--bench" => {} // cargo says so
            other => panic!("{other} is no option; there are --events N and --filler PROGRAM"),
        }
    }
    let filler = filler.expect("--filler PROGRAM, which fills the database; scripts/bench api names it");
    Asked { events, filler }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let [word, answer] = words.as_slice()
        && word == "bare"
    {
        runtime.block_on(bare::serve(Path::new(answer)));
        return;
    }
    let asked = asked();
    let folder = Folder::new("tally-bench-api");
    runtime.block_on(all(&asked, &folder));
}

async fn all(asked: &Asked, folder: &Folder) {
    let load_before = machine::load();
    let mut database = Database::filled(&asked.filler, asked.events).await;
    let about = database.about().await;
    eprintln!("{about}");
    let lines = load::measure(&database, folder).await;
    let exports = exports::measure(&database).await;
    // Last, because it adds events.
    let listeners = listeners::measure(&mut database).await;
    table::print(&about, &load_before, &lines, &listeners, &exports);
}
