#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]
mod build;
mod compare;
mod drain;
mod market;
mod promises;
mod mutants;
mod random;
mod spec;
mod steps;

#[test]
fn agree() {
    let setting = |name: &str, default: u64| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let (seed, steps) = (setting("TALLY_SEED", 1), setting("TALLY_STEPS", 3_000));
    let start = std::time::Instant::now();
    let mut market = market::Market::new(seed);
    while market.played < steps {
        market.step();
        if market.random.one_in(800) {
            market.everybody_gets_out();
        }
    }
    market.everybody_gets_out();
    for (name, count) in &market.counts {
        eprintln!("{name} {count:?}");
    }
    for (name, count) in &market.reasons {
        eprintln!("{name} {count}");
    }
    eprintln!("{:?}", start.elapsed());
}
