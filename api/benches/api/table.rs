//! Figures and how they are printed. Ratios are whole hundredths.

use super::exports::Export;
use super::listeners::{BURST, Figures, LISTENERS};
use super::load::{CONNECTIONS, Kind, Line};
use super::machine::today;

/// A rate by another, in hundredths.
pub fn hundredths(rate: u64, other: u64) -> u64 {
    rate * 100 / other.max(1)
}

/// Hundredths as they are written.
pub fn ratio(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Microseconds as milliseconds.
fn ms(micros: u64) -> String {
    format!("{} ms", ratio(micros / 10))
}

/// Of a rate in 1,000 seconds; with a digit behind the point where there are few.
fn a_second(a_thousand_seconds: u64) -> String {
    if a_thousand_seconds >= 100_000 {
        return (a_thousand_seconds / 1_000).to_string();
    }
    format!("{}.{}", a_thousand_seconds / 1_000, a_thousand_seconds % 1_000 / 100)
}

fn mib(kib: u64) -> String {
    format!("{}.{}", kib / 1_024, kib % 1_024 * 10 / 1_024)
}

/// Everything.
pub fn print(about: &str, load: &str, lines: &[Line], listeners: &Figures, exports: &[Export]) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "Run on {}, {cores} cores, load of the machine before it began: {load}; {about}; {CONNECTIONS} readers at a \
         time, {CONNECTIONS} connections to the database.\n",
        today()
    );
    requests(lines);
    println!();
    streams(listeners);
    println!();
    tables(exports);
}

fn requests(lines: &[Line]) {
    println!(
        "| request | bytes | statements | requests/s here | 99 of 100 within | by `pgbench` | by a bare route |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for line in lines {
        let by_pgbench = line.by_pgbench().map(ratio).unwrap_or_default();
        println!(
            "| {} | {} | {} | {} | {} | {by_pgbench} | {} |",
            line.name,
            line.bytes,
            line.statements,
            a_second(line.api.a_thousand_seconds),
            ms(line.api.micros_99),
            ratio(line.by_bare())
        );
    }
    let of = |kind: Kind| lines.iter().filter(move |line| line.kind == kind);
    let rows = of(Kind::Row).filter_map(Line::by_pgbench).min().unwrap_or(0);
    let hits = of(Kind::Hit).map(Line::by_bare).min().unwrap_or(0);
    println!(
        "\nAims: each read of one thing at least 0.70 of `pgbench`: {}. Each hit at least 0.80 of a bare route: {}.",
        reached(rows, 70),
        reached(hits, 80)
    );
}

fn reached(least: u64, aim: u64) -> String {
    let least_written = ratio(least);
    if least >= aim {
        format!("reached, {least_written}")
    } else {
        format!("**not reached**, {least_written}")
    }
}

fn streams(figures: &Figures) {
    let Figures { idle_kib, listening_kib, peak_kib, after_kib, joined, one, burst } = figures;
    let each = listening_kib.saturating_sub(*idle_kib) * 1_024 / LISTENERS as u64;
    println!("| listeners | resident, MiB |\n|---|---:|");
    println!("| none | {} |", mib(*idle_kib));
    println!("| {LISTENERS}, each {each} bytes | {} |", mib(*listening_kib));
    println!("| at most, while {BURST} events at once reach all of them | {} |", mib(*peak_kib));
    println!("| once they have | {} |", mib(*after_kib));
    println!("\n| what is waited for | ms |\n|---|---:|");
    println!("| all {LISTENERS} are connected and answered | {} |", joined.as_millis());
    println!("| all have an event, from its commit on | {} |", one.as_millis());
    println!("| all have the last of {BURST} events of one commit | {} |", burst.as_millis());
}

fn tables(exports: &[Export]) {
    println!(
        "| export of `events` | rows | bytes | ms | rows/s here | resident before, MiB | at most above it, MiB |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for export in exports {
        let Export { format, part, rows, bytes, took, idle_kib, above_kib } = export;
        let a_second = rows * 1_000 / (took.as_millis() as u64).max(1);
        println!(
            "| {format}, {part} | {rows} | {bytes} | {} | {a_second} | {} | {} |",
            took.as_millis(),
            mib(*idle_kib),
            mib(*above_kib)
        );
    }
}
