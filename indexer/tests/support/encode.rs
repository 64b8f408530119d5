//! Chain data in the JSON that nodes answer with (encoding `json`).

use super::chain::{Full, Sent};
use base64::Engine;
use serde_json::{Value, json};
use settlement_interface::Address;

fn error(sent: &Sent) -> Value {
    if sent.failed { json!({ "InstructionError": [0, { "Custom": 6200 }] }) } else { Value::Null }
}

pub fn listed(slot: u64, sent: &Sent, says_index: bool) -> Value {
    let mut value = json!({
        "signature": &*sent.transaction.signature, "slot": slot, "err": error(sent), "memo": null,
        "blockTime": 1, "confirmationStatus": "confirmed",
    });
    if says_index {
        value["transactionIndex"] = json!(sent.transaction.index);
    }
    value
}

/// All addresses of a transaction, each once.
pub fn keys(sent: &Sent) -> Vec<Address> {
    let mut keys: Vec<Address> = vec![Address::new_from_array([42; 32])];
    for instruction in &sent.transaction.instructions {
        keys.push(instruction.program);
        keys.extend(
            instruction.inner.iter().flat_map(|call| call.accounts.iter().copied().chain([call.program])),
        );
    }
    keys.sort();
    keys.dedup();
    keys
}

pub fn transaction(block: &Full, sent: &Sent, says_index: bool) -> Value {
    let keys = keys(sent);
    let place = |key: &Address| keys.iter().position(|candidate| candidate == key).unwrap();
    let compiled = |program: &Address, accounts: &[Address], data: &[u8], height: Option<u32>| {
        json!({
            "programIdIndex": place(program), "accounts": accounts.iter().map(place).collect::<Vec<_>>(),
            "data": bs58::encode(data).into_string(), "stackHeight": height,
        })
    };
    let instructions = &sent.transaction.instructions;
    let outer: Vec<Value> =
        instructions.iter().map(|i| compiled(&i.program, &[], &i.data, Some(1))).collect();
    let inner = instructions.iter().enumerate().filter(|(_, i)| !i.inner.is_empty()).map(|(index, i)| {
        let calls =
            i.inner.iter().map(|call| compiled(&call.program, &call.accounts, &call.data, call.height));
        json!({ "index": index, "instructions": calls.collect::<Vec<_>>() })
    });
    // The last keys come from a lookup table.
    let (fixed, loaded) = keys.split_at(keys.len() / 2);
    let names = |keys: &[Address]| keys.iter().map(Address::to_string).collect::<Vec<_>>();
    let mut value = json!({
        "slot": block.slot, "blockTime": block.time, "version": 0,
        "transaction": {
            "signatures": [&*sent.transaction.signature],
            "message": { "accountKeys": names(fixed), "instructions": outer, "recentBlockhash": block.blockhash },
        },
        "meta": {
            "err": error(sent), "fee": 5000, "innerInstructions": inner.collect::<Vec<_>>(),
            "loadedAddresses": { "writable": names(&loaded[..loaded.len() / 2]), "readonly": names(&loaded[loaded.len() / 2..]) },
        },
    });
    if says_index {
        value["transactionIndex"] = json!(sent.transaction.index);
    }
    value
}

pub fn head(block: &Full, signatures: bool) -> Value {
    let mut value = json!({
        "blockhash": block.blockhash, "parentSlot": block.parent, "previousBlockhash": block.blockhash,
        "blockTime": block.time, "blockHeight": block.slot,
    });
    if signatures {
        let len = block.sent.iter().filter_map(|sent| sent.transaction.index).max().unwrap_or(0) as usize + 2;
        let mut all: Vec<String> = (0..len).map(|number| format!("somebody else's {number}")).collect();
        for sent in &block.sent {
            all[sent.transaction.index.unwrap() as usize] = sent.transaction.signature.to_string();
        }
        value["signatures"] = json!(all);
    }
    value
}

pub fn account(owner: &str, data: &[u8], executable: bool) -> Value {
    let data = base64::engine::general_purpose::STANDARD.encode(data);
    json!({ "data": [data, "base64"], "executable": executable, "lamports": 1, "owner": owner, "rentEpoch": 0, "space": 0 })
}
