//! Actions while the RPC node is slow, silent or gone.

use crate::actions::{open, service};
use crate::support::node::{GENESIS, Node, silent};
use crate::support::{Reply, Service, eventually};
use axum::http::{Method, StatusCode};
use std::time::Duration;

const NO_DATABASE: &str = "postgres://nobody@localhost/none?host=/nowhere";

async fn ask_all(service: &Service) -> Vec<Reply> {
    let preflight = [("origin", "https://dial.to"), ("access-control-request-method", "POST")];
    vec![
        service.request(Method::OPTIONS, "/v1/actions/open-job", &preflight, None).await,
        service.request(Method::OPTIONS, "/actions.json", &[], None).await,
        service.get("/v1/actions/claim").await,
        service.get("/v1/actions/claim?wrong=1").await,
        service.get("/actions.json").await,
    ]
}

#[tokio::test]
async fn every_answer_of_an_action_names_the_cluster_once_the_node_has_said_it() {
    let service = service(&Node::new()).await;
    let expected = format!("solana:{}", &GENESIS[..32]);
    eventually(async || {
        let reply = service.get("/actions.json").await;
        (!reply.header("x-blockchain-ids").is_empty()).then_some(())
    })
    .await;
    for reply in ask_all(&service).await {
        assert_eq!(reply.header("x-blockchain-ids"), expected);
    }
}

#[tokio::test]
async fn a_cluster_named_in_the_settings_is_not_asked_for() {
    let settings = [("RPC_URL", "http://127.0.0.1:1"), ("BLOCKCHAIN_ID", "solana:here")];
    let service = Service::over(NO_DATABASE.into(), &settings);
    for reply in ask_all(&service).await {
        assert_eq!(reply.header("x-blockchain-ids"), "solana:here");
    }
}

#[tokio::test]
async fn no_answer_that_needs_no_node_waits_for_a_silent_one() {
    let (_listener, url) = silent().await;
    let service = Service::over(NO_DATABASE.into(), &[("RPC_URL", &url)]);
    let replies = tokio::time::timeout(Duration::from_secs(5), async {
        tokio::join!(ask_all(&service), ask_all(&service), ask_all(&service))
    });
    let (replies, ..) = replies.await.expect("they waited for the node");
    for reply in replies {
        assert_eq!((reply.header("x-action-version"), reply.header("x-blockchain-ids")), ("2.4", ""));
    }
}

#[tokio::test]
async fn a_node_that_is_too_slow_is_named_as_what_failed() {
    let (_listener, url) = silent().await;
    let settings = [("RPC_URL", url.as_str()), ("REQUEST_TIMEOUT_MS", "400")];
    let service = Service::over(NO_DATABASE.into(), &settings);
    let claim = format!("/v1/actions/claim?provider={}", crate::support::node::authority());
    let wallet = serde_json::json!({ "account": crate::support::node::wallet().to_string() });
    for reply in [open(&service, "&budget=25").await, service.post(&claim, &wallet).await] {
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.problem("rpc-unavailable").contains("did not answer in time"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_node_that_cannot_be_reached_is_said_so_without_its_address() {
    // A port that was free a moment ago and is closed now.
    let (listener, url) = silent().await;
    drop(listener);
    let url = format!("{url}/key-in-the-path");
    let service = Service::over(NO_DATABASE.into(), &[("RPC_URL", &url)]);
    let reply = open(&service, "&budget=25").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reply.problem("rpc-unavailable").contains("cannot be reached"));
    assert!(!reply.text.contains("key-in-the-path"));
    let without = Service::over(NO_DATABASE.into(), &[]);
    assert!(open(&without, "&budget=25").await.problem("rpc-unavailable").contains("without an RPC node"));
}
