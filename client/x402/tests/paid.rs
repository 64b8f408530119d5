//! The whole way on the compiled program: a job is opened, requests are paid for out of it, the provider settles the newest
//! receipt once, and the chain has charged what the server has.
#![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects, missing_docs)] // a test's

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use settlement_interface::accounts::Config;
use settlement_interface::pda;
use solana_commitment_config::CommitmentConfig;
use solana_signer::Signer;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tally_client::node::Rpc;
use tally_client::receipts::SignedReceipt;
use tally_x402::chain::Recent;
use tally_x402::gate::{Charge, Toll, pass};
use tally_x402::mpp::{self, Challenge, PAYMENT_RECEIPT};
use tally_x402::payer::{Budget, Declined, Payer};
use tally_x402::protocol::{
    PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, PaymentRequired, Settled, decode,
};
use tally_x402::realm::Realm;
use tally_x402::till::{Offer, Till};
use tally_x402::vouchers::Folder;
use tests::rpc::{Sent, answer};
use tests::{JobFixture, World};
use tower::ServiceExt;

const NETWORK: &str = "solana:test";
const REALM: &str = "the.provider";
/// A tenth of a cent.
const PRICE: u64 = 1_000;

type Node = Arc<Mutex<(World, Sent)>>;

/// The VM as an RPC node; its address.
async fn node(node: Node) -> String {
    let ask = async |State(node): State<Node>, Json(asked): Json<Value>| {
        let mut guard = node.lock().unwrap();
        let (world, sent) = &mut *guard;
        let result = answer(world, sent, asked["method"].as_str().unwrap(), &asked["params"]);
        Json(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result.unwrap() }))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(ask)).with_state(node);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The provider's server: what is served costs a tenth of a cent, half of it on `/half`, nothing if it fails.
fn server(rpc: &str, provider: settlement_interface::Address, folder: &std::path::Path) -> Router {
    let offer = Offer { network: NETWORK.into(), provider, timeout: 60, most_unsettled: 1_000_000 };
    let rpc = Rpc::new(rpc.to_owned(), Duration::from_secs(10), CommitmentConfig::confirmed());
    let jobs = Recent::new(rpc, Duration::ZERO);
    let till = Arc::new(Till::new(offer, jobs, Folder::new(folder).unwrap()));
    let realm = Arc::new(Realm::new(REALM, [7; 32]));
    let toll = Toll { till, realm, price: PRICE, description: "an answer" };
    let half = async || -> Response {
        let mut response = "half".into_response();
        response.extensions_mut().insert(Charge(PRICE / 2));
        response
    };
    Router::new()
        .route("/whole", get(async || "whole"))
        .route("/half", get(half))
        .route("/fails", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .layer(axum::middleware::from_fn_with_state(toll, pass::<Recent<Rpc>, Folder>))
}

/// A payment is what goes into the header of the protocol that it is by.
async fn ask(server: &Router, path: &str, payment: Option<&str>) -> (StatusCode, HeaderMap) {
    let mut request = Request::builder().uri(path);
    if let Some(payment) = payment {
        let is_x402 = !payment.starts_with("Payment ");
        request = request.header(if is_x402 { PAYMENT_SIGNATURE } else { "authorization" }, payment);
    }
    let response = server.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    (response.status(), response.headers().clone())
}

fn required(headers: &HeaderMap) -> PaymentRequired {
    decode(headers[PAYMENT_REQUIRED].as_bytes()).unwrap()
}

fn settled(headers: &HeaderMap) -> Settled {
    decode(headers[PAYMENT_RESPONSE].as_bytes()).unwrap()
}

#[tokio::test]
async fn requests_are_paid_for_out_of_a_job_and_one_receipt_settles_them_all() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    let (now, config): (i64, Config) = (world.now(), world.read(&pda::config()));
    let (address, provider, seen) = (job.keys.job, job.keys.provider, job.read(&world));
    let world: Node = Arc::new(Mutex::new((world, Sent::default())));
    let url = node(world.clone()).await;
    let place = tempfile::tempdir().unwrap();
    let server_of = || server(&url, provider, place.path());
    let mut server = server_of();
    let budget = Budget { request: PRICE, total: 20 * PRICE };
    let session = job.actors.session.insecure_clone();
    let mut payer = Payer::new(session, NETWORK.into(), (address, seen), &config, budget);

    let (status, headers) = ask(&server, "/whole", None).await;
    assert_eq!(status, StatusCode::PAYMENT_REQUIRED);
    let asks = required(&headers);
    let challenges = Challenge::read(headers["www-authenticate"].to_str().unwrap());
    let mut charged = 0;
    let paths =
        [("/whole", PRICE), ("/half", PRICE / 2), ("/fails", 0), ("/whole", PRICE), ("/half", PRICE / 2)];
    for (path, cost, is_x402) in
        paths.into_iter().flat_map(|(path, cost)| [(path, cost, true), (path, cost, false)])
    {
        let payment = if is_x402 {
            payer.pay(&asks, now)
        } else {
            payer.answer(&challenges, REALM, now).map(|(_, value)| value)
        }
        .unwrap();
        let (status, headers) = ask(&server, path, Some(&payment)).await;
        assert_eq!(status.is_success(), cost > 0, "{path}");
        charged += cost;
        if cost > 0 {
            assert_ne!(headers.contains_key(PAYMENT_RESPONSE), headers.contains_key(PAYMENT_RECEIPT));
            if is_x402 {
                let settled = settled(&headers);
                assert_eq!(
                    (&settled.amount, &settled.extra.charged),
                    (&cost.to_string(), &charged.to_string())
                );
                payer.paid(&settled).unwrap();
            } else {
                let receipt: mpp::Receipt = mpp::decode(headers[PAYMENT_RECEIPT].to_str().unwrap()).unwrap();
                assert_eq!((&receipt.amount, &receipt.spent), (&cost.to_string(), &charged.to_string()));
                assert_eq!(receipt.reference, address.to_string());
                payer.answered(&receipt).unwrap();
            }
            // Sent again it pays for nothing again.
            assert_eq!(
                ask(&server, "/whole", Some(&payment)).await.0,
                StatusCode::PAYMENT_REQUIRED,
                "{path}"
            );
        }
        // The server dies after every answer, and forgets nothing.
        server = server_of();
    }
    // Within its owner's budget, and not above.
    loop {
        match payer.pay(&asks, now) {
            Ok(payment) => {
                let (status, headers) = ask(&server, "/whole", Some(&payment)).await;
                assert_eq!(status, StatusCode::OK);
                payer.paid(&settled(&headers)).unwrap();
                charged += PRICE;
            }
            Err(Declined::Spent(wanted, most)) => {
                assert_eq!((wanted > most, most), (true, budget.total));
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(charged <= budget.total && charged + PRICE > budget.total, "{charged}");

    // The provider settles what it has kept, once.
    let text = std::fs::read_to_string(Folder::new(place.path()).unwrap().receipt(&address)).unwrap();
    let kept = SignedReceipt::from_text(&text).unwrap();
    let mut guard = world.lock().unwrap();
    let (world, _) = &mut *guard;
    let settle = world.network.settle(&job.actors.provider.pubkey(), &address, world.epoch(), 0);
    world.send(&[kept.instruction(), settle], &[&job.actors.provider]).unwrap();
    let accepted = job.read(world).accepted;
    // Units are whole: what a receipt covers may be less than one unit's price more than what was charged.
    assert!(accepted >= charged && accepted < charged + 2, "{accepted} of {charged}");
}
