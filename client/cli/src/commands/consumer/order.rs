//! From what a person chooses to the order that a job is opened with: defaults, units, checks.

use super::open::Open;
use crate::arguments::{Amount, Digest, HashedFile, Span, local, span};
use crate::commands::checks::not_paused;
use crate::context::Facts;
use crate::failure::{Failure, Result, program_refuses, refused};
use tally_client::interface::accounts::Provider;
use tally_client::interface::math::mul_div_ceil;
use tally_client::interface::oracle::Quote;
use tally_client::interface::parameters::{DAY, HOUR, MINUTE};
use tally_client::interface::rules::tokens_ceil;
use tally_client::interface::terms::{METER_SESSION, Order, RAIL_TOKEN};
use tally_client::interface::{Address, SettlementError};

/// Decimals of `min_price`.
const PRICE_DECIMALS: u32 = 8;
/// GPU milliseconds in an hour: what a rate pays for; and in a second.
const GPU_HOUR: u64 = 3_600_000;
const GPU_SECOND: u64 = 1_000;
/// Escrow taken if none is named: what the budget is worth at the price that qualifies now, and a
/// quarter more, so that a falling price does not leave work unpaid.
const MARGIN: (u128, u128) = (5, 4);
/// For how long an offer stands, and how long after the last acceptance a provider may take to start
/// beyond the network's `min_lead`, if nothing else is said.
const OFFER: i64 = 30 * MINUTE;
const START: i64 = 15 * MINUTE;

/// An order with its escrow, ready for the program.
#[derive(Debug)]
pub struct Offer {
    /// The order.
    pub order: Order,
    /// Base units for the escrow.
    pub escrow: u64,
    /// The price that they were worked out with; `None` if they were chosen.
    pub price: Option<Quote>,
    /// What was not chosen, in words.
    pub defaults: Vec<String>,
}

/// Makes the order of a choice of `wallet` for this provider.
pub fn offer(choice: &Open, facts: &Facts, provider: &Provider, wallet: &Address) -> Result<Offer> {
    not_paused(facts)?;
    let mut defaults = Vec::new();
    let budget = choice.budget.usd("budget")?;
    let meter = choice.meter.map_or(*wallet, |meter| meter.0);
    if meter == provider.authority {
        return Err(program_refuses(SettlementError::MeterIsParty));
    }
    let (hardware, rate) = rate(choice, provider, &mut defaults)?;
    let gpus = u64::from(choice.gpus);
    if gpus == 0 {
        return Err(Failure::Usage("gpus: there must be at least one".into()));
    }
    let now = facts.now;
    let min_lead = facts.config.parameters.min_lead;
    let offer_by = choice.accept_by.map(|when| when.at(now));
    let start_by = choice.start_by.map_or_else(
        || {
            let last = offer_by.unwrap_or_else(|| now.saturating_add(OFFER));
            let start_by = last.saturating_add(min_lead).saturating_add(START);
            defaults.push(format!(
                "start-by: {} after the last acceptance",
                span(min_lead.saturating_add(START))
            ));
            start_by
        },
        |when| when.at(now),
    );
    // After that moment the program refuses every acceptance, whatever the order says.
    let accepted_by = start_by.saturating_sub(min_lead);
    if accepted_by <= now {
        return refused(format!(
            "nobody could accept the job: a provider must accept {} before the last moment to start, which is {}; \
             name a later --start-by",
            span(min_lead),
            local(start_by, now)
        ));
    }
    let end_by = match choice.end_by {
        Some(when) => when.at(now),
        None => {
            let hours = affordable_hours(budget, rate, gpus);
            defaults.push(format!(
                "end-by: {hours} h after the last start, which the budget pays for, and one more"
            ));
            start_by.saturating_add(hours.saturating_mul(HOUR))
        }
    };
    let offer_by = offer_by.unwrap_or_else(|| {
        defaults.push(format!("accept-by: {} from now, or min_lead before the last start", span(OFFER)));
        now.saturating_add(OFFER).min(accepted_by)
    });
    let min_price =
        choice.min_price.as_ref().map(|price| price.units("min-price", PRICE_DECIMALS)).transpose()?;
    let order = Order {
        meter,
        spec_hash: spec(choice.spec_hash, choice.spec),
        panel: [0; 32],
        budget,
        rate,
        unit: GPU_HOUR,
        unit_cap: gpus.saturating_mul(GPU_SECOND),
        min_price: min_price.unwrap_or(0),
        bid_end: 0,
        offer_by,
        start_by,
        end_by,
        convert_by: choice
            .convert_by
            .map_or_else(|| end_by.saturating_add(DAY.saturating_mul(7)), |at| at.at(now)),
        silence_max: choice.silence.map_or(HOUR, |Span(seconds)| seconds),
        hardware,
        sla_bps: 0,
        rail: RAIL_TOKEN,
        meter_kind: METER_SESSION,
        verifiable: 0,
        open_acceptance: 0,
    };
    order.validate(now).map_err(program_refuses)?;
    let (escrow, price) = escrow(choice.tokens.as_ref(), facts, budget)?;
    Ok(Offer { order, escrow, price, defaults })
}

/// Hardware class and rate, micro-dollars per GPU hour: as chosen, else off the provider's rate card.
fn rate(choice: &Open, provider: &Provider, defaults: &mut Vec<String>) -> Result<(u16, u64)> {
    let mut entries = provider.rates.iter().filter(|entry| entry.rate > 0);
    let entry = match choice.hardware {
        Some(class) => entries.find(|entry| entry.hardware == class),
        None => entries.next(),
    };
    let class = choice.hardware.or(entry.map(|entry| entry.hardware)).unwrap_or(0);
    match (&choice.rate, entry) {
        (Some(rate), _) => Ok((class, rate.usd("rate")?)),
        (None, Some(entry)) => {
            defaults.push(format!("rate: the provider's own for hardware class {class}"));
            Ok((class, entry.rate))
        }
        (None, None) => refused(
            "the provider's rate card has no rate for this hardware; name one with --rate, in dollars per GPU hour",
        ),
    }
}

/// Whole hours that the budget pays for, and one more; at most a year less the time to start.
fn affordable_hours(budget: u64, rate: u64, gpus: u64) -> i64 {
    let hourly = u128::from(rate).saturating_mul(u128::from(gpus));
    let hours = mul_div_ceil(u128::from(budget), 1, hourly).unwrap_or(0).saturating_add(1);
    i64::try_from(hours).unwrap_or(i64::MAX).min(360 * 24)
}

fn spec(hash: Option<Digest>, file: Option<HashedFile>) -> [u8; 32] {
    hash.or(file.map(|file| file.0)).map_or([0; 32], |digest| digest.0)
}

/// Base units for the escrow: as chosen, else what the budget is worth now and a margin, with the price.
fn escrow(tokens: Option<&Amount>, facts: &Facts, budget: u64) -> Result<(u64, Option<Quote>)> {
    if let Some(tokens) = tokens {
        return Ok((tokens.positive("tokens", facts.decimals())?, None));
    }
    let quote = facts.quote.as_ref().or_else(|halt| {
        refused(format!(
            "no price of the token qualifies at the moment ({}), so that the budget's worth is unknown; say with \
             --tokens how many to put into escrow",
            halt.name()
        ))
    })?;
    let worth = || {
        let tokens = tokens_ceil(budget, quote.spot, quote.scale)?;
        let (times, per) = MARGIN;
        u64::try_from(mul_div_ceil(tokens, times, per)?).ok()
    };
    match worth() {
        Some(escrow) => Ok((escrow, Some(*quote))),
        None => refused("the budget is worth more tokens than there can be; lower it"),
    }
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
