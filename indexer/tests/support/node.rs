//! A node that serves a made chain by JSON-RPC over HTTP, with the habits of real ones: its head
//! moves, finality trails, forks die, pages are ordered differently within a slot, calls fail.

use super::chain::{Chain, Full, number};
use super::encode;
pub use super::garbling::Garbling;
use super::random::Random;
use super::script::time;
use super::tables::CLUSTER;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::AppendHeaders;
use axum::routing::post;
use serde_json::{Value, json};
use settlement_interface::ID;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Slots from confirmed to finalized.
pub const LAG: u64 = 8;

/// A block that is on the chain until the head reaches `until`; meanwhile no later one is.
struct Fork {
    block: Full,
    until: u64,
}

#[derive(Clone, Copy)]
pub struct Habits {
    /// Calls after which the head moves by one slot; 0 for a head that is at the end.
    pub calls_a_slot: u64,
    /// Forks that die.
    pub forks: bool,
    /// Calls of 1,000 that fail.
    pub failing: u64,
    /// Whether it says a transaction's place in its block.
    pub says_index: bool,
}

pub struct State {
    blocks: Vec<Full>,
    forks: Vec<Fork>,
    last: u64,
    head: u64,
    calls: u64,
    fuse: u64,
    habits: Habits,
    random: Random,
    /// Slot that answers about accounts state; 0 for the one that it is.
    pub stated: u64,
    /// The head goes no farther.
    limit: u64,
    /// Transactions through this slot are no longer there.
    forgotten: u64,
    /// Says that this slot was skipped, in these words.
    denied: Option<(u64, Denial)>,
    /// Leaves this transaction out of its lists.
    hidden: Option<Arc<str>>,
    /// Spoils this transaction whenever it gives it.
    spoilt: Option<Arc<str>>,
    /// What it does to its lists.
    garbling: Garbling,
    /// The cluster that it says it is of.
    cluster: &'static str,
    /// Answers nothing, or asks to be left alone for some seconds, once.
    is_down: bool,
    asks: Option<u64>,
    pub accounts: BTreeMap<String, (String, Vec<u8>)>,
}

/// How a node says that there is no block in a slot.
#[derive(Clone, Copy, Debug)]
pub enum Denial {
    Null,
    Code(i64),
}

/// A running node.
pub struct Node {
    pub url: String,
    pub state: Arc<Mutex<State>>,
    burned: Arc<Notify>,
}

impl Node {
    pub async fn start(chain: &Chain, habits: Habits) -> Self {
        let forks = if habits.forks { forks(chain) } else { Vec::new() };
        let head = if habits.calls_a_slot == 0 { chain.last_slot + LAG } else { 0 };
        let state = Arc::new(Mutex::new(State {
            blocks: chain.blocks.clone(),
            forks,
            last: chain.last_slot,
            head,
            calls: 0,
            fuse: 0,
            habits,
            random: Random::new(99),
            stated: 0,
            limit: u64::MAX,
            forgotten: 0,
            denied: None,
            hidden: None,
            spoilt: None,
            garbling: Garbling::default(),
            cluster: CLUSTER,
            is_down: false,
            asks: None,
            accounts: BTreeMap::new(),
        }));
        let burned = Arc::new(Notify::new());
        let (shared, notify) = (state.clone(), burned.clone());
        let answer = move |body: Bytes| {
            let (shared, notify) = (shared.clone(), notify.clone());
            async move {
                let mut state = shared.lock().unwrap();
                let (status, header, body) = state.answer(&body);
                if state.fuse == 1 {
                    notify.notify_one();
                }
                state.fuse = state.fuse.saturating_sub(1);
                (status, AppendHeaders(header), body)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state, burned }
    }

    /// Keeps the head from going beyond a slot.
    pub fn limit(&self, slot: u64) {
        self.state.lock().unwrap().limit = slot;
    }

    /// Puts the head at a slot.
    pub fn head_at(&self, slot: u64) {
        self.state.lock().unwrap().head = slot;
    }

    /// Has it lose the transactions through a slot; 0 for none.
    pub fn forget(&self, slot: u64) {
        self.state.lock().unwrap().forgotten = slot;
    }

    /// Has it lie about a slot.
    pub fn deny(&self, denied: Option<(u64, Denial)>) {
        self.state.lock().unwrap().denied = denied;
    }

    /// Has it leave a transaction out of its lists.
    pub fn hide(&self, signature: Option<Arc<str>>) {
        self.state.lock().unwrap().hidden = signature;
    }

    /// Has it give a transaction in which nothing fits together.
    pub fn spoil(&self, signature: Option<Arc<str>>) {
        self.state.lock().unwrap().spoilt = signature;
    }

    /// Has it garble its lists.
    pub fn garble(&self, garbling: Garbling) {
        self.state.lock().unwrap().garbling = garbling;
    }

    /// Puts a block on the chain, in place of all later ones, until the head reaches a slot.
    pub fn fork(&self, block: Full, until: u64) {
        self.state.lock().unwrap().forks.push(Fork { block, until });
    }

    /// Puts it on another cluster.
    pub fn move_to(&self, cluster: &'static str) {
        self.state.lock().unwrap().cluster = cluster;
    }

    /// Has it answer nothing, or everything again.
    pub fn is_down(&self, is_down: bool) {
        self.state.lock().unwrap().is_down = is_down;
    }

    /// Has it ask to be left alone with its next answer.
    pub fn ask_for(&self, seconds: u64) {
        self.state.lock().unwrap().asks = Some(seconds);
    }

    /// Calls that it got.
    pub fn calls(&self) -> u64 {
        self.state.lock().unwrap().calls
    }

    /// Moves the head: empty slots through `slot` are final.
    pub fn finalize(&self, slot: u64) {
        let mut state = self.state.lock().unwrap();
        (state.last, state.head) = (slot, slot + LAG);
    }

    /// Makes [`Node::burned`] return when `calls` more were answered.
    pub fn light(&self, calls: u64) {
        self.state.lock().unwrap().fuse = calls;
    }

    pub async fn burned(&self) {
        self.burned.notified().await;
    }
}

/// Where the chain skips slots, a block was in one of them for a while, with what came next.
fn forks(chain: &Chain) -> Vec<Fork> {
    let mut random = Random::new(7);
    let mut forks: Vec<Fork> = Vec::new();
    for pair in chain.blocks.windows(2) {
        let [full, next] = pair else { continue };
        let free = forks.last().is_none_or(|fork| fork.until < full.slot);
        if next.slot > full.slot + 1 && free {
            let mut block = next.clone();
            block.slot = full.slot + 1;
            block.blockhash = bs58::encode(random.bytes::<32>()).into_string();
            number(&mut block.sent);
            let until = block.slot + LAG - 3;
            forks.push(Fork { block, until });
        }
    }
    forks
}

type Answer = (StatusCode, Option<(&'static str, String)>, String);

impl State {
    /// Moves the head by one slot.
    pub fn advance(&mut self) {
        self.head = (self.head + 1).min(self.limit.max(self.head));
    }

    /// Whether everything is final, so that nothing more happens.
    pub fn is_over(&self) -> bool {
        self.finalized() == self.last
    }

    pub fn confirmed(&self) -> u64 {
        self.head.min(self.last)
    }

    pub fn finalized(&self) -> u64 {
        self.head.saturating_sub(LAG).min(self.last)
    }

    /// The chain as it is now.
    pub fn view(&self) -> Vec<&Full> {
        let head = self.confirmed();
        let fork = self.forks.iter().find(|fork| fork.block.slot <= head && self.head < fork.until);
        let end = fork.map_or(head, |fork| fork.block.slot - 1);
        let main = self.blocks.iter().filter(|block| block.slot <= end);
        main.chain(fork.map(|fork| &fork.block)).collect()
    }

    fn answer(&mut self, body: &[u8]) -> Answer {
        self.calls += 1;
        if self.habits.calls_a_slot > 0 && self.calls.is_multiple_of(self.habits.calls_a_slot) {
            self.advance();
        }
        let request: Value = serde_json::from_slice(body).unwrap();
        if let Some(seconds) = self.asks.take() {
            let header = Some(("retry-after", seconds.to_string()));
            return (StatusCode::TOO_MANY_REQUESTS, header, String::new());
        }
        if self.is_down {
            return (StatusCode::BAD_GATEWAY, None, String::new());
        }
        if self.random.next() % 1_000 < self.habits.failing {
            return match self.random.within(0, 3) {
                0 => (StatusCode::INTERNAL_SERVER_ERROR, None, "oops".into()),
                1 => (StatusCode::TOO_MANY_REQUESTS, None, String::new()),
                2 => (StatusCode::OK, None, "{".into()),
                _ => reply(Err((-32005, "Node is behind".into()))),
            };
        }
        let params = &request["params"];
        let answer = match request["method"].as_str().unwrap() {
            "getGenesisHash" => Ok(json!(self.cluster)),
            "getSlot" => Ok(json!(self.slot(&params[0]))),
            "getBlockTime" => Ok(json!(time(params[0].as_u64().unwrap()))),
            "getSignaturesForAddress" => self.signatures(&params[1]),
            "getTransaction" => Ok(self.transaction(&params[0], &params[1])),
            "getBlock" => self.block(params[0].as_u64().unwrap(), &params[1]),
            "getBlocksWithLimit" => Ok(self.slots(&params[0], &params[1])),
            "getMultipleAccounts" => self.many_accounts(&params[0], &params[1]),
            other => Err((-32601, format!("no method {other}"))),
        };
        reply(answer)
    }

    fn slot(&self, options: &Value) -> u64 {
        if options["commitment"] == "finalized" { self.finalized() } else { self.confirmed() }
    }

    fn signatures(&mut self, options: &Value) -> Result<Value, (i64, String)> {
        if options["minContextSlot"].as_u64().unwrap() > self.confirmed() {
            return Err((-32016, "Minimum context slot has not been reached".into()));
        }
        let mut random = self.random.clone();
        let newest_first = random.chance(50);
        let mut all = Vec::new();
        for block in self.view().into_iter().rev().filter(|block| block.slot > self.forgotten) {
            let shown =
                block.sent.iter().filter(|one| Some(&one.transaction.signature) != self.hidden.as_ref());
            let mut sent: Vec<_> = shown.map(|one| (block.slot, one)).collect();
            if newest_first {
                sent.reverse();
            }
            all.extend(sent);
        }
        let place = |name: &Value| {
            let name = name.as_str()?;
            all.iter().position(|(_, one)| *one.transaction.signature == *name)
        };
        let start = match (&options["before"], place(&options["before"])) {
            (Value::Null, _) => 0,
            (_, Some(place)) => place + 1,
            (_, None) => return Ok(json!([])), // unknown: from another fork
        };
        let end = place(&options["until"]).unwrap_or(all.len()).max(start);
        let limit = options["limit"].as_u64().unwrap() as usize;
        let page = self.garbling.page(&all[..end], start, limit, &mut random);
        let listed = page.iter().map(|(slot, one)| encode::listed(*slot, one, self.habits.says_index));
        let listed = listed.collect();
        self.random = random;
        Ok(listed)
    }

    fn transaction(&mut self, signature: &Value, options: &Value) -> Value {
        assert_eq!(options["maxSupportedTransactionVersion"], 1);
        if self.random.next() % 1_000 < self.habits.failing {
            return Value::Null;
        }
        let through = self.slot(options);
        let view = self.view();
        let found = view.iter().filter(|block| block.slot <= through).find_map(|block| {
            let one = block.sent.iter().find(|one| signature == &*one.transaction.signature)?;
            let mut given = encode::transaction(block, one, self.habits.says_index);
            if Some(&one.transaction.signature) == self.spoilt.as_ref() {
                given["transaction"]["message"]["instructions"][0]["programIdIndex"] = json!(255);
            }
            Some(given)
        });
        found.unwrap_or(Value::Null)
    }

    fn block(&self, slot: u64, options: &Value) -> Result<Value, (i64, String)> {
        if slot > self.slot(options) {
            return Err((-32004, format!("Block not available for slot {slot}")));
        }
        match self.denied {
            Some((denied, Denial::Null)) if denied == slot => return Ok(Value::Null),
            Some((denied, Denial::Code(code))) if denied == slot => return Err((code, "not here".into())),
            _ => {}
        }
        let view = self.view();
        let block = view.iter().find(|block| block.slot == slot);
        let skipped =
            (-32007, format!("Slot {slot} was skipped, or missing due to ledger jump to recent snapshot"));
        Ok(encode::head(block.ok_or(skipped)?, options["transactionDetails"] == "signatures"))
    }

    fn slots(&self, start: &Value, limit: &Value) -> Value {
        let finalized = self.finalized();
        let denied = self.denied.map(|(slot, _)| slot);
        let slots = self.view().into_iter().map(|block| block.slot).filter(|slot| Some(*slot) != denied);
        let slots = slots.filter(|slot| *slot >= start.as_u64().unwrap() && *slot <= finalized);
        slots.take(limit.as_u64().unwrap() as usize).collect()
    }

    fn many_accounts(&self, names: &Value, options: &Value) -> Result<Value, (i64, String)> {
        if options["minContextSlot"].as_u64().unwrap_or(0) > self.finalized() {
            return Err((-32016, "Minimum context slot has not been reached".into()));
        }
        let one = |name: &Value| {
            let name = name.as_str().unwrap();
            if name == ID.to_string() {
                return encode::account("BPFLoaderUpgradeab1e11111111111111111111111", &[], true);
            }
            self.accounts.get(name).map_or(Value::Null, |(owner, data)| encode::account(owner, data, false))
        };
        let value: Vec<Value> = names.as_array().unwrap().iter().map(one).collect();
        let slot = if self.stated > 0 { self.stated } else { self.slot(options) };
        Ok(json!({ "context": { "slot": slot }, "value": value }))
    }
}

fn reply(answer: Result<Value, (i64, String)>) -> Answer {
    let body = match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": 1, "result": result }),
        Err((code, message)) => {
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": code, "message": message } })
        }
    };
    (StatusCode::OK, None, body.to_string())
}
