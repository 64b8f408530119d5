//! Random markets, written down for those who read events: `target/markets` gets what was emitted from the first
//! transaction on, and every account of the program at the end. The indexer's tests fold the events and must
//! arrive at the accounts (`indexer/tests/it/markets.rs`), so that an event whose body says something else than
//! what was done is found out.

use crate::market::Market;
use serde_json::{Value, json};
use settlement_interface::ID;
use settlement_interface::accounts::JobState;
use std::collections::BTreeMap;
use std::path::Path;
use tests::hex;

/// Whether a market may end.
type Ending = fn(&Market) -> bool;

/// For each of the stablecoin's token programs: a seed, and what is still there at the end of what comes and goes.
const MARKETS: [(u64, Ending); 3] = [
    (5, |market| !market.spec.cases.is_empty()),
    (6, |market| !market.spec.disputes.is_empty()),
    (9, |market| market.spec.jobs.values().any(|job| job.state == JobState::Failed && job.slashed > 0)),
];
/// At least; then as many more at most, until what is to be there is.
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
    // What another version wrote down would be read with these.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (seed, has) in MARKETS {
        let mut market = Market::new(seed);
        while market.steps < STEPS || !has(&market) {
            market.step();
            assert!(market.steps < 2 * STEPS, "the market of seed {seed} ends without what it is to show");
        }
        std::fs::write(folder.join(format!("{seed}.json")), recording(&market).to_string()).unwrap();
    }
}
