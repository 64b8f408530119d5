//! Figures and how they are printed. Ratios are whole hundredths.

use super::machine::today;
use std::time::Duration;

/// So many events in that time.
#[derive(Clone, Copy)]
pub struct Rate {
    pub events: u64,
    pub took: Duration,
}

impl Rate {
    pub fn a_second(&self) -> u64 {
        self.events * 1_000 / (self.took.as_millis() as u64).max(1)
    }

    /// This rate by another, in hundredths.
    pub fn by(&self, other: &Self) -> String {
        let hundredths = self.a_second() * 100 / other.a_second().max(1);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// From a block being there to its rows being committed.
pub struct Delays(Vec<Duration>);

impl Delays {
    pub fn new(mut delays: Vec<Duration>) -> Self {
        delays.sort();
        Self(delays)
    }

    fn of(&self, percent: usize) -> u128 {
        let place = (self.0.len() * percent / 100).min(self.0.len() - 1);
        self.0[place].as_millis()
    }
}

pub struct Figures {
    pub backfill: Rate,
    pub bare: Rate,
    pub keyed: Rate,
    /// As `keyed`, with the tables divided.
    pub divided: Rate,
    pub head: Rate,
    /// By events a second and milliseconds of a slot.
    pub delays: Vec<(u64, u64, Delays)>,
    /// Of the back-fill, in all tables.
    pub rows: u64,
}

impl Figures {
    pub fn print(&self) {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let Rate { events, .. } = self.backfill;
        println!("Run on {}, {cores} cores; {events} events, {} rows.\n", today(), self.rows);
        println!("| what | events/s here | by (a) | by (b) |\n|---|---:|---:|---:|");
        for (name, rate) in [
            ("(a) `COPY` of the same rows into tables without indexes", &self.bare),
            ("(b) `COPY` of the same rows into the keyed tables", &self.keyed),
            ("(b) with the tables divided into ten partitions", &self.divided),
            ("back-fill", &self.backfill),
            ("head, as fast as it goes", &self.head),
        ] {
            println!("| {name} | {} | {} | {} |", rate.a_second(), rate.by(&self.bare), rate.by(&self.keyed));
        }
        println!("\n| events/s at the head | in slots of | half within | 99 of 100 within | all within |");
        println!("|---:|---:|---:|---:|---:|");
        for (rate, slot_ms, delays) in &self.delays {
            println!(
                "| {rate} | {slot_ms} ms | {} ms | {} ms | {} ms |",
                delays.of(50),
                delays.of(99),
                delays.of(100)
            );
        }
    }
}

/// A line for whoever waits.
pub fn note(what: &str, rate: &Rate) {
    eprintln!("{what}: {} events in {} ms, {} a second", rate.events, rate.took.as_millis(), rate.a_second());
}

/// Resident memory of this process.
pub fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0)
}
