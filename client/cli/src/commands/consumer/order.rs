//! From what a person chooses to the order that a job is opened with: defaults, units, checks.

use super::open::{Open, Rail};
use crate::arguments::{Amount, Digest, HashedFile, PanelText, Percent, Span, local, span};
use crate::commands::checks::not_paused;
use crate::context::Facts;
use crate::failure::{Failure, Result, program_refuses, refused};
use tally_client::interface::accounts::Provider;
use tally_client::interface::oracle::Quote;
use tally_client::interface::parameters::{DAY, HOUR, MINUTE};
use tally_client::interface::rules::check_auction;
use tally_client::interface::terms::{METER_REGISTERED, METER_SESSION, Order};
use tally_client::interface::{Address, SettlementError};
use tally_client::order::{GPU_HOUR, GPU_SECOND, PRICE_DECIMALS, affordable_hours, listed};

/// For how long an offer stands, and how long after the last acceptance a provider may take to start
/// beyond the network's `min_lead`, if nothing else is said.
const OFFER: i64 = 30 * MINUTE;
const START: i64 = 15 * MINUTE;

/// An order with its escrow, ready for the program.
#[derive(Debug)]
pub struct Offer {
    /// The order.
    pub order: Order,
    /// Base units of the rail's currency for the escrow.
    pub escrow: u64,
    /// The price that they were worked out with; `None` if they were chosen.
    pub price: Option<Quote>,
    /// What was not chosen, in words.
    pub defaults: Vec<String>,
}

/// Makes the order of a choice of `wallet` for this provider.
pub fn offer(choice: &Open, facts: &Facts, provider: Option<&Provider>, wallet: &Address) -> Result<Offer> {
    not_paused(facts)?;
    let mut defaults = Vec::new();
    let budget = choice.budget.usd("budget")?;
    let meter = choice.meter.map_or(*wallet, |meter| meter.0);
    if provider.is_some_and(|provider| meter == provider.authority) {
        return Err(program_refuses(SettlementError::MeterIsParty));
    }
    let (hardware, rate) = rate(choice, provider, &mut defaults)?;
    let gpus = u64::from(choice.gpus);
    if gpus == 0 {
        return Err(Failure::Usage("gpus: there must be at least one".into()));
    }
    if choice.anyone_accepts && choice.auction.is_none() {
        return Err(Failure::Usage("--anyone-accepts is about bids, which need --auction".into()));
    }
    let now = facts.now;
    let min_lead = facts.config.parameters.min_lead;
    let stable = choice.rail == Rail::Stable;
    let bid_end = choice.auction.map_or(0, |when| when.at(now));
    let mut offer_by = choice.accept_by.map(|when| when.at(now));
    if bid_end > 0 && offer_by.is_none() {
        defaults.push(format!("accept-by: {} after bidding has ended", span(OFFER)));
        offer_by = Some(bid_end.saturating_add(OFFER));
    }
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
        panel: choice.panel.map_or([0; 32], |PanelText(panel)| panel.hash()),
        budget,
        rate,
        unit: GPU_HOUR,
        unit_cap: gpus.saturating_mul(GPU_SECOND),
        min_price: min_price.unwrap_or(0),
        bid_end,
        offer_by,
        start_by,
        end_by,
        convert_by: match choice.convert_by {
            Some(at) => at.at(now),
            None if stable => 0,
            None => end_by.saturating_add(DAY.saturating_mul(7)),
        },
        silence_max: choice.silence.map_or(HOUR, |Span(seconds)| seconds),
        hardware,
        sla_bps: choice.service_level.map_or(0, |Percent(bps)| bps),
        rail: choice.rail as u8,
        meter_kind: if choice.registered_meter { METER_REGISTERED } else { METER_SESSION },
        verifiable: u8::from(choice.panel.is_some()),
        open_acceptance: u8::from(choice.anyone_accepts),
    };
    order.validate(now).map_err(program_refuses)?;
    check_auction(&order, &facts.config.parameters, now).map_err(program_refuses)?;
    let (escrow, price) = match (stable, &choice.tokens) {
        (false, tokens) => escrow(tokens.as_ref(), facts, budget)?,
        (true, Some(dollars)) => (dollars.usd("tokens")?, None),
        (true, None) => (budget, None),
    };
    Ok(Offer { order, escrow, price, defaults })
}

/// Hardware class and rate, micro-dollars per GPU hour: as chosen, else off the provider's rate card.
fn rate(choice: &Open, provider: Option<&Provider>, defaults: &mut Vec<String>) -> Result<(u16, u64)> {
    let card = provider.map(|provider| provider.rates.as_slice()).unwrap_or_default();
    let (class, asked) = listed(card, choice.hardware);
    match (&choice.rate, asked) {
        (Some(rate), _) => Ok((class, rate.usd("rate")?)),
        (None, Some(asked)) => {
            defaults.push(format!("rate: the provider's own for hardware class {class}"));
            Ok((class, asked))
        }
        (None, None) if provider.is_none() => {
            refused("name the most that bidders may ask for with --rate, in dollars per GPU hour")
        }
        (None, None) => refused(
            "the provider's rate card has no rate for this hardware; name one with --rate, in dollars per GPU hour",
        ),
    }
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
    match tally_client::order::escrow(budget, quote) {
        Some(escrow) => Ok((escrow, Some(*quote))),
        None => refused("the budget is worth more tokens than there can be; lower it"),
    }
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
