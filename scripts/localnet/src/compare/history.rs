//! The program's events, read from the chain's transactions by plain RPC.
//!
//! Accounts keep what is; what was moved on the way there (deposits, refunds, burns of reclaimed
//! jobs) is only in transactions. This reads all of them anew, knowing nothing of the indexer.

use super::accounts::call;
use crate::chain::Chain;
use crate::failure::{Context, Result};
use serde_json::{Value, json};
use settlement_interface::events::Event;
use settlement_interface::{ID, pda};

/// Signatures of one page.
const PAGE: usize = 1_000;

/// An event and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Slot of its transaction.
    pub slot: u64,
    /// Its transaction.
    pub signature: String,
    /// Time of its block, Unix seconds.
    pub block_time: i64,
    /// The event.
    pub event: Event,
}

/// All events in the order of slots; within a slot in the order of each account's sequence numbers.
pub struct History {
    /// Every event.
    pub entries: Vec<Entry>,
}

impl History {
    /// Reads every transaction of the program.
    pub fn read(chain: &Chain) -> Result<Self> {
        let mut signatures = signatures(chain)?;
        signatures.reverse();
        let mut entries = Vec::new();
        for signature in &signatures {
            read_transaction(chain, signature, &mut entries)?;
        }
        entries.sort_by_key(|entry| entry.slot);
        Ok(Self { entries })
    }

    /// Time of the last block with an event.
    pub fn last_block_time(&self) -> i64 {
        self.entries.last().map_or(0, |entry| entry.block_time)
    }
}

fn signatures(chain: &Chain) -> Result<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let mut options = json!({ "limit": PAGE, "commitment": "confirmed" });
        if let (Some(last), Some(fields)) = (all.last(), options.as_object_mut()) {
            fields.insert("before".into(), json!(last));
        }
        let page: Vec<Value> = call(chain, "getSignaturesForAddress", json!([ID.to_string(), options]))?;
        let full = page.len() >= PAGE;
        for entry in page {
            if entry.pointer("/err").is_none_or(Value::is_null) {
                let signature = entry.pointer("/signature").and_then(Value::as_str);
                all.push(signature.context("a signature is missing")?.to_owned());
            }
        }
        if !full {
            return Ok(all);
        }
    }
}

fn read_transaction(chain: &Chain, signature: &str, entries: &mut Vec<Entry>) -> Result<()> {
    let options =
        json!({ "encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 0 });
    let answer: Value = call(chain, "getTransaction", json!([signature, options]))?;
    let broken = || format!("transaction {signature} cannot be read");
    let number = |pointer: &str| answer.pointer(pointer).and_then(Value::as_i64);
    let slot = number("/slot").and_then(|slot| u64::try_from(slot).ok()).context(broken())?;
    let block_time = number("/blockTime").context(broken())?;
    let keys = keys(&answer);
    let program = ID.to_string();
    let authority = pda::event_authority().to_string();
    let groups = answer.pointer("/meta/innerInstructions").and_then(Value::as_array).context(broken())?;
    let inner = groups.iter().filter_map(|group| group.pointer("/instructions")?.as_array()).flatten();
    for instruction in inner {
        let key = |index: &Value| keys.get(usize::try_from(index.as_u64()?).ok()?).map(String::as_str);
        let ours = instruction.pointer("/programIdIndex").and_then(key) == Some(&program);
        // Only the program itself can have this address sign: no stranger's look-alike gets through.
        let signed = instruction.pointer("/accounts/0").and_then(key) == Some(&authority);
        if !(ours && signed) {
            continue;
        }
        let data = instruction.pointer("/data").and_then(Value::as_str).context(broken())?;
        let data = bs58::decode(data).into_vec().context(broken())?;
        if let Some(event) = Event::decode(&data).context(broken())? {
            entries.push(Entry { slot, signature: signature.to_owned(), block_time, event });
        }
    }
    Ok(())
}

/// Every account of a transaction: its own, then those of lookup tables.
fn keys(transaction: &Value) -> Vec<String> {
    let lists = [
        "/transaction/message/accountKeys",
        "/meta/loadedAddresses/writable",
        "/meta/loadedAddresses/readonly",
    ];
    let lists = lists.iter().filter_map(|pointer| transaction.pointer(pointer)?.as_array());
    lists.flatten().filter_map(|key| Some(key.as_str()?.to_owned())).collect()
}
