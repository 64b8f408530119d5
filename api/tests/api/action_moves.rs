//! What the answer of an Action says that moves, and what is refused because the simulation says otherwise.

use crate::actions::{open, service};
use crate::support::node::{Node, address, mint, tokens, wallet};
use axum::http::StatusCode;
use serde_json::{Value, json};
use settlement_interface::pda;

#[tokio::test]
async fn what_moves_more_than_was_said_is_not_handed_out() {
    let node = Node::new();
    node.registered(7);
    let service = service(&node).await;
    let ask = async || open(&service, "&budget=25&tokens=5").await;
    let held = 100_000_000_000;
    for (left, enough) in [(held - 5_000_000_000, true), (held - 5_000_000_001, false), (0, false)] {
        node.leaves(&wallet(), left);
        let reply = ask().await;
        if enough {
            let change = json!({ "base": "-5000000000", "decimal": "-5" });
            let changes = json!([{ "token": "compute", "mint": mint().to_string(), "amount": change }]);
            assert_eq!(reply.json["simulation"]["changes"], changes);
            continue;
        }
        assert_eq!(reply.status, StatusCode::CONFLICT);
        let detail = reply.problem("simulation-disagrees");
        assert!(detail.contains("is meant to change it by -5 tokens at worst"), "{detail}");
        assert!(reply.json.get("transaction").is_none());
    }
    // The same amount, and somebody who may take more: delegate at 72, the amount delegated at 121.
    let purse = pda::associated_token(&wallet(), &mint());
    let mut delegated = tokens(&wallet(), held - 5_000_000_000);
    delegated[72] = 1;
    delegated[121..129].copy_from_slice(&u64::MAX.to_le_bytes());
    node.becomes(purse, pda::TOKEN_PROGRAM, &delegated);
    let reply = ask().await;
    assert!(
        reply.problem("simulation-disagrees").contains("who controls your token account"),
        "{}",
        reply.text
    );
    node.becomes(purse, pda::TOKEN_PROGRAM, &tokens(&wallet(), held));
    node.becomes(wallet(), address(0x66), &[]);
    let reply = ask().await;
    assert!(reply.problem("simulation-disagrees").contains("who controls your wallet"), "{}", reply.text);
}

#[tokio::test]
async fn what_a_node_does_not_simulate_is_not_handed_out() {
    let node = Node::new();
    let service = service(&node).await;
    node.mute();
    let reply = open(&service, "&budget=25").await;
    assert!(reply.problem("rpc-unavailable").contains("did not tell what balances"), "{}", reply.text);
}

#[tokio::test]
async fn what_is_paid_and_what_may_be_taken_later_is_told_in_figures() {
    let node = Node::new();
    let service = service(&node).await;
    let reply = open(&service, &format!("&budget=25&tokens=5&meter={}", address(0x55))).await;
    let job = pda::job(&wallet(), 0);
    let moves = reply.json["moves"].as_array().unwrap();
    let told = |kind: &str| moves.iter().filter(|it| it["kind"] == kind).collect::<Vec<_>>();
    let [paid] = told("pay")[..] else { panic!("{moves:?}") };
    let five = json!({ "base": "5000000000", "decimal": "5" });
    assert_eq!(
        (&paid["amount"], &paid["bound"], &paid["token"]),
        (&five, &"exact".into(), &"compute".into())
    );
    assert_eq!(paid["mint"], mint().to_string());
    assert_eq!(
        (&paid["from"], &paid["to"]),
        (&json!(wallet().to_string()), &json!(pda::vault(&job).to_string()))
    );
    assert_eq!(paid["later"]["most"], five);
    let reason = paid["later"]["reason"].as_str().unwrap();
    assert!(
        reason.contains(&address(0x55).to_string()) && reason.contains("2% of it if you cancel"),
        "{reason}"
    );
    let created: Vec<_> = told("rent").iter().map(|it| it["to"].as_str().unwrap().to_owned()).collect();
    let expected = [pda::consumer(&wallet()), job, pda::vault(&job)].map(|address| address.to_string());
    assert_eq!(created, expected);
    let rent: u64 =
        told("rent").iter().map(|it| it["amount"]["base"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(reply.json["costs"]["rent"]["lamports"], rent.to_string());
    let [fee] = told("fee")[..] else { panic!("{moves:?}") };
    assert_eq!(fee["amount"]["base"], reply.json["costs"]["fee"]["lamports"]);
    assert_eq!((&fee["token"], &fee["to"], &fee["later"]), (&json!("sol"), &Value::Null, &Value::Null));
}
