//! From what a person chooses to the order that a job is opened with: defaults, units, checks.

use super::network::{Scene, program_refuses, refused};
use crate::error::{Kind, Problem, Result};
use crate::extract::Address;
use crate::moment::span;
use serde::Deserialize;
use settlement_interface::SettlementError;
use settlement_interface::oracle::Quote;
use settlement_interface::parameters::{DAY, HOUR, MINUTE};
use settlement_interface::terms::{METER_SESSION, Order, RAIL_TOKEN};
use tally_client::amounts::{USD_DECIMALS, parse_decimal};
use tally_client::digest::{BadDigest, Digest};
use tally_client::order::{GPU_HOUR, GPU_SECOND, PRICE_DECIMALS, affordable_hours, listed};
use utoipa::IntoParams;

/// What a person chooses.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Choice {
    /// The provider: its account or its authority's wallet.
    #[param(inline)]
    pub provider: Address,
    /// Most that the work may cost, in USD.
    #[param(example = "25")]
    pub budget: String,
    /// USD per GPU hour; the provider's own rate for the hardware class if not given.
    pub rate: Option<String>,
    /// Hardware class; the first on the provider's rate card if not given.
    pub hardware: Option<u16>,
    /// GPUs that may work at once; 1 if not given.
    pub gpus: Option<u32>,
    /// Tokens to put into escrow; if not given, what the budget is worth at the present price and a
    /// quarter more. Required while no price qualifies. What neither work nor a cancellation after
    /// acceptance costs comes back.
    pub tokens: Option<String>,
    /// Hours for which the job may run after the provider's last moment to start; if not given, as many
    /// as the budget pays for, and one more.
    pub hours: Option<u32>,
    /// Minutes for which the offer can be accepted; 30 if not given. Ends sooner if need be: the
    /// network's `min_lead` before the last moment to start.
    pub accept_minutes: Option<u32>,
    /// Minutes from now within which the provider must start, more than `min_lead`; 60 if not given.
    pub start_minutes: Option<u32>,
    /// Minutes without a receipt after which anyone may close the job; 60 if not given.
    pub silence_minutes: Option<u32>,
    /// Least USD per token at which work is converted, until the job's end and 7 days; none if not given.
    pub min_price: Option<String>,
    /// Key that signs the receipts, best a session key of its own; the signing wallet if not given.
    #[param(inline)]
    pub meter: Option<Address>,
    /// SHA-256 of the work's specification, 64 hexadecimal digits; zeros if not given.
    pub spec: Option<String>,
    /// The token that the person means to pay with; refused if the network takes another.
    #[param(inline)]
    pub mint: Option<Address>,
    /// Price of a compute unit, millionths of a lamport; what recent blocks took, at most 100000, if not
    /// given. `wallet` leaves compute budget out for wallets that set it: many do so only if there is none.
    #[param(pattern = "^([0-9]{1,8}|wallet)$")]
    pub compute_unit_price: Option<String>,
}

/// An order with its escrow, ready for the program.
#[derive(Debug)]
pub struct Offer {
    /// The order.
    pub order: Order,
    /// Base units for the escrow.
    pub escrow: u64,
    /// The price that they were worked out with; `None` if they were chosen.
    pub price: Option<Quote>,
}

/// Makes the order of a choice.
///
/// # Errors
/// [`Kind::InvalidParameter`] for what cannot be read, [`Kind::Refused`] for what the program refuses.
pub fn offer(choice: &Choice, scene: &Scene, wallet: &settlement_interface::Address) -> Result<Offer> {
    let (_, provider) = &scene.provider;
    if let Some(mint) = choice.mint.filter(|mint| mint.0 != scene.config.mint) {
        let wanted = scene.config.mint;
        return Err(refused(format!(
            "Jobs are paid in the compute token {wanted}; {} is another mint.",
            mint.0
        )));
    }
    if scene.config.is_paused(scene.now) {
        return Err(program_refuses(SettlementError::Paused));
    }
    let budget = read("budget", &choice.budget, USD_DECIMALS)?;
    if budget == 0 {
        return Err(refused(
            "The budget must be greater than zero: it is the most that the work may cost, in USD.",
        ));
    }
    let meter = choice.meter.map_or(*wallet, |meter| meter.0);
    if meter == provider.authority {
        return Err(program_refuses(SettlementError::MeterIsParty));
    }
    let (hardware, rate) = rate(choice, scene)?;
    let gpus = u64::from(choice.gpus.unwrap_or(1));
    if gpus == 0 {
        return Err(refused("gpus must be greater than zero."));
    }
    let after = |minutes: Option<u32>, default: u32| {
        scene.now.saturating_add(i64::from(minutes.unwrap_or(default)).saturating_mul(MINUTE))
    };
    let start_by = after(choice.start_minutes, 60);
    // After that moment the program refuses every acceptance, whatever the order says.
    let min_lead = scene.config.parameters.min_lead;
    let accepted_by = start_by.saturating_sub(min_lead);
    if accepted_by <= scene.now {
        return Err(refused(format!(
            "Nobody could accept the job: a provider must accept {} before the last moment to start at the latest, but start_minutes is {}; raise it.",
            span(min_lead),
            choice.start_minutes.unwrap_or(60),
        )));
    }
    let hours = match choice.hours {
        Some(hours) => i64::from(hours),
        None => affordable_hours(budget, rate, gpus),
    };
    let end_by = start_by.saturating_add(hours.saturating_mul(HOUR));
    let min_price =
        choice.min_price.as_ref().map(|price| read("min_price", price, PRICE_DECIMALS)).transpose()?;
    let order = Order {
        meter,
        spec_hash: spec(choice.spec.as_deref())?,
        panel: [0; 32],
        budget,
        rate,
        unit: GPU_HOUR,
        unit_cap: gpus.saturating_mul(GPU_SECOND),
        min_price: min_price.unwrap_or(0),
        bid_end: 0,
        offer_by: after(choice.accept_minutes, 30).min(accepted_by),
        start_by,
        end_by,
        convert_by: end_by.saturating_add(DAY.saturating_mul(7)),
        silence_max: i64::from(choice.silence_minutes.unwrap_or(60)).saturating_mul(MINUTE),
        hardware,
        sla_bps: 0,
        rail: RAIL_TOKEN,
        meter_kind: METER_SESSION,
        verifiable: 0,
        open_acceptance: 0,
    };
    order.validate(scene.now).map_err(program_refuses)?;
    let (escrow, price) = escrow(choice, scene, budget)?;
    Ok(Offer { order, escrow, price })
}

fn read(name: &str, text: &str, decimals: u32) -> Result<u64> {
    parse_decimal(text, decimals)
        .map_err(|error| Problem::new(Kind::InvalidParameter, format!("{name}: {error}.")))
}

/// Hardware class and rate, micro-dollars per GPU hour: as chosen, else off the provider's rate card.
fn rate(choice: &Choice, scene: &Scene) -> Result<(u16, u64)> {
    let (class, asked) = listed(&scene.provider.1.rates, choice.hardware);
    let rate = match (&choice.rate, asked) {
        (Some(rate), _) => read("rate", rate, USD_DECIMALS)?,
        (None, Some(asked)) => asked,
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

fn spec(text: Option<&str>) -> Result<[u8; 32]> {
    let Some(text) = text else { return Ok([0; 32]) };
    let wrong = |error: BadDigest| Problem::new(Kind::InvalidParameter, format!("spec: {error}."));
    text.parse().map(|Digest(hash)| hash).map_err(wrong)
}

/// Base units for the escrow: as chosen, else what the budget is worth now and a margin, with the price.
fn escrow(choice: &Choice, scene: &Scene, budget: u64) -> Result<(u64, Option<Quote>)> {
    let decimals = u32::from(scene.config.decimals);
    if let Some(tokens) = &choice.tokens {
        let escrow = read("tokens", tokens, decimals)?;
        return if escrow == 0 {
            Err(program_refuses(SettlementError::ZeroEscrow))
        } else {
            Ok((escrow, None))
        };
    }
    let quote = scene.quote.map_err(|halt| {
        refused(format!(
            "No price of the token qualifies at the moment ({}), so that the budget's worth is unknown; say with tokens how many to put into escrow.",
            halt.name()
        ))
    })?;
    let escrow = tally_client::order::escrow(budget, &quote)
        .ok_or_else(|| refused("The budget is worth more tokens than there can be; lower it."))?;
    Ok((escrow, Some(quote)))
}
