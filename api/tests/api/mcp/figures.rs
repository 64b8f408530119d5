//! What work costs, and who does it: the figures of the market that is worked out by hand.

use crate::support::Service;
use crate::support::agent::Agent;
use crate::support::market::{authority_a, provider_a};
use crate::support::node::{Node, silent};
use serde_json::{Value, json};

/// An agent at the market, with a node on which a token costs two dollars.
async fn agent() -> Agent {
    let service = Service::with(&[("RPC_URL", &Node::new().serve().await)]);
    Agent::at(&service.listen().await).await
}

#[tokio::test]
async fn gpu_hours_cost_what_work_was_settled_at_and_the_deposit_is_a_quarter_more() {
    let agent = agent().await;
    let answer = agent.ask("quote", json!({ "hardware": 1, "gpu_hours": "10" })).await;
    assert_eq!((&answer["slot"], &answer["commitment"]), (&json!(100), &json!("finalized")));
    let data = &answer["data"];
    assert_eq!((&data["gpu_hours"], &data["rail"]), (&json!("10"), &json!("token")));
    // One job of 100 USD at 2.5 USD per GPU hour.
    assert_eq!(data["settled"]["median"]["usd"], "2.5");
    for part in ["least", "quarter", "median", "three_quarters", "most"] {
        assert_eq!(data["cost"][part]["usd"], "25", "{part}");
    }
    assert_eq!((&data["asked"]["providers"], &data["asked"]["least"]["usd"]), (&json!(1), &json!("2.5")));
    let plan = &data["plan"];
    assert_eq!((&plan["basis"], &plan["work"]["usd"]), (&json!("settled"), &json!("25")));
    // The protocol takes 5 %.
    assert_eq!(
        (&plan["take_bps"], &plan["take"]["usd"], &plan["provider"]["usd"]),
        (&json!(500), &json!("1.25"), &json!("23.75"))
    );
    let deposit = &plan["deposit"];
    assert_eq!(
        (&deposit["amount"]["base"], &deposit["amount"]["tokens"]),
        (&json!("15625000000"), &json!("15.625"))
    );
    assert_eq!((&deposit["worth"]["usd"], &deposit["price"]), (&json!("31.25"), &json!("2")));
    assert_eq!(deposit["published_at"], "2026-10-31T23:59:50Z");
}

#[tokio::test]
async fn a_rate_that_is_given_is_planned_with() {
    let agent = agent().await;
    let given = json!({ "hardware": 1, "gpu_hours": "1.5", "rate_usd": "3.000001" });
    let plan = agent.ask("quote", given).await["data"]["plan"].clone();
    assert_eq!((&plan["basis"], &plan["work"]["micro"]), (&json!("given"), &json!("4500002")), "rounded up");
}

#[tokio::test]
async fn nothing_is_made_up_where_nothing_was_settled_or_asked() {
    let agent = agent().await;
    let data = agent.ask("quote", json!({ "hardware": 9, "gpu_hours": "1" })).await["data"].clone();
    for part in ["settled", "cost", "asked", "plan"] {
        assert_eq!(data[part], Value::Null, "{part}");
    }
    let stable = json!({ "hardware": 1, "gpu_hours": "1", "rail": "stable" });
    let told = agent.refused("quote", stable, "invalid-parameter").await;
    assert!(told.contains("no stablecoin"), "{told}");
}

#[tokio::test]
async fn without_a_node_the_price_stands_and_the_deposit_is_said_to_be_unknown() {
    let agent = Agent::at(&Service::new().listen().await).await;
    let plan = agent.ask("quote", json!({ "hardware": 1, "gpu_hours": "10" })).await["data"]["plan"].clone();
    assert_eq!((&plan["work"]["usd"], &plan["deposit"]), (&json!("25"), &Value::Null));
    assert!(plan["deposit_unknown"].as_str().unwrap().contains("without an RPC node"), "{plan}");
}

#[tokio::test]
async fn a_silent_node_is_named_as_what_failed_and_holds_up_no_figure() {
    let (_listener, url) = silent().await;
    let service =
        Service::with(&[("RPC_URL", &url), ("REQUEST_TIMEOUT_MS", "800"), ("DATABASE_CONNECTIONS", "1")]);
    let agent = Agent::at(&service.listen().await).await;
    let (quote, found) = tokio::join!(
        agent.ask("quote", json!({ "hardware": 1, "gpu_hours": "10" })),
        agent.ask("find_providers", json!({ "hardware": 1 })),
    );
    assert!(quote["data"]["plan"]["deposit_unknown"].as_str().unwrap().contains("did not answer in time"));
    assert_eq!(found["data"]["fitting"], 1);
    let job = json!({ "wallet": authority_a(), "provider": provider_a(), "budget_usd": "1" });
    agent.refused("build_escrow", job, "rpc-unavailable").await;
}

#[tokio::test]
async fn a_provider_is_found_by_hardware_rate_and_score() {
    let agent = agent().await;
    let answer = agent.ask("find_providers", json!({ "hardware": 1, "max_rate_usd": "2.5" })).await;
    assert_eq!(answer["slot"], 100);
    let found = &answer["data"]["providers"];
    assert_eq!(found.as_array().unwrap().len(), 1, "the other one has no rate card");
    assert_eq!(found[0]["provider"], provider_a());
    assert_eq!(found[0]["authority"], authority_a());
    assert_eq!(found[0]["rate"]["usd"], "2.5");
    assert_eq!((&found[0]["jobs"]["accepted"], &found[0]["jobs"]["failed"]), (&json!(3), &json!(1)));
    let score = found[0]["reputation"]["score"].as_u64().unwrap();
    assert_eq!(found[0]["reputation"]["interval"]["low"], score);
    assert!(found[0]["stake"]["free"]["base"].is_string());
    let with = async |arguments: Value| {
        let answer = agent.ask("find_providers", arguments).await;
        (answer["data"]["fitting"].as_u64().unwrap(), answer["data"]["all_examined"].as_bool().unwrap())
    };
    assert_eq!(with(json!({ "hardware": 1, "max_rate_usd": "2.499999" })).await, (0, true));
    assert_eq!(with(json!({ "hardware": 2 })).await, (0, true));
    assert_eq!(with(json!({ "hardware": 1, "min_score": score })).await, (1, true));
    assert_eq!(with(json!({ "hardware": 1, "min_score": score + 1 })).await, (0, true));
}

#[tokio::test]
async fn the_cheapest_comes_first_unless_the_best_is_asked_for() {
    let service = Service::new();
    // The other provider is a newcomer, whose score is 0, and asks less.
    service.sql(r#"UPDATE providers SET rates = '[{"hardware": 2, "rate": "1"}, {"hardware": 1, "rate": "2000000"}]' WHERE number = 1"#);
    let agent = Agent::at(&service.listen().await).await;
    let first = async |arguments: Value| {
        let answer = agent.ask("find_providers", arguments).await;
        let providers = answer["data"]["providers"].as_array().unwrap().clone();
        (providers[0]["rate"]["usd"].clone(), providers.len(), answer["data"]["fitting"].clone())
    };
    assert_eq!(first(json!({ "hardware": 1 })).await, (json!("2"), 2, json!(2)));
    assert_eq!(first(json!({ "hardware": 1, "first": "score" })).await, (json!("2.5"), 2, json!(2)));
    assert_eq!(first(json!({ "hardware": 1, "limit": 1 })).await, (json!("2"), 1, json!(2)));
    let asked = agent.ask("quote", json!({ "hardware": 1, "gpu_hours": "1" })).await["data"]["asked"].clone();
    assert_eq!(
        (&asked["least"]["usd"], &asked["median"]["usd"], &asked["most"]["usd"]),
        (&json!("2"), &json!("2"), &json!("2.5"))
    );
}
