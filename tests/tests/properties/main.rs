//! Random sequences of instructions against the compiled program: after every step the design's
//! promises hold, and from where the sequence ends everybody can get out what they are owed, with
//! the oracle dead and nobody's help.
//!
//! `TALLY_SEED` picks another series, `TALLY_STEPS` its length; both are printed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod auctions;
mod drain;
mod governing;
mod market;
mod mutants;
mod promises;
mod random;
mod steps;
mod surroundings;

use market::{Counts, Market};
use std::io::Write;

/// Steps of each series.
const STEPS: u64 = 3_000;
/// Series that run in parallel; together at least 10,000 instructions.
const SERIES: u64 = 4;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}

/// Says it even if the test passes, when what is printed is thrown away.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// One series; how often each step was done and refused.
fn run(seed: u64, steps: u64) -> Counts {
    let mut market = Market::new(seed);
    for step in 0..steps {
        let name = market.step();
        promises::check(&mut market, step, name);
    }
    market.mutating = false;
    drain::everybody_gets_out(&mut market);
    market.counts
}

#[test]
fn promises_hold_over_random_sequences_and_everybody_gets_out() {
    let (seed, steps) = (setting("TALLY_SEED", 1), setting("TALLY_STEPS", STEPS));
    say(&format!("TALLY_SEED={seed} TALLY_STEPS={steps}, {SERIES} series"));
    let series: Vec<_> = (0..SERIES)
        .map(|number| {
            let seed = seed.wrapping_add(number * 1_000_000);
            // Its name is in the message of whatever fails.
            let thread = std::thread::Builder::new().name(format!("series with TALLY_SEED={seed}"));
            thread.spawn(move || run(seed, steps)).expect("a thread")
        })
        .collect();
    let mut all = Counts::new();
    for one in series {
        for (name, (done, refused)) in one.join().expect("a promise was broken: see above") {
            let sum = all.entry(name).or_default();
            *sum = (sum.0 + done, sum.1 + refused);
        }
    }
    say(&format!("{:<18} {:>7} {:>7}", "step", "done", "refused"));
    for (name, (done, refused)) in &all {
        say(&format!("{name:<18} {done:>7} {refused:>7}"));
    }
    // A short series that somebody asked for may miss what is rare.
    if steps >= STEPS {
        let sent: u64 = all.values().map(|(done, refused)| done + refused).sum();
        assert!(sent >= 10_000, "only {sent} instructions were sent");
        let never: Vec<_> =
            all.iter().filter(|(name, count)| count.0 == 0 && **name != "as somebody else").collect();
        assert!(never.is_empty(), "never succeeded, so that the series test too little: {never:?}");
    }
}
