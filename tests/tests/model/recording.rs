//! Random markets, written down for those who read events: `target/markets` gets what was emitted from the first
//! transaction on, and every account of the program at the end. The indexer's tests fold the events and must
//! arrive at the accounts (`indexer/tests/it/markets.rs`), so that an event whose body says something else than
//! what was done is found out.

use crate::market::Market;
use serde_json::{Value, json};
use settlement_interface::ID;
use std::collections::BTreeMap;
use std::path::Path;
use tests::hex;

/// One for each of the stablecoin's token programs.
const SEEDS: [u64; 2] = [5, 6];
const STEPS: u64 = 3_000;

fn recording(market: &Market) -> Value {
    let accounts = market.world.svm.get_program_accounts(&ID).into_iter();
    let accounts: BTreeMap<_, _> =
        accounts.map(|(address, account)| (address.to_string(), hex(&account.data))).collect();
    json!({ "transactions": market.world.told(), "accounts": accounts })
}

#[test]
fn random_markets_are_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/markets");
    std::fs::create_dir_all(&folder).unwrap();
    for seed in SEEDS {
        let mut market = Market::new(seed);
        while market.steps < STEPS {
            market.step();
        }
        std::fs::write(folder.join(format!("{seed}.json")), recording(&market).to_string()).unwrap();
    }
}
