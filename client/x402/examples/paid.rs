//! A server that is paid for what it does, by x402 or the Machine Payments Protocol: counts the words of a text, at a micro-dollar
//! each. A place to start from; put your own work where `words` is.
//!
//! ```sh
//! cargo run --package tally-x402 --example paid -- RPC_URL PROVIDER VOUCHERS PRICE
//! ```
//!
//! `PROVIDER` is the account that is paid, `VOUCHERS` a folder that must outlive the process, `PRICE` the most that a request
//! costs, micro-dollars. The first line that it prints is its address, on this machine alone: what is between it and the world has
//! to speak TLS.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use settlement_interface::Address;
use solana_commitment_config::CommitmentConfig;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tally_client::node::Rpc;
use tally_x402::chain::{Recent, network};
use tally_x402::gate::{Charge, Toll, pass};
use tally_x402::realm::Realm;
use tally_x402::till::{Offer, Till};
use tally_x402::vouchers::Folder;

/// Work of one job that may wait to be settled, micro-dollars: what its provider is ready to lose.
const MOST_UNSETTLED: u64 = 5_000_000;
/// Seconds within which a request is answered.
const TIMEOUT: u32 = 60;

/// A micro-dollar a word, as far as the price goes; a text without a word is no success, and costs nothing.
async fn words(text: String) -> Response {
    let words = text.split_whitespace().count();
    if words == 0 {
        return (StatusCode::UNPROCESSABLE_ENTITY, "there is no word in this text\n").into_response();
    }
    let mut response = format!("{words} words\n").into_response();
    response.extensions_mut().insert(Charge(u64::try_from(words).unwrap_or(u64::MAX)));
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rpc, provider, vouchers, price] = arguments.as_slice() else {
        return Err("usage: paid RPC_URL PROVIDER VOUCHERS PRICE".into());
    };
    let (provider, price): (Address, u64) = (provider.parse()?, price.parse()?);
    let rpc = Rpc::new(rpc.clone(), Duration::from_secs(10), CommitmentConfig::confirmed());
    let offer = Offer {
        network: network(&rpc.genesis_hash().await?.to_string()),
        provider,
        timeout: TIMEOUT,
        most_unsettled: MOST_UNSETTLED,
    };
    let jobs = Recent::new(rpc, Duration::from_secs(2)); // a request asks the node only if its job was not read just now
    let till = Arc::new(Till::new(offer, jobs, Folder::new(vouchers)?));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let realm = Arc::new(Realm::random(address.to_string())?);
    let toll = Toll { till, realm, price, description: "the number of words of a text" };
    let router = Router::new()
        .route("/words", post(words))
        .layer(from_fn_with_state(toll, pass::<Recent<Rpc>, Folder>));
    println!("http://{address}");
    axum::serve(listener, router).await?;
    Ok(())
}
