//! Every instruction, measured in the VM: compute units against stated limits and against the floor
//! under them, bytes of its transaction, rent of what it creates. Prints a table; fails if a limit is
//! exceeded. Nothing is timed: the figures are the same on every machine.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a benchmark of fixed scenarios"
)]

mod bench;
mod floor;
mod scenarios;

fn main() {
    let mut bench = bench::Bench::new();
    scenarios::all(&mut bench);
    bench.print();
    let exceeded = bench.exceeded();
    if !exceeded.is_empty() {
        eprintln!("over the limit: {}", exceeded.join(", "));
        std::process::exit(1);
    }
}
