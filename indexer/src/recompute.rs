//! Reputation out of exported events alone: no database, no API, nothing but the chain's own words and the formula.
//!
//! The events are those that `GET /v1/exports/events` gives, from the first on. They are folded as the indexer folds them,
//! and their numbers show that none is missing: a hole, or an event that contradicts those before it, ends it.

use crate::Error;
use crate::decode::{Key, Placed};
use crate::fold::{Fact, Readiness, World, apply, readiness};
use serde::{Deserialize, Serialize};
use settlement_interface::Address;
use settlement_interface::events::Event;
use settlement_interface::reputation::{Outcome, VERSION, score};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;

/// A row of the export, as far as it is needed: the rest follows from the bytes.
#[derive(Debug, Deserialize)]
struct Row {
    slot: u64,
    signature: String,
    instruction: u32,
    inner_index: u32,
    tx_index: u32,
    /// Hexadecimal.
    data: String,
}

/// Every provider's score at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scores {
    /// Version of the formula.
    pub formula: String,
    /// The moment, Unix seconds.
    pub at: i64,
    /// Events that were read.
    pub events: usize,
    /// By the provider's account.
    pub providers: BTreeMap<String, ProviderScore>,
}

/// A provider's score. Scores and shares are millionths, amounts micro-dollars; what may exceed 53 bits is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderScore {
    /// Lower bound of Wilson's interval.
    pub score: u64,
    /// Upper bound.
    pub upper: u64,
    /// Weighted share of successes.
    pub share: u64,
    /// Nothing is known of it.
    pub newcomer: bool,
    /// Sum of the weights now.
    pub weight: String,
    /// Of it the successes'.
    pub success_weight: String,
    /// Outcomes that count.
    pub outcomes: usize,
    /// Of them failures.
    pub failures: usize,
}

impl Scores {
    /// A line a provider.
    pub fn text(&self) -> String {
        let mut text =
            format!("{} at {} (Unix seconds), out of {} events:\n", self.formula, self.at, self.events);
        for (provider, one) in &self.providers {
            let known = if one.newcomer { "newcomer" } else { "known" };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{provider}  score {}  to {}  share {}  {} outcomes, {} failures, {known}",
                one.score, one.upper, one.share, one.outcomes, one.failures
            );
        }
        text
    }
}

/// Computes every provider's score at a moment, Unix seconds; at the last event's if none is given.
///
/// # Errors
/// If the export cannot be read, is not whole, or leaves out columns.
pub fn scores(export: impl Read, at: Option<i64>) -> Result<Scores, Error> {
    let mut events = read(export)?;
    let key = |placed: &Placed| (placed.key.slot, placed.tx_index, placed.key.instruction, placed.key.inner);
    events.sort_by(|one, other| {
        key(one).cmp(&key(other)).then_with(|| one.key.signature.cmp(&other.key.signature))
    });
    let last = events.last().map(|placed| placed.event.at());
    let at = at.or(last).ok_or_else(|| Error::Setup("The export has no events.".into()))?;
    let mut outcomes: BTreeMap<Address, Vec<Outcome>> = BTreeMap::new();
    let mut world = World::default();
    for placed in &events {
        if let Event::ProviderRegistered(registered) = &placed.event {
            outcomes.entry(registered.provider).or_default();
        }
        follow(&mut world, placed, &mut outcomes)?;
    }
    let mut providers = BTreeMap::new();
    for (provider, outcomes) in outcomes {
        let whole = score(&outcomes, at)
            .ok_or_else(|| Error::Setup(format!("The weights of {provider} leave 128 bits.")))?;
        let failures = outcomes.iter().filter(|outcome| !outcome.success).count();
        let one = ProviderScore {
            score: whole.score,
            upper: whole.upper,
            share: whole.share,
            newcomer: whole.newcomer,
            weight: whole.weight.to_string(),
            success_weight: whole.success_weight.to_string(),
            outcomes: outcomes.len(),
            failures,
        };
        providers.insert(provider.to_string(), one);
    }
    Ok(Scores { formula: format!("reputation/{VERSION}"), at, events: events.len(), providers })
}

/// Folds an event and keeps what it says of a provider's work.
fn follow(
    world: &mut World,
    placed: &Placed,
    outcomes: &mut BTreeMap<Address, Vec<Outcome>>,
) -> Result<(), Error> {
    let name = placed.event.name();
    let (slot, signature) = (placed.key.slot, &placed.key.signature);
    let refused = |what: String| {
        let hint = "export all events from the first on, at one commitment, without `from` and `to`";
        Error::Setup(format!("{name} of slot {slot} in {signature} {what}; {hint}."))
    };
    match readiness(world, &placed.event) {
        Readiness::Ready => {}
        Readiness::Waits(entity, number) => {
            return Err(refused(format!("follows event {number} of {entity}, which is missing")));
        }
        Readiness::Taken(entity) => {
            return Err(refused(format!("has a number among the events of {entity} that another one had")));
        }
    }
    let effects = apply(world, placed)
        .map_err(|contradiction| refused(format!("contradicts those before it: {contradiction}")))?;
    for fact in &effects.facts {
        // Jobs of a provider with itself count for nothing, and nothing weighs nothing.
        if let Fact::Outcome(outcome) = fact
            && !outcome.related
            && outcome.weight > 0
        {
            let counted =
                Outcome { success: outcome.fault.is_none(), weight: outcome.weight, at: effects.at };
            outcomes.entry(outcome.provider).or_default().push(counted);
        }
    }
    Ok(())
}

fn read(export: impl Read) -> Result<Vec<Placed>, Error> {
    let mut events = Vec::new();
    for (number, row) in csv::Reader::from_reader(export).deserialize::<Row>().enumerate() {
        let line = number.saturating_add(2);
        let refused = |what: String| {
            Error::Setup(format!(
                "Line {line} of the export cannot be used: {what}; give it the CSV of /v1/exports/events."
            ))
        };
        let row = row.map_err(|error| refused(error.to_string()))?;
        let data =
            hex::decode(&row.data).map_err(|error| refused(format!("data is not hexadecimal ({error})")))?;
        let event = Event::decode(&data)
            .map_err(|error| refused(error.to_string()))?
            .ok_or_else(|| refused("data is no event".into()))?;
        let Row { slot, instruction, inner_index: inner, tx_index, .. } = row;
        let key = Key { slot, signature: row.signature.into(), instruction, inner };
        events.push(Placed { key, tx_index, event });
    }
    Ok(events)
}
