//! The questions that the command line and the API ask a node, answered out of the VM.

use crate::world::{CLUSTER, World};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use settlement_interface::{Address, ID};
use solana_account::Account;
use solana_instruction_error::InstructionError;
use solana_message::VersionedMessage;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::collections::HashMap;

/// What came of transactions that were sent, by signature.
#[derive(Default)]
pub struct Sent(HashMap<String, (u64, Value)>);

fn account(account: &Account) -> Value {
    json!({
        "data": [BASE64_STANDARD.encode(&account.data), "base64"],
        "executable": account.executable,
        "lamports": account.lamports,
        "owner": account.owner.to_string(),
        "rentEpoch": 0,
        "space": account.data.len(),
    })
}

fn error(error: &TransactionError) -> Value {
    match error {
        TransactionError::InstructionError(index, InstructionError::Custom(code)) => {
            json!({ "InstructionError": [index, { "Custom": code }] })
        }
        TransactionError::InstructionError(index, error) => {
            json!({ "InstructionError": [index, format!("{error:?}")] })
        }
        other => json!(format!("{other:?}")),
    }
}

fn transaction(parameter: &Value) -> VersionedTransaction {
    let bytes = BASE64_STANDARD.decode(parameter.as_str().unwrap()).unwrap();
    wincode::deserialize(&bytes).unwrap()
}

/// The result of a question, or the node's refusal.
pub fn answer(world: &mut World, sent: &mut Sent, method: &str, parameters: &Value) -> Result<Value, Value> {
    let slot = world.slot();
    let context = json!({ "slot": slot });
    let with = |value: Value| Ok(json!({ "context": context, "value": value }));
    match method {
        "getGenesisHash" => Ok(json!(Address::new_from_array(CLUSTER).to_string())),
        "getMultipleAccounts" => {
            let keys = parameters[0].as_array().unwrap().iter();
            let found = keys.map(|key| {
                let key = key.as_str().unwrap().parse().unwrap();
                world.svm.get_account(&key).filter(|it| it.lamports > 0).map(|it| account(&it))
            });
            with(json!(found.collect::<Vec<_>>()))
        }
        "getProgramAccounts" => {
            let filters = parameters[1]["filters"].as_array().unwrap();
            let holds = |data: &[u8]| {
                filters.iter().all(|filter| {
                    let at = usize::try_from(filter["memcmp"]["offset"].as_u64().unwrap()).unwrap();
                    let bytes = BASE64_STANDARD.decode(filter["memcmp"]["bytes"].as_str().unwrap()).unwrap();
                    data.get(at..).is_some_and(|rest| rest.starts_with(&bytes))
                })
            };
            let all = world.svm.get_program_accounts(&ID).into_iter().filter(|(_, it)| holds(&it.data));
            let rows = all.map(|(key, it)| json!({ "pubkey": key.to_string(), "account": account(&it) }));
            Ok(rows.collect())
        }
        "getMinimumBalanceForRentExemption" => {
            let bytes = usize::try_from(parameters[0].as_u64().unwrap()).unwrap();
            Ok(json!(world.svm.minimum_balance_for_rent_exemption(bytes)))
        }
        "getRecentPrioritizationFees" => Ok(json!([])),
        "getLatestBlockhash" => {
            let blockhash = world.svm.latest_blockhash().to_string();
            with(json!({ "blockhash": blockhash, "lastValidBlockHeight": slot + 150 }))
        }
        "getEpochInfo" => Ok(json!({
            "absoluteSlot": slot, "blockHeight": slot, "epoch": 0, "slotIndex": slot, "slotsInEpoch": 432_000,
        })),
        "simulateTransaction" => {
            let mut transaction = transaction(&parameters[0]);
            transaction.message.set_recent_blockhash(world.svm.latest_blockhash());
            let outcome = world.svm.clone().with_sigverify(false).simulate_transaction(transaction);
            let (failure, meta, after) = match outcome {
                Ok(simulated) => (Value::Null, simulated.meta, Some(simulated.post_accounts)),
                Err(failed) => (error(&failed.err), failed.meta, None),
            };
            let told = parameters[1]["accounts"]["addresses"].as_array().map(|asked| {
                let one = |key: &Value| {
                    let key: Address = key.as_str().unwrap().parse().unwrap();
                    let changed = after.as_ref()?.iter().find(|(changed, _)| *changed == key);
                    let found = match changed {
                        Some((_, account)) => Some(Account::from(account.clone())),
                        None => world.svm.get_account(&key),
                    };
                    found.filter(|it| it.lamports > 0).map(|it| account(&it))
                };
                asked.iter().map(one).collect::<Vec<_>>()
            });
            with(json!({
                "err": failure, "logs": meta.logs, "unitsConsumed": meta.compute_units_consumed, "accounts": told,
            }))
        }
        "sendTransaction" => {
            let transaction = transaction(&parameters[0]);
            assert!(matches!(transaction.message, VersionedMessage::V0(_)));
            let signature = transaction.signatures[0].to_string();
            if sent.0.contains_key(&signature) {
                return Ok(json!(signature));
            }
            let failure = world.svm.send_transaction(transaction).err().map(|failed| error(&failed.err));
            // The next intent of the same instructions is another transaction.
            world.svm.expire_blockhash();
            sent.0.insert(signature.clone(), (slot, failure.unwrap_or(Value::Null)));
            Ok(json!(signature))
        }
        "getSignatureStatuses" => {
            let statuses = parameters[0].as_array().unwrap().iter().map(|signature| {
                let (slot, err) = sent.0.get(signature.as_str().unwrap())?;
                let status = if err.is_null() { json!({ "Ok": null }) } else { json!({ "Err": err }) };
                Some(json!({
                    "slot": slot, "confirmations": null, "err": err, "status": status,
                    "confirmationStatus": "finalized",
                }))
            });
            with(json!(statuses.collect::<Vec<_>>()))
        }
        other => Err(json!({ "code": -32601, "message": format!("nobody was expected to ask for {other}") })),
    }
}
