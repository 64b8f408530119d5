//! A facilitator for a provider whose servers are written in another language: they ask it whether a payment is good, and tell it
//! what was charged. It keeps their books.
//!
//! ```sh
//! cargo run --package tally-x402 --example facilitator -- RPC_URL PROVIDER VOUCHERS
//! ```
//!
//! The first line that it prints is its address, on this machine alone: whoever reaches it can have charged what consumers have
//! authorized. No other process may write the folder `VOUCHERS` meanwhile.

use settlement_interface::Address;
use solana_commitment_config::CommitmentConfig;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tally_client::node::Rpc;
use tally_x402::chain::{Recent, network};
use tally_x402::facilitator::router;
use tally_x402::till::{Offer, Till};
use tally_x402::vouchers::Folder;

/// Work of one job that may wait to be settled, micro-dollars: what its provider is ready to lose.
const MOST_UNSETTLED: u64 = 5_000_000;
/// Seconds within which a request is answered: `maxTimeoutSeconds` of what servers offer.
const TIMEOUT: u32 = 60;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rpc, provider, vouchers] = arguments.as_slice() else {
        return Err("usage: facilitator RPC_URL PROVIDER VOUCHERS".into());
    };
    let provider: Address = provider.parse()?;
    let rpc = Rpc::new(rpc.clone(), Duration::from_secs(10), CommitmentConfig::confirmed());
    let network = network(&rpc.genesis_hash().await?.to_string());
    let offer = Offer { network, provider, timeout: TIMEOUT, most_unsettled: MOST_UNSETTLED };
    let till = Arc::new(Till::new(offer, Recent::new(rpc, Duration::from_secs(2)), Folder::new(vouchers)?));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router(till)).await?;
    Ok(())
}
