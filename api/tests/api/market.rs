//! Auctions, the stable rail, cases and disputes, third parties, changes, buybacks.

use crate::support::Service;
use crate::support::market::{at, job, key, provider_a, provider_b, rest};
use serde_json::{Value, json};

fn service() -> Service {
    let service = Service::new();
    service.sql(&rest::rest());
    service
}

fn names(items: &[Value], name: &str) -> Vec<String> {
    items.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_market_shows_auctions_with_bids_offers_that_hold_and_what_work_was_paid() {
    let service = service();
    let data = service.data("/v1/market").await;
    let auctions = data["auctions"].as_array().unwrap();
    assert_eq!(names(auctions, "job"), [job(201)]);
    assert_eq!(auctions[0]["ceiling_rate"]["usd"], "2.5");
    assert_eq!(
        (&auctions[0]["best_rate"]["usd"], &auctions[0]["open_acceptance"]),
        (&json!("2"), &json!(true))
    );
    let bids = auctions[0]["bids"].as_array().unwrap();
    assert_eq!(names(bids, "provider"), [provider_a(), provider_b()]);
    assert_eq!([&bids[0]["leads"], &bids[1]["leads"]], [&json!(false), &json!(true)]);
    let offers = data["standing_offers"].as_array().unwrap();
    assert_eq!(names(offers, "provider"), [provider_b()], "the other one has ended");
    assert_eq!(offers[0]["floor_rate"]["usd"], "1.5");
    assert_eq!((&offers[0]["meter"], &offers[0]["panel"]), (&Value::Null, &Value::Null));
    let prices = data["prices"].as_array().unwrap();
    // 100 USD and 10 USD at 2.5 USD an hour; what is not final is not counted.
    let shown: Vec<_> =
        prices.iter().map(|p| (&p["rail"], &p["gpu_ms"], &p["usd_per_gpu_hour"]["usd"])).collect();
    let (stable, token) = (json!("stable"), json!("token"));
    let rate = json!("2.5");
    assert_eq!(shown, [(&stable, &json!("14400000"), &rate), (&token, &json!("144000000"), &rate)]);
    let provider = service.data(&format!("/v1/providers/{}", provider_b())).await;
    assert_eq!(provider["standing_offer"]["max_jobs"], 4);
}

#[tokio::test]
async fn a_job_tells_its_bids_cases_and_disputes() {
    let service = service();
    // Its last event is not final.
    let data = service.data(&format!("/v1/jobs/{}?commitment=confirmed", job(3))).await;
    assert_eq!(data["cases"][0]["case"], rest::outage());
    assert_eq!(data["disputes"][0]["dispute"], rest::dispute());
    let faults = json!({ "cases": 2, "open_cases": 0, "disputes": 1, "open_disputes": 1, "penalised_units": "90", "waits_until": null });
    assert_eq!(data["faults"], faults);
    assert_eq!((&data["meter_kind"], &data["terms"]["sla_bps"]), (&json!("registered"), &json!(9_000)));
    assert_eq!(data["work"]["pending"]["usd"], "3");
    let data = service.data(&format!("/v1/jobs/{}", job(201))).await;
    assert_eq!(data["bids"].as_array().unwrap().len(), 2);
    assert_eq!(data["auction"]["bids"], 2);
}

#[tokio::test]
async fn a_job_paid_in_dollars_shows_dollars() {
    let service = service();
    let data = service.data(&format!("/v1/jobs/{}", job(200))).await;
    assert_eq!((&data["auction"], &data["terms"]["rail"]), (&Value::Null, &json!("stable")));
    assert_eq!(data["tokens"]["funded"], json!({ "base": "10000000", "tokens": "10" }));
    assert_eq!(data["tokens"]["treasury_take"]["tokens"], "0.1");
    let due = data["dues"].as_array().unwrap().iter().find(|due| due["party"] == "treasury").unwrap();
    assert_eq!((&due["wallet"], &due["escrow"]["tokens"]), (&json!(key(0xDD)), &json!("0.1")));
    let conversion = &data["latest_conversions"][0];
    assert_eq!((&conversion["kind"], &conversion["treasury"]["usd"]), (&json!("stable"), &json!("0.1")));
    assert_eq!(conversion["earned"]["tokens"], "9.5");
}

#[tokio::test]
async fn revenue_is_told_by_rail_and_adds_up() {
    let service = service();
    let range = "interval=month&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    let data = service.data(&format!("/v1/revenue?{range}")).await;
    let rails = data["by_rail"].as_array().unwrap();
    assert_eq!(names(rails, "rail"), ["token", "stable"]);
    let micro =
        |figures: &Value, name: &str| -> i128 { figures[name]["micro"].as_str().unwrap().parse().unwrap() };
    for figures in rails.iter().chain([&data["total"]]) {
        assert_eq!(micro(figures, "fees"), micro(figures, "supply_side") + micro(figures, "revenue"));
        assert_eq!(micro(figures, "revenue"), micro(figures, "holders") + micro(figures, "treasury"));
    }
    for name in ["fees", "supply_side", "holders", "treasury"] {
        assert_eq!(micro(&rails[0], name) + micro(&rails[1], name), micro(&data["total"], name), "{name}");
    }
    let stable = &rails[1];
    assert_eq!(
        [micro(stable, "fees"), micro(stable, "holders"), micro(stable, "treasury")],
        [10_000_000, 400_000, 100_000]
    );
    assert_eq!(stable["dollars"]["deposited"]["usd"], "10");
    assert_eq!(stable["dollars"]["bought_back"]["usd"], "0.3");
    assert_eq!(stable["tokens"]["burned_by_buybacks"]["tokens"], "0.1");
    assert_eq!(stable["tokens"]["deposited"]["tokens"], "0", "dollars are no compute tokens");
    let only = service.data(&format!("/v1/revenue?rail=stable&{range}")).await;
    assert_eq!(
        only["total"],
        data["by_rail"][1]
            .as_object()
            .map(|all| {
                let mut all = all.clone();
                all.remove("rail");
                Value::Object(all)
            })
            .unwrap()
    );
    let refused = service.get("/v1/revenue?rail=monorail").await;
    assert!(refused.problem("invalid-parameter").contains("token, stable"));
}

#[tokio::test]
async fn supply_counts_buybacks_third_parties_and_case_bonds() {
    let service = service();
    let data = service.data("/v1/supply").await;
    assert_eq!(data["burned_by_buybacks"]["tokens"], "0.1");
    let excluded = data["excluded"].as_array().unwrap();
    let of =
        |name: &str| excluded.iter().find(|one| one["name"] == name).unwrap()["amount"]["tokens"].clone();
    assert_eq!((of("third_parties"), of("case_bonds")), (json!("20"), json!("0.01")));
    let base = |amount: &Value| -> i128 { amount["base"].as_str().unwrap().parse().unwrap() };
    let sum: i128 = excluded.iter().map(|one| base(&one["amount"])).sum();
    assert_eq!(base(&data["total"]), base(&data["circulating"]) + sum);
}

#[tokio::test]
async fn cases_and_disputes_of_a_provider_are_listed_and_cost_it_points_by_name() {
    let service = service();
    let a = provider_a();
    let (cases, _) = service.walk(&format!("/v1/providers/{a}/cases?limit=1")).await;
    assert_eq!(names(&cases, "case"), [rest::outage()]);
    assert_eq!((&cases[0]["state"], &cases[0]["slashed"]["tokens"]), (&json!("upheld"), &json!("0.5")));
    let (disputes, _) = service.walk(&format!("/v1/providers/{a}/disputes?limit=1")).await;
    assert_eq!((&disputes[0]["stage"], &disputes[0]["outcome"]), (&json!("panel"), &Value::Null));
    assert_eq!(disputes[0]["panel"]["k"], 2);
    assert!(service.walk(&format!("/v1/providers/{}/cases?limit=1", provider_b())).await.0.is_empty());
    let reputation = service.data(&format!("/v1/providers/{a}/reputation")).await;
    let inputs = reputation["inputs"].as_array().unwrap();
    let outage = inputs.iter().find(|input| input["kind"] == "outage").unwrap();
    assert_eq!((&outage["case"], &outage["job"]), (&json!(rest::outage()), &json!(job(3))));
    assert!(outage["points_lost"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn meters_and_arbiters_are_listed_as_of_the_slot() {
    let service = service();
    let (meters, _) = service.walk("/v1/meters?order=asc").await;
    assert_eq!(names(&meters, "key"), [key(0x53)], "the second is not final");
    assert_eq!(meters[0]["stake"]["free"]["tokens"], "5");
    let (meters, pages) = service.walk("/v1/meters?order=asc&limit=1&commitment=confirmed").await;
    assert_eq!((meters.len(), pages), (2, 2));
    let (arbiters, _) = service.walk("/v1/arbiters?order=asc").await;
    assert_eq!((names(&arbiters, "wallet"), &arbiters[0]["rulings"]), (vec![key(0x62)], &json!(2)));
    let network = service.data("/v1/network").await;
    assert_eq!(
        [&network["meters"], &network["arbiters"], &network["changes"]],
        [2, 1, 3].map(|n| json!(n)).each_ref()
    );
    assert_eq!(network["stable_mint"], rest::dollars());
}

#[tokio::test]
async fn changes_say_what_they_replace_and_where_they_stand() {
    let service = service();
    let (changes, _) = service.walk("/v1/changes?order=asc").await;
    assert_eq!(names(&changes, "state"), ["applied", "waiting", "expired"]);
    assert_eq!(changes[0]["parameters"], json!({ "take_bps": 400, "meter_bond": 1_000 }));
    assert_eq!(changes[0]["previous_parameters"]["take_bps"], 500);
    assert_eq!((&changes[1]["address"], &changes[1]["parameters"]), (&json!(key(0x33)), &Value::Null));
    service.sql(&format!("UPDATE changes SET applies_from = {}", at(100)));
    let (changes, _) = service.walk("/v1/changes?order=asc").await;
    assert_eq!(names(&changes, "state"), ["applied", "ready", "expired"]);
}

#[tokio::test]
async fn the_buyback_shows_its_round_and_every_fill() {
    let service = Service::new();
    assert_eq!(service.data("/v1/buyback").await["open"], false);
    service.sql(&rest::rest());
    let data = service.data("/v1/buyback").await;
    assert_eq!(
        (&data["open"], &data["left"]["usd"], &data["held"]["usd"]),
        (&json!(true), &json!("0.1"), &json!("0.1"))
    );
    // A third of the way from 110% to 97%.
    assert_eq!(data["factor_bps"], 10_567);
    let (fills, _) = service.walk("/v1/buybacks?limit=1").await;
    assert_eq!((&fills[0]["paid"]["usd"], &fills[0]["burned"]["tokens"]), (&json!("0.3"), &json!("0.1")));
}
