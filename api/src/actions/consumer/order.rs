//! From what a person chooses to the order that a job is opened with: defaults, units, checks.

use super::open_job::{OpenJob, Rail};
use crate::actions::desk::Scene;
use crate::actions::refusal::{contradicts, program_refuses, refused};
use crate::actions::values::{Hash, percent, units};
use crate::error::Result;
use crate::moment::span;
use settlement_interface::accounts::Provider;
use settlement_interface::oracle::Quote;
use settlement_interface::parameters::{DAY, HOUR, MINUTE};
use settlement_interface::rules::check_auction;
use settlement_interface::terms::{METER_REGISTERED, METER_SESSION, Order};
use settlement_interface::{Address, SettlementError};
use tally_client::amounts::USD_DECIMALS;
use tally_client::order::{GPU_HOUR, GPU_SECOND, PRICE_DECIMALS, affordable_hours, listed};

/// For how long an offer stands, and how long after the last acceptance a provider may take to start
/// beyond the network's `min_lead`, if nothing else is said.
const OFFER: i64 = 30;
const START: i64 = 15;

/// An order with its escrow, ready for the program.
#[derive(Debug)]
pub struct Offer {
    /// The order.
    pub order: Order,
    /// Base units of the rail's currency for the escrow.
    pub escrow: u64,
    /// The price that they were worked out with; `None` if they were chosen, or are dollars.
    pub price: Option<Quote>,
}

/// Makes the order of a choice of `wallet` for this provider; without one in an auction.
///
/// # Errors
/// [`Kind::InvalidParameter`](crate::error::Kind::InvalidParameter) for what cannot be read,
/// [`Kind::Refused`](crate::error::Kind::Refused) for what the program refuses.
pub fn offer(
    choice: &OpenJob,
    scene: &Scene,
    provider: Option<&Provider>,
    wallet: &Address,
) -> Result<Offer> {
    scene.not_paused()?;
    let (facts, now) = (&scene.facts, scene.facts.now);
    let currency = scene.currency(choice.rail as u8)?;
    if let Some(mint) = choice.mint.filter(|mint| mint.0 != currency.mint) {
        return Err(refused(format!(
            "Jobs of this rail are paid in {} of {}; {} is another mint.",
            currency.name, currency.mint, mint.0
        )));
    }
    let budget = units("budget", &choice.budget, USD_DECIMALS)?;
    if budget == 0 {
        return Err(refused(
            "The budget must be greater than zero: it is the most that the work may cost, in USD.",
        ));
    }
    let meter = choice.meter(wallet);
    if provider.is_some_and(|provider| meter == provider.authority) {
        return Err(program_refuses(SettlementError::MeterIsParty));
    }
    let (hardware, rate) = rate(choice, provider)?;
    let gpus = u64::from(choice.gpus.unwrap_or(1));
    if gpus == 0 {
        return Err(refused("gpus must be greater than zero."));
    }
    let times = times(choice, now, facts.config.parameters.min_lead)?;
    let hours = match choice.hours {
        Some(hours) => i64::from(hours),
        None => affordable_hours(budget, rate, gpus),
    };
    let end_by = times.start_by.saturating_add(hours.saturating_mul(HOUR));
    let min_price =
        choice.min_price.as_ref().map(|price| units("min_price", price, PRICE_DECIMALS)).transpose()?;
    let sla = choice.service_level.as_ref().map(|share| percent("service_level", share)).transpose()?;
    let order = Order {
        meter,
        spec_hash: choice.spec.map(|Hash(hash)| hash).unwrap_or_default(),
        panel: [0; 32],
        budget,
        rate,
        unit: GPU_HOUR,
        unit_cap: gpus.saturating_mul(GPU_SECOND),
        min_price: min_price.unwrap_or(0),
        bid_end: times.bid_end,
        offer_by: times.offer_by,
        start_by: times.start_by,
        end_by,
        convert_by: match choice.rail {
            Rail::Token => end_by.saturating_add(DAY.saturating_mul(7)),
            Rail::Stable => 0,
        },
        silence_max: i64::from(choice.silence_minutes.unwrap_or(60)).saturating_mul(MINUTE),
        hardware,
        sla_bps: sla.unwrap_or(0),
        rail: choice.rail as u8,
        meter_kind: if choice.has_registered_meter() { METER_REGISTERED } else { METER_SESSION },
        verifiable: 0,
        open_acceptance: u8::from(choice.anyone_accepts == Some(true)),
    };
    order.validate(now).map_err(program_refuses)?;
    check_auction(&order, &facts.config.parameters, now).map_err(program_refuses)?;
    let (escrow, price) = escrow(choice, scene, budget)?;
    Ok(Offer { order, escrow, price })
}

/// When what has to have happened.
struct Times {
    bid_end: i64,
    offer_by: i64,
    start_by: i64,
}

fn times(choice: &OpenJob, now: i64, min_lead: i64) -> Result<Times> {
    let minutes = |minutes: i64| minutes.saturating_mul(MINUTE);
    let bid_end = choice.auction_minutes.map_or(0, |length| now.saturating_add(minutes(length.into())));
    // Nothing can be accepted before bidding has ended.
    let from = bid_end.max(now);
    let accepted = from.saturating_add(minutes(choice.accept_minutes.map_or(OFFER, i64::from)));
    let start_by = match choice.start_minutes {
        Some(length) => now.saturating_add(minutes(length.into())),
        // Whoever accepts at the last moment of the usual time still has some to start.
        None => from.saturating_add(minutes(OFFER)).saturating_add(min_lead).saturating_add(minutes(START)),
    };
    // After that moment the program refuses every acceptance, whatever the order says.
    let accepted_by = start_by.saturating_sub(min_lead);
    if accepted_by <= from {
        let start = start_by.saturating_sub(now).checked_div(MINUTE).unwrap_or(0);
        return Err(refused(format!(
            "Nobody could accept the job: a provider must accept {} before the last moment to start at the latest, but \
             start_minutes is {start}; raise it.",
            span(min_lead),
        )));
    }
    Ok(Times { bid_end, offer_by: accepted.min(accepted_by), start_by })
}

/// Hardware class and rate, micro-dollars per GPU hour: as chosen, else off the provider's rate card.
fn rate(choice: &OpenJob, provider: Option<&Provider>) -> Result<(u16, u64)> {
    let card = provider.map(|provider| provider.rates.as_slice()).unwrap_or_default();
    let (class, asked) = listed(card, choice.hardware);
    let rate = match (&choice.rate, asked) {
        (Some(rate), _) => units("rate", rate, USD_DECIMALS)?,
        (None, Some(asked)) => asked,
        (None, None) if provider.is_none() => {
            return Err(contradicts("rate", "name the most that bidders may ask for, in USD per GPU hour"));
        }
        (None, None) => {
            return Err(refused(
                "The provider's rate card has no rate for this hardware; name one with rate, in USD per GPU hour.",
            ));
        }
    };
    if rate == 0 {
        return Err(refused("The rate must be greater than zero, in USD per GPU hour."));
    }
    Ok((class, rate))
}

/// Base units for the escrow: as chosen, else the budget in dollars, or what it is worth in tokens now and a
/// margin, with the price.
fn escrow(choice: &OpenJob, scene: &Scene, budget: u64) -> Result<(u64, Option<Quote>)> {
    let decimals = scene.currency(choice.rail as u8)?.decimals;
    if let Some(tokens) = &choice.tokens {
        let escrow = units("tokens", tokens, decimals)?;
        return if escrow == 0 {
            Err(program_refuses(SettlementError::ZeroEscrow))
        } else {
            Ok((escrow, None))
        };
    }
    if choice.rail == Rail::Stable {
        return Ok((budget, None));
    }
    let quote = scene.facts.quote.map_err(|halt| {
        refused(format!(
            "No price of the token qualifies at the moment ({}), so that the budget's worth is unknown; say with tokens how many to put into escrow.",
            halt.name()
        ))
    })?;
    let escrow = tally_client::order::escrow(budget, &quote)
        .ok_or_else(|| refused("The budget is worth more tokens than there can be; lower it."))?;
    Ok((escrow, Some(quote)))
}
