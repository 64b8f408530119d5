//! Random sequences of every instruction against the compiled program, beside a reference model in plain
//! Rust ([`spec`]): after each step both agree on every entity and every balance, or on why nothing
//! changed; the design's promises hold; and from any moment everybody can get out what they are owed with nobody's
//! key but one's own, whatever the oracle does ([`drain`]): at random moments, and where the market stands somewhere
//! that was not drained before ([`classes`]).
//!
//! `TALLY_SEED` picks other series, `TALLY_STEPS` how many steps they have together. What fails names the
//! seed of its series and the step: with `TALLY_SERIES=1` that series is played again alone.
//! `TALLY_REASONS=1` prints why steps were refused, too, and from which classes of states nobody got out.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

mod beginning;
mod build;
mod classes;
mod compare;
mod drain;
mod essential;
mod feed;
mod judging;
mod market;
mod mutants;
mod owed;
mod promises;
mod random;
mod recording;
mod spec;
mod stated;
mod steps;

use market::Market;
use settlement_interface::events::Event;
use settlement_interface::wire::{INSTRUCTIONS, discriminator};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Steps in all.
const STEPS: u64 = 20_000;
/// Steps of each series: long enough for every state, short enough that no wallet runs dry.
const LENGTH: u64 = 5_000;
/// In how many steps a drain begins at random, on average.
const DRAIN: u64 = 1_200;

/// What happens before a market is watched, or too seldom to be asked of every series.
const RARE: [&str; 3] = ["Initialized", "StableOpened", "PenaltyDelayed"];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}

/// Says it even if the test passes, when what is printed is thrown away.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What was played in all series.
#[derive(Default)]
struct Played {
    steps: u64,
    sent: u64,
    drains: u64,
    coverage: classes::Coverage,
    counts: market::Counts,
    reasons: BTreeMap<String, u64>,
    carried: BTreeMap<[u8; 8], u64>,
    happened: BTreeMap<&'static str, u64>,
}

/// One series, at whose end everybody gets out.
fn run(seed: u64, steps: u64, played: &Mutex<Played>) {
    let mut market = Market::new(seed);
    while market.steps < steps {
        market.step();
        let sometimes = market.random.one_in(DRAIN);
        if market.is_somewhere_new() || sometimes {
            market.everybody_gets_out();
        }
    }
    market.everybody_gets_out();
    let mut all = played.lock().unwrap();
    all.steps += market.steps;
    all.sent += market.played;
    all.drains += market.drains;
    all.coverage.add(market.coverage);
    for (name, (accepted, refused)) in market.counts {
        let sum = all.counts.entry(name).or_default();
        *sum = (sum.0 + accepted, sum.1 + refused);
    }
    for (reason, count) in market.reasons {
        *all.reasons.entry(reason).or_default() += count;
    }
    for (instruction, count) in market.carried {
        *all.carried.entry(instruction).or_default() += count;
    }
    for (event, count) in market.happened {
        *all.happened.entry(event).or_default() += count;
    }
}

#[test]
fn promises_hold_over_random_sequences_and_everybody_gets_out() {
    let (seed, steps) = (setting("TALLY_SEED", 1), setting("TALLY_STEPS", STEPS));
    let series = setting("TALLY_SERIES", steps.div_ceil(LENGTH));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    say(&format!("TALLY_SEED={seed} TALLY_STEPS={steps}, {series} series on {workers} threads"));
    let (next, played) = (AtomicU64::new(0), Mutex::new(Played::default()));
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= series {
                        return;
                    }
                    // An odd stride: every other network has a stablecoin of the other token program.
                    run(seed.wrapping_add(number * 1_000_001), steps.div_ceil(series), &played);
                }
            });
        }
    });
    let all = played.into_inner().unwrap();
    say(&format!("{:<16} {:>9} {:>9}", "step", "accepted", "refused"));
    for (name, (accepted, refused)) in &all.counts {
        say(&format!("{name:<16} {accepted:>9} {refused:>9}"));
    }
    let seconds = started.elapsed().as_secs().max(1);
    say(&format!(
        "{} steps, {} drains, {} transactions with theirs, in {seconds} s",
        all.steps, all.drains, all.sent
    ));
    let drained: BTreeSet<_> = all.coverage.drained.iter().map(|(class, _)| class).collect();
    say(&format!("{} classes of states seen, {} drained", all.coverage.seen.len(), drained.len()));
    if std::env::var_os("TALLY_REASONS").is_some() {
        let undrained = all.coverage.seen.iter().filter(|class| !drained.contains(class));
        undrained.for_each(|class| say(&format!("not drained: {}", class.join(", "))));
        all.reasons.iter().for_each(|(reason, count)| say(&format!("{reason} {count}")));
        all.happened.iter().for_each(|(event, count)| say(&format!("{event} {count}")));
    }
    // A short series that somebody asked for may miss what is rare.
    if steps >= STEPS {
        let started = discriminator("initialize");
        let never: Vec<_> = INSTRUCTIONS
            .iter()
            .filter(|(first, _)| *first != started && !all.carried.contains_key(first))
            .collect();
        assert!(never.is_empty(), "never went through, so that the series test too little: {never:?}");
        let missing: Vec<_> = Event::NAMES
            .iter()
            .filter(|name| !RARE.contains(name) && !all.happened.contains_key(*name))
            .collect();
        assert!(missing.is_empty(), "never happened, so that the series test too little: {missing:?}");
        let undrained = all.coverage.missing;
        assert!(
            undrained.is_empty(),
            "nobody got out from there, so that the series test too little: {undrained:?}"
        );
        for feed in feed::NAMES {
            let owed = |class: &classes::Class| classes::covers(class, &["token", "outstanding"]);
            let drained = all.coverage.drained.iter().any(|(class, with)| *with == feed && owed(class));
            assert!(drained, "nobody got out with work to be converted and the oracle {feed}");
        }
    }
}
