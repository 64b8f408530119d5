//! `/v1/supply` and its bare decimals.

use crate::support::Service;
use serde_json::Value;

fn base(amount: &Value) -> i128 {
    amount["base"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn supply_is_what_was_made_less_what_was_burned_and_every_exclusion_is_named() {
    let service = Service::new();
    for (query, total, circulating, escrow, claimable) in [
        ("", "999984.8125", "998360", "100", "7"),
        ("?commitment=confirmed", "999964.8125", "998353", "87", "25"),
    ] {
        let data = service.data(&format!("/v1/supply{query}")).await;
        assert_eq!(data["total"]["tokens"], total);
        assert_eq!(data["circulating"]["tokens"], circulating);
        assert_eq!(data["claimable_not_minted"]["tokens"], claimable);
        let parts = ["genesis", "minted", "burned_here", "burned_elsewhere"].map(|name| base(&data[name]));
        assert_eq!(base(&data["total"]), parts[0] + parts[1] - parts[2] - parts[3]);
        let excluded = data["excluded"].as_array().unwrap();
        let sum: i128 = excluded.iter().map(|exclusion| base(&exclusion["amount"])).sum();
        assert_eq!(base(&data["total"]), base(&data["circulating"]) + sum);
        let of =
            |name: &str| excluded.iter().find(|e| e["name"] == name).unwrap()["amount"]["tokens"].clone();
        assert_eq!(of("escrow"), escrow);
        assert_eq!(of("dues"), "26.0625");
        assert_eq!(of("stake_free"), "988.75");
        assert_eq!(of("stake_locked"), "10");
        assert_eq!(of("stake_unbonding"), "0");
        assert_eq!(of("treasury"), "500");
        assert_eq!(data["max"]["tokens"], "1000000");
        assert_eq!(data["reconciled"]["slot"], 99);
    }
}

#[tokio::test]
async fn bare_decimals_are_nothing_but_a_number() {
    let service = Service::new();
    for (name, expected) in [("total", "999984.8125"), ("circulating", "998360"), ("max", "1000000")] {
        let reply = service.get(&format!("/v1/supply/{name}")).await;
        assert_eq!(reply.text, expected);
        assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!((reply.header("x-tally-slot"), reply.header("x-tally-commitment")), ("100", "finalized"));
        assert!(reply.header("cache-control").contains("max-age=5"));
        assert!(reply.header("etag").starts_with("W/"));
    }
    assert_eq!(service.get("/v1/supply/total?commitment=confirmed").await.text, "999964.8125");
}

#[tokio::test]
async fn before_the_first_comparison_nothing_is_known_to_be_burned_elsewhere() {
    let service = Service::new();
    service.sql("DELETE FROM snapshots");
    let data = service.data("/v1/supply").await;
    assert_eq!(data["reconciled"], Value::Null);
    assert_eq!(data["total"]["tokens"], "999989.8125");
}
