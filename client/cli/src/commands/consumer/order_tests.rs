//! Every refusal of an order, and its defaults.

use super::*;
use crate::commands::consumer::open::Open;
use clap::Parser;
use tally_client::interface::accounts::{Config, Price, RateEntry};
use tally_client::interface::oracle::{Halt, PriceMessage};
use tally_client::interface::parameters::Parameters;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    open: Open,
}

const NOW: i64 = 1_000_000;
const WALLET: Address = Address::new_from_array([1; 32]);

fn facts() -> Facts {
    let mut config: Config = bytemuck::Zeroable::zeroed();
    config.parameters = Parameters::DEFAULT;
    config.decimals = 9;
    let price: Price = bytemuck::Zeroable::zeroed();
    let message = PriceMessage {
        spot: 200_000_000,
        confidence: 0,
        exponent: -8,
        publish_time: NOW,
        average: 200_000_000,
    };
    let quote = Quote { message, spot: 200_000_000, burn: 200_000_000, mint: 200_000_000, scale: 11 };
    Facts { config, price, quote: Ok(quote), feed: None, now: NOW, slot: 1 }
}

fn provider() -> Provider {
    let mut provider: Provider = bytemuck::Zeroable::zeroed();
    provider.authority = Address::new_from_array([2; 32]);
    provider.rates[0] = RateEntry { rate: 2_000_000, hardware: 3, reserved: [0; 6] };
    provider
}

fn made(line: &str, facts: &Facts) -> Result<Offer> {
    let provider_named = Address::new_from_array([9; 32]).to_string();
    let words = ["open", &provider_named, "--budget"].into_iter().chain(line.split_whitespace());
    let line = Line::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
    offer(&line.open, facts, &provider(), &WALLET)
}

fn refusal(line: &str, facts: &Facts) -> String {
    made(line, facts).unwrap_err().sentence().to_owned()
}

#[test]
fn what_is_not_chosen_comes_from_the_network_and_the_provider() {
    let made = made("25", &facts()).unwrap();
    let order = made.order;
    assert_eq!((order.budget, order.rate, order.hardware), (25_000_000, 2_000_000, 3));
    assert_eq!((order.unit, order.unit_cap, order.meter), (3_600_000, 1_000, WALLET));
    assert_eq!(order.offer_by, NOW + 1_800);
    // min_lead is 15 minutes; a quarter of an hour beyond it.
    assert_eq!(order.start_by, order.offer_by + 1_800);
    // 13 hours are paid for, begun ones included, and one more.
    assert_eq!(order.end_by, order.start_by + 14 * HOUR);
    // 25 USD at 2 USD a token, and a quarter more.
    assert_eq!(made.escrow, 15_625_000_000);
    assert_eq!(made.defaults.len(), 4);
}

#[test]
fn what_is_chosen_is_taken() {
    let line = "25 --rate 1.5 --gpus 8 --hardware 7 --tokens 20 --accept-by 10m --start-by 1h --end-by 5h \
                --silence 10m --min-price 0.5 --convert-by 6h";
    let made = made(line, &facts()).unwrap();
    let order = made.order;
    assert_eq!((order.rate, order.unit_cap, order.hardware), (1_500_000, 8_000, 7));
    assert_eq!((order.offer_by, order.start_by, order.end_by), (NOW + 600, NOW + 3_600, NOW + 18_000));
    assert_eq!((order.silence_max, order.min_price, order.convert_by), (600, 50_000_000, NOW + 21_600));
    assert_eq!((made.escrow, made.price), (20_000_000_000, None));
    assert!(made.defaults.is_empty());
}

#[test]
fn every_refusal_says_what_to_do() {
    let facts = facts();
    assert!(refusal("0", &facts).contains("greater than zero"));
    assert!(refusal("0.0000001", &facts).contains("round it to 6"));
    assert!(refusal("25 --tokens 0.0000000001", &facts).contains("round it to 9"));
    assert!(refusal("25 --tokens 0", &facts).contains("greater than zero"));
    assert!(refusal("25 --hardware 4", &facts).contains("--rate"));
    assert!(refusal("25 --gpus 0", &facts).contains("at least one"));
    assert!(refusal("25 --start-by 15m", &facts).contains("--start-by"));
    assert!(made("25 --accept-by 1s --start-by 901s", &facts).is_ok());
    assert!(refusal("25 --accept-by 2h --start-by 1h", &facts).contains("offer_by <= start_by"));
    assert!(refusal("25 --end-by 366d", &facts).contains("365 days"));
    assert!(refusal("25 --silence 299s", &facts).contains("300 seconds"));
    assert!(refusal("25 --convert-by 30d", &facts).contains("convert_by"));
    let party = format!("25 --meter {}", provider().authority);
    assert!(refusal(&party, &facts).contains("must not be those of a party"));
}

#[test]
fn a_pause_and_a_missing_price_are_told() {
    let mut paused = facts();
    paused.config.paused_until = NOW + 1;
    assert!(refusal("25", &paused).contains("paused"));
    let mut halted = facts();
    halted.quote = Err(Halt::Stale);
    assert!(refusal("25", &halted).contains("--tokens"));
    assert!(made("25 --tokens 5", &halted).is_ok());
}
