//! The answers of Solana's JSON-RPC, as far as they are read here (encoding `json`), and how they
//! become [`Transaction`]s. Unknown fields are ignored, so that newer nodes can be read.

use crate::source::{Inner, Instruction, Transaction};
use serde::Deserialize;
use serde_json::Value;
use settlement_interface::Address;
use std::sync::Arc;

/// One entry of `getSignaturesForAddress`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signature {
    /// Signature.
    pub signature: Arc<str>,
    /// Slot.
    pub slot: u64,
    /// Why it failed, if it did.
    #[serde(default)]
    pub err: Option<Value>,
    /// Place in its block; newer nodes say it.
    #[serde(default)]
    pub transaction_index: Option<u32>,
}

/// `getBlock` with `transactionDetails` of `none` or `signatures`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockHead {
    /// Blockhash.
    pub blockhash: String,
    /// Slot of the block before.
    pub parent_slot: u64,
    /// Unix seconds.
    #[serde(default)]
    pub block_time: Option<i64>,
    /// All of the block's signatures in order, if asked for.
    #[serde(default)]
    pub signatures: Option<Vec<Arc<str>>>,
}

/// `getTransaction`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// Slot.
    pub slot: u64,
    /// Unix seconds.
    #[serde(default)]
    pub block_time: Option<i64>,
    /// Place in its block; newer nodes say it.
    #[serde(default)]
    pub transaction_index: Option<u32>,
    transaction: Body,
    meta: Option<Meta>,
}

#[derive(Clone, Debug, Deserialize)]
struct Body {
    message: Message,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    account_keys: Vec<String>,
    instructions: Vec<Compiled>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compiled {
    program_id_index: usize,
    accounts: Vec<usize>,
    data: String,
    #[serde(default)]
    stack_height: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    err: Option<Value>,
    #[serde(default)]
    inner_instructions: Option<Vec<Under>>,
    #[serde(default)]
    loaded_addresses: Option<Loaded>,
}

#[derive(Clone, Debug, Deserialize)]
struct Under {
    index: usize,
    instructions: Vec<Compiled>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Loaded {
    #[serde(default)]
    writable: Vec<String>,
    #[serde(default)]
    readonly: Vec<String>,
}

/// `getMultipleAccounts`.
#[derive(Clone, Debug, Deserialize)]
pub struct Accounts {
    /// When they were read.
    pub context: Context,
    /// In the order asked for; `None` if there is no such account.
    pub value: Vec<Option<Account>>,
}

/// When accounts were read.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Context {
    /// Slot.
    pub slot: u64,
}

/// An account, data in base64.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// Program that owns it.
    pub owner: String,
    /// Whether it is a program.
    #[serde(default)]
    pub executable: bool,
    data: (String, String),
}

impl Account {
    /// Its data; empty if the node sent something else than base64.
    pub fn data(&self) -> Vec<u8> {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.decode(&self.data.0).unwrap_or_default()
    }
}

impl Fetched {
    /// The transaction; `Ok(None)` if it failed on chain, `Err` says what the node left out.
    pub fn transaction(self, signature: Arc<str>) -> Result<Option<Transaction>, String> {
        let meta = self.meta.ok_or("it has no metadata")?;
        if meta.err.is_some() {
            return Ok(None);
        }
        let inner =
            meta.inner_instructions.ok_or("it has no inner instructions; the node does not record them")?;
        let loaded = meta.loaded_addresses.unwrap_or_default();
        let names =
            self.transaction.message.account_keys.iter().chain(&loaded.writable).chain(&loaded.readonly);
        let keys: Vec<Address> = names
            .map(|name| name.parse().map_err(|_| format!("{name} is not an address")))
            .collect::<Result<_, _>>()?;
        let outer = self.transaction.message.instructions.iter();
        let mut instructions: Vec<Instruction> = outer
            .map(|compiled| {
                Ok(Instruction { program: key(&keys, compiled)?, data: bytes(compiled)?, inner: Vec::new() })
            })
            .collect::<Result<_, String>>()?;
        for under in inner {
            let parent = instructions.get_mut(under.index).ok_or("an inner instruction has no outer one")?;
            for compiled in &under.instructions {
                let accounts = compiled.accounts.iter().map(|index| keys.get(*index).copied());
                parent.inner.push(Inner {
                    program: key(&keys, compiled)?,
                    accounts: accounts.collect::<Option<_>>().ok_or("an account index leads nowhere")?,
                    data: bytes(compiled)?,
                    height: compiled.stack_height,
                });
            }
        }
        Ok(Some(Transaction { signature, index: self.transaction_index, instructions }))
    }
}

fn key(keys: &[Address], compiled: &Compiled) -> Result<Address, String> {
    keys.get(compiled.program_id_index).copied().ok_or_else(|| "a program index leads nowhere".into())
}

fn bytes(compiled: &Compiled) -> Result<Vec<u8>, String> {
    bs58::decode(&compiled.data).into_vec().map_err(|_| "instruction data is not base58".into())
}
