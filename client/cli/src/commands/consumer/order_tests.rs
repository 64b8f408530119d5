//! Every refusal of an order, and its defaults.

use super::*;
use crate::commands::consumer::open::Open;
use clap::Parser;
use tally_client::interface::accounts::RateEntry;
use tally_client::interface::oracle::{Halt, PriceMessage};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    open: Open,
}

const NOW: i64 = 1_000_000;
const WALLET: Address = Address::new_from_array([1; 32]);

fn facts() -> Facts {
    let message = PriceMessage {
        spot: 200_000_000,
        confidence: 0,
        exponent: -8,
        publish_time: NOW,
        average: 200_000_000,
    };
    let quote = Quote { message, spot: 200_000_000, burn: 200_000_000, mint: 200_000_000, scale: 11 };
    Facts { quote: Ok(quote), ..crate::context::sample(NOW) }
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
    let named = line.open.provider.map(|_| provider());
    offer(&line.open, facts, named.as_ref(), &WALLET)
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

fn auction(line: &str) -> Result<Offer> {
    let line = Line::try_parse_from(["open", "--budget"].into_iter().chain(line.split_whitespace()));
    offer(&line.unwrap_or_else(|error| panic!("{error}")).open, &facts(), None, &WALLET)
}

#[test]
fn an_auction_names_its_end_and_the_highest_rate() {
    let order = auction("25 --auction 1h --rate 3 --anyone-accepts").unwrap().order;
    assert_eq!((order.bid_end, order.rate, order.open_acceptance), (NOW + 3_600, 3_000_000, 1));
    assert_eq!((order.offer_by, order.start_by), (NOW + 5_400, NOW + 5_400 + 1_800));
    let told = |line: &str| auction(line).unwrap_err().sentence().to_owned();
    assert!(told("25 --auction 1h").contains("--rate"));
    assert!(told("25 --auction 1h --rate 3 --accept-by 30m --start-by 3h").contains("AuctionTimes"));
    assert!(Line::try_parse_from(["open", "--budget", "25"]).is_err());
    let named = Address::default().to_string();
    assert!(Line::try_parse_from(["open", &named, "--budget", "25", "--auction", "1h"]).is_err());
    assert!(refusal("25 --anyone-accepts", &facts()).contains("--auction"));
}

#[test]
fn the_stable_rail_takes_the_budget_in_dollars_and_needs_no_price() {
    let halted = Facts { quote: Err(Halt::Stale), ..facts() };
    let made = made("25 --rail stable", &halted).unwrap();
    assert_eq!((made.escrow, made.price), (25_000_000, None));
    assert_eq!((made.order.rail, made.order.convert_by, made.order.min_price), (2, 0, 0));
    assert_eq!(self::made("25 --rail stable --tokens 30.5", &halted).unwrap().escrow, 30_500_000);
    assert!(refusal("25 --rail stable --min-price 1", &halted).contains("StableTerms"));
}

#[test]
fn a_service_level_needs_a_registered_meter_and_a_panel_makes_a_job_verifiable() {
    let meter = Address::new_from_array([5; 32]);
    let line = format!("25 --meter {meter} --registered-meter --service-level 99.5 --panel 1:{meter}");
    let order = made(&line, &facts()).unwrap().order;
    assert_eq!((order.meter_kind, order.sla_bps, order.verifiable), (2, 9_950, 1));
    assert_ne!(order.panel, [0; 32]);
    let named = meter.to_string();
    for bad in ["--service-level 99", "--registered-meter"] {
        let words = ["open", &named, "--budget", "25"].into_iter().chain(bad.split_whitespace());
        assert!(Line::try_parse_from(words).is_err(), "{bad}");
    }
}
