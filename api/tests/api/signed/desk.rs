//! A network in the VM behind a node, the API in front of it, and wallets that sign what it hands out.

use crate::support::{Reply, Service};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_message::VersionedMessage;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use tally_client::tokens::TokenAccount;
use tests::World;
use tests::rpc::{Sent, answer};

type Vm = Arc<Mutex<(World, Sent)>>;

/// Everything that a test needs.
pub struct Desk {
    vm: Vm,
    service: Service,
}

/// The world, as long as nobody else needs it.
pub struct Locked<'a>(MutexGuard<'a, (World, Sent)>);

impl std::ops::Deref for Locked<'_> {
    type Target = World;
    fn deref(&self) -> &World {
        &self.0.0
    }
}

impl std::ops::DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.0.0
    }
}

async fn ask(State(vm): State<Vm>, Json(request): Json<Value>) -> Json<Value> {
    let mut guard = vm.lock().unwrap();
    let (world, sent) = &mut *guard;
    let result = answer(world, sent, request["method"].as_str().unwrap(), &request["params"]);
    let mut reply = json!({ "jsonrpc": "2.0", "id": request["id"] });
    match result {
        Ok(result) => reply["result"] = result,
        Err(error) => reply["error"] = error,
    }
    Json(reply)
}

impl Desk {
    pub async fn new(world: World) -> Self {
        let vm: Vm = Arc::new(Mutex::new((world, Sent::default())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(ask)).with_state(vm.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let nowhere = "postgres://nobody@localhost/none?host=/nowhere";
        Self { vm, service: Service::over(nowhere.into(), &[("RPC_URL", &url)]) }
    }

    pub fn world(&self) -> Locked<'_> {
        Locked(self.vm.lock().unwrap())
    }

    /// Asks for a transaction.
    pub async fn ask(&self, wallet: &Keypair, action: &str) -> Reply {
        let body = json!({ "account": wallet.pubkey().to_string() });
        self.service.post(&format!("/v1/actions/{action}"), &body).await
    }

    /// Asks for what must be refused before anything is simulated; the sentence.
    pub async fn refused(&self, wallet: &Keypair, action: &str) -> String {
        let reply = self.ask(wallet, action).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{action}: {}", reply.text);
        reply.problem("refused").to_owned()
    }

    /// Asks for a transaction, signs and sends it; what was answered. Every balance that changed did so as it was
    /// said, and as the simulation had it.
    pub async fn act(&self, wallet: &Keypair, action: &str) -> Value {
        let reply = self.ask(wallet, action).await;
        assert_eq!(reply.status, StatusCode::OK, "{action}: {}", reply.text);
        self.land(wallet, action, &reply.json);
        reply.json
    }

    /// Serves the API on a free port until the test ends; its URL.
    pub async fn listen(&self) -> String {
        self.service.listen().await
    }

    /// Signs and sends what was answered, and holds every balance against it.
    pub fn land(&self, wallet: &Keypair, action: &str, answer: &Value) {
        let bytes = BASE64_STANDARD.decode(answer["transaction"].as_str().unwrap()).unwrap();
        let unsigned: VersionedTransaction = wincode::deserialize(&bytes).unwrap();
        let key = wallet.pubkey();
        let message = &unsigned.message;
        assert!(
            matches!(message, VersionedMessage::Legacy(_)),
            "{action}: every wallet reads the first form"
        );
        assert_eq!(message.header().num_required_signatures, 1, "{action}: nobody else signs");
        assert_eq!(message.static_account_keys()[0], key, "{action}: the wallet pays");
        assert_eq!(unsigned.signatures[0].as_ref(), [0; 64], "{action}: nothing is signed");
        assert_eq!(answer["expires"]["blockhash"], message.recent_blockhash().to_string());
        if let Some(job) = answer["job"].as_str() {
            let job: Address = job.parse().unwrap();
            assert!(message.static_account_keys().contains(&job), "{action}: the job is its reference");
        }

        let said = Said::read(answer);
        let mut world = self.world();
        let before = Held::now(&world, &said, &key);
        let signed = VersionedTransaction::try_new(message.clone(), &[wallet]).unwrap();
        if let Err(failed) = world.svm.send_transaction(signed) {
            panic!("{action}: {:?}\n{}", failed.err, failed.meta.logs.join("\n"));
        }
        world.svm.expire_blockhash();
        let after = Held::now(&world, &said, &key);
        said.hold(action, &key, &before, &after);
        simulated(action, answer, &key, &before, &after);
    }
}

/// A token account or a wallet, and a mint, `None` for SOL.
type Place = (Address, Option<Address>);

/// What a summary says that moves, by place.
struct Said {
    /// Base units, negative if they leave.
    changes: BTreeMap<Place, i128>,
    /// Accounts whose rent is paid or returned, which they then hold or have held.
    rents: BTreeSet<Address>,
}

fn key(value: &Value) -> Option<Address> {
    value.as_str().map(|text| text.parse().unwrap())
}

impl Said {
    fn read(answer: &Value) -> Self {
        let mut said = Self { changes: BTreeMap::new(), rents: BTreeSet::new() };
        for it in answer["moves"].as_array().unwrap() {
            let kind = it["kind"].as_str().unwrap();
            let amount: i128 = it["amount"]["base"].as_str().unwrap().parse().unwrap();
            assert!(amount > 0, "{it}");
            if !["pay", "mint", "burn", "rent", "fee"].contains(&kind) {
                assert!(["lock", "unlock", "due"].contains(&kind), "{it}");
                continue;
            }
            let mint = key(&it["mint"]);
            assert_eq!(mint.is_none(), it["token"] == "sol", "{it}");
            for (end, sign) in [("from", -1), ("to", 1)] {
                let Some(address) = key(&it[end]) else { continue };
                *said.changes.entry((address, mint)).or_default() += sign * amount;
                said.rents.extend((kind == "rent").then_some(address));
            }
        }
        said
    }

    /// Holds every balance against it.
    fn hold(&self, action: &str, wallet: &Address, before: &Held, after: &Held) {
        let places = self.changes.keys().chain(before.0.keys()).chain(after.0.keys());
        for place in places.collect::<BTreeSet<_>>() {
            let said = self.changes.get(place).copied().unwrap_or(0);
            let changed = after.of(place) - before.of(place);
            let (address, mint) = place;
            // Nothing more leaves the wallet than was said, whatever else holds.
            assert!(
                address != wallet || changed >= said.min(0),
                "{action}: {mint:?} of the wallet: {changed}, said {said}"
            );
            assert_eq!(changed, said, "{action}: {mint:?} of {address}");
        }
    }
}

/// What everybody named holds.
struct Held(BTreeMap<Place, i128>);

impl Held {
    /// Of the wallet everything, of the others what the summary names.
    fn now(world: &World, said: &Said, wallet: &Address) -> Self {
        let mut held = BTreeMap::new();
        let programs = [pda::TOKEN_PROGRAM, pda::TOKEN_2022_PROGRAM];
        let accounts = programs.iter().flat_map(|program| world.svm.get_program_accounts(program));
        for (address, account) in accounts {
            let Some(tokens) = TokenAccount::read(&account.data) else { continue };
            // A vault by its own address, a wallet's accounts by the wallet.
            for place in [(address, Some(tokens.mint)), (tokens.owner, Some(tokens.mint))] {
                let counts = place.0 == *wallet || said.changes.contains_key(&place);
                if counts {
                    *held.entry(place).or_default() += i128::from(tokens.amount);
                }
            }
        }
        let sol = said.changes.keys().filter(|(_, mint)| mint.is_none()).map(|(address, _)| *address);
        for address in sol.chain([*wallet]).collect::<BTreeSet<_>>() {
            held.insert((address, None), i128::from(world.lamports(&address)));
        }
        Self(held)
    }

    fn of(&self, place: &Place) -> i128 {
        self.0.get(place).copied().unwrap_or(0)
    }
}

/// What the simulation said of the wallet is what came.
fn simulated(action: &str, answer: &Value, wallet: &Address, before: &Held, after: &Held) {
    let told = answer["simulation"]["changes"].as_array().unwrap();
    let told: BTreeMap<_, i128> = told
        .iter()
        .map(|it| (key(&it["mint"]), it["amount"]["base"].as_str().unwrap().parse().unwrap()))
        .collect();
    let places = before.0.keys().chain(after.0.keys()).filter(|(address, _)| address == wallet);
    for place in places.collect::<BTreeSet<_>>() {
        let changed = after.of(place) - before.of(place);
        assert_eq!(
            told.get(&place.1).copied().unwrap_or(0),
            changed,
            "{action}: {:?} was simulated",
            place.1
        );
    }
}
