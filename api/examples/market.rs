//! The market of the API's tests as a database that a server can be started on, and a node for its Actions: for tests
//! of the web page in a browser, which need a service that goes on.
//!
//! Prints one line of JSON: where both are, and who is in the market. Then it runs each line of its standard input as
//! SQL, answers `done`, and ends, with all that it started, when the input does.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::panic, missing_docs)] // a test's

#[path = "../tests/api/support/market/mod.rs"]
#[allow(dead_code)]
mod market;
#[path = "../tests/api/support/node.rs"]
#[allow(dead_code)]
mod node;

use std::io::{BufRead, Write};

#[tokio::main]
async fn main() {
    let cluster = test_postgres::shared().unwrap();
    let database = cluster.database().unwrap();
    cluster.sql(&database, &market::sql()).unwrap();
    cluster.sql(&database, &market::rest::rest()).unwrap();
    let node = node::Node::new();
    let (provider, authority) = (market::provider_a(), market::authority_a());
    node.provides(provider.parse().unwrap(), authority.parse().unwrap());
    let consumer = market::consumer(1);
    node.tokens(&consumer.parse().unwrap(), 1_000_000_000_000);
    let rpc = node.serve().await;
    let about = serde_json::json!({
        "database": database, "rpc": rpc, "provider": provider, "authority": authority,
        "consumer": consumer, "job": market::job(3), "auction": market::job(201),
    });
    say(&about.to_string());
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lock().lines() {
            cluster.sql(&database, &line.unwrap()).unwrap();
            say("done");
        }
    })
    .await
    .unwrap();
}

fn say(line: &str) {
    println!("{line}");
    std::io::stdout().flush().unwrap();
}
