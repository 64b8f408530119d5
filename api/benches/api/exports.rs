//! A whole table as a file: how long it takes, and whether the service's memory depends on how many rows it has.

use super::database::Database;
use super::http;
use super::service::Service;
use std::time::{Duration, Instant};

pub struct Export {
    pub format: &'static str,
    /// How much of the table.
    pub part: &'static str,
    pub rows: u64,
    pub bytes: u64,
    pub took: Duration,
    pub idle_kib: u64,
    /// The most resident memory above that.
    pub above_kib: u64,
}

/// A tenth of all events and all of them, in each format, each by a service that has made no other.
pub async fn measure(database: &Database) -> Vec<Export> {
    let all = database.number("SELECT count(*) FROM events").await;
    let tenth = format!("SELECT at FROM events ORDER BY slot OFFSET {} LIMIT 1", all / 10);
    let until = database.number(&tenth).await;
    let some = database.number(&format!("SELECT count(*) FROM events WHERE at < {until}")).await;
    let mut exports = Vec::new();
    for (format, name) in [("csv", "CSV"), ("parquet", "Parquet")] {
        for (part, rows, to) in [("a tenth", some, format!("&to={until}")), ("all", all, String::new())] {
            let service = Service::start(&database.url, &[]);
            http::get(&service.address, "/v1/events?limit=200", &[]);
            let idle_kib = service.resident_kib();
            service.forget_peak();
            let started = Instant::now();
            let bytes = http::drain(&service.address, &format!("/v1/exports/events?format={format}{to}"));
            let took = started.elapsed();
            let above_kib = service.peak_kib().saturating_sub(idle_kib);
            eprintln!("{name}, {part}: {bytes} bytes in {} ms", took.as_millis());
            let rows = rows.unsigned_abs();
            exports.push(Export { format: name, part, rows, bytes, took, idle_kib, above_kib });
        }
    }
    exports
}
