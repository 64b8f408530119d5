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

mod drain;
mod market;
mod promises;
mod random;
mod steps;

use market::Market;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}

fn run(seed: u64, steps: u64) {
    println!("TALLY_SEED={seed} TALLY_STEPS={steps}");
    let mut market = Market::new(seed);
    for step in 0..steps {
        let name = market.step();
        promises::check(&mut market, step, name);
    }
    market.report();
    drain::everybody_gets_out(&mut market);
}

// Four series run in parallel; together at least 10,000 steps.

#[test]
fn promises_hold_over_a_random_sequence_1() {
    run(setting("TALLY_SEED", 1), setting("TALLY_STEPS", 2_500));
}

#[test]
fn promises_hold_over_a_random_sequence_2() {
    run(setting("TALLY_SEED", 1).wrapping_add(1_000_000), setting("TALLY_STEPS", 2_500));
}

#[test]
fn promises_hold_over_a_random_sequence_3() {
    run(setting("TALLY_SEED", 1).wrapping_add(2_000_000), setting("TALLY_STEPS", 2_500));
}

#[test]
fn promises_hold_over_a_random_sequence_4() {
    run(setting("TALLY_SEED", 1).wrapping_add(3_000_000), setting("TALLY_STEPS", 2_500));
}
