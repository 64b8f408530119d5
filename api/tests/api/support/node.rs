//! An RPC node made of a table of accounts.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use settlement_interface::accounts::{Config, Consumer, Layout, Price, Provider, RateEntry};
use settlement_interface::oracle::{PYTH_RECEIVER, PriceMessage, encode};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, ID, pda};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub const BLOCKHASH: &str = "EETubP5AKHgjPAhzPAFcb8BAY1hMH639CWCFTqi3hq1k";
pub const GENESIS: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
/// The clock of the node's cluster.
pub const NOW: i64 = 1_793_491_200;

pub fn address(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

#[derive(Clone, Default)]
pub struct Node {
    accounts: Arc<Mutex<HashMap<String, Value>>>,
    /// What simulations say that becomes of accounts; of all others that they stay as they are.
    after: Arc<Mutex<HashMap<String, Value>>>,
    /// `err` and `logs` of the next simulations.
    failure: Arc<Mutex<Option<(Value, Value)>>>,
    /// Prices of a compute unit in recent blocks.
    prices: Arc<Mutex<Vec<u64>>>,
    pub simulated: Arc<Mutex<Vec<String>>>,
    /// Whether simulations say nothing about accounts.
    mute: Arc<Mutex<bool>>,
}

impl Node {
    /// A node whose cluster has the network, the wallet with 100 tokens, and a provider.
    pub fn new() -> Self {
        let node = Self::default();
        node.set(pda::config(), ID, &layout(&config()));
        node.set(pda::price(), ID, &layout(&price()));
        node.provides(pda::provider(&authority()), authority());
        let mut clock = vec![0; 40];
        clock[32..].copy_from_slice(&NOW.to_le_bytes());
        node.set("SysvarC1ock11111111111111111111111111111111".parse().unwrap(), address(8), &clock);
        let rent = [3_480u64.to_le_bytes().as_slice(), &2.0f64.to_le_bytes(), &[50]].concat();
        node.set("SysvarRent111111111111111111111111111111111".parse().unwrap(), address(8), &rent);
        node.published(&PRICE);
        node.tokens(&wallet(), 100_000_000_000);
        node
    }

    pub fn set(&self, key: Address, owner: Address, data: &[u8]) {
        self.accounts.lock().unwrap().insert(key.to_string(), account(owner, data));
    }

    /// Has simulations say that an account becomes this.
    pub fn becomes(&self, key: Address, owner: Address, data: &[u8]) {
        self.after.lock().unwrap().insert(key.to_string(), account(owner, data));
    }

    pub fn remove(&self, key: &Address) {
        self.accounts.lock().unwrap().remove(&key.to_string());
    }

    /// Gives a wallet's associated account an amount.
    pub fn tokens(&self, owner: &Address, amount: u64) {
        self.set(pda::associated_token(owner, &mint()), pda::TOKEN_PROGRAM, &tokens(owner, amount));
    }

    /// Has simulations say that a wallet's associated account then holds this.
    pub fn leaves(&self, owner: &Address, amount: u64) {
        self.becomes(pda::associated_token(owner, &mint()), pda::TOKEN_PROGRAM, &tokens(owner, amount));
    }

    /// Publishes a price at the pinned feed.
    pub fn published(&self, message: &PriceMessage) {
        self.set(config().feed, PYTH_RECEIVER, &encode(&address(9), &FEED_ID, message, 6));
    }

    pub fn fail(&self, error: Value, logs: Value) {
        *self.failure.lock().unwrap() = Some((error, logs));
    }

    /// Has simulations say nothing about accounts.
    pub fn mute(&self) {
        *self.mute.lock().unwrap() = true;
    }

    /// What recent blocks took for a compute unit, millionths of a lamport.
    pub fn takes(&self, prices: &[u64]) {
        *self.prices.lock().unwrap() = prices.to_vec();
    }

    /// Serves on a free port until the test ends; its URL.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(answer)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

/// The URL of a node that takes connections and never answers, as long as the listener lives.
pub async fn silent() -> (tokio::net::TcpListener, String) {
    // The system completes connections that wait to be accepted.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn account(owner: Address, data: &[u8]) -> Value {
    json!({
        "data": [BASE64_STANDARD.encode(data), "base64"], "executable": false, "lamports": 1_000_000,
        "owner": owner.to_string(), "rentEpoch": 0, "space": data.len(),
    })
}

/// A token account's bytes.
pub fn tokens(owner: &Address, amount: u64) -> Vec<u8> {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(mint().as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    data
}

async fn answer(State(node): State<Node>, Json(request): Json<Value>) -> Json<Value> {
    let context = json!({ "slot": 7 });
    let result = match request["method"].as_str().unwrap() {
        "getGenesisHash" => json!(GENESIS),
        "getLatestBlockhash" => {
            json!({ "context": context, "value": { "blockhash": BLOCKHASH, "lastValidBlockHeight": 9 } })
        }
        "getMultipleAccounts" => {
            let accounts = node.accounts.lock().unwrap();
            let keys = request["params"][0].as_array().unwrap();
            let found: Vec<Value> = keys
                .iter()
                .map(|key| accounts.get(key.as_str().unwrap()).cloned().unwrap_or(Value::Null))
                .collect();
            json!({ "context": context, "value": found })
        }
        "getRecentPrioritizationFees" => {
            let prices = node.prices.lock().unwrap();
            prices.iter().map(|price| json!({ "slot": 7, "prioritizationFee": price })).collect()
        }
        "simulateTransaction" => {
            node.simulated.lock().unwrap().push(request["params"][0].as_str().unwrap().to_owned());
            let failure = node.failure.lock().unwrap().clone();
            let (error, logs) = failure.unwrap_or((Value::Null, json!([])));
            let (accounts, after) = (node.accounts.lock().unwrap(), node.after.lock().unwrap());
            let one = |key: &Value| {
                let key = key.as_str().unwrap();
                after.get(key).or(accounts.get(key)).cloned().unwrap_or(Value::Null)
            };
            let asked = request["params"][1]["accounts"]["addresses"].as_array();
            let told = asked.filter(|_| !*node.mute.lock().unwrap());
            let told = told.map(|keys| keys.iter().map(one).collect::<Vec<_>>());
            let value = json!({ "err": error, "logs": logs, "unitsConsumed": 12_345, "accounts": told });
            json!({ "context": context, "value": value })
        }
        other => panic!("the API asked for {other}"),
    };
    Json(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }))
}

fn layout<T: Layout + bytemuck::Pod>(content: &T) -> Vec<u8> {
    [T::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(content)].concat()
}

pub fn wallet() -> Address {
    address(0x11)
}
pub fn authority() -> Address {
    address(0x22)
}
pub fn mint() -> Address {
    address(0x33)
}

pub fn config() -> Config {
    let mut config: Config = bytemuck::Zeroable::zeroed();
    config.mint = mint();
    config.feed = address(0x44);
    config.feed_id = FEED_ID;
    config.decimals = 9;
    config.parameters = Parameters::DEFAULT;
    config
}

const FEED_ID: [u8; 32] = [0x45; 32];

/// What the feed says: two dollars, ten seconds ago.
pub const PRICE: PriceMessage = PriceMessage {
    spot: 200_000_000,
    confidence: 100_000,
    exponent: -8,
    publish_time: NOW - 10,
    average: 199_000_000,
};

/// What the network used last: one dollar, an hour ago.
pub fn price() -> Price {
    let mut price: Price = bytemuck::Zeroable::zeroed();
    price.spot = 100_000_000;
    price.exponent = -8;
    price.publish_time = NOW - 3_600;
    price.seen_at = NOW - 3_600;
    price
}

/// 2.5 USD per hour for class 3; 7 tokens claimable.
pub fn provider() -> Provider {
    let mut provider: Provider = bytemuck::Zeroable::zeroed();
    provider.authority = authority();
    provider.rates[0] = RateEntry { rate: 2_500_000, hardware: 3, reserved: [0; 6] };
    provider.claimable = 7_000_000_000;
    provider
}

impl Node {
    pub fn paused(&self) {
        let mut config = config();
        config.paused_until = NOW + 1;
        self.set(pda::config(), ID, &layout(&config));
    }

    pub fn registered(&self, next_nonce: u64) {
        let mut consumer: Consumer = bytemuck::Zeroable::zeroed();
        consumer.wallet = wallet();
        consumer.next_nonce = next_nonce;
        self.set(pda::consumer(&wallet()), ID, &layout(&consumer));
    }

    /// Has the provider at an address, with an authority.
    pub fn provides(&self, account: Address, authority: Address) {
        self.set(account, ID, &layout(&Provider { authority, ..provider() }));
    }

    pub fn nothing_claimable(&self) {
        let provider = Provider { claimable: 0, ..provider() };
        self.set(pda::provider(&authority()), ID, &layout(&provider));
    }
}
