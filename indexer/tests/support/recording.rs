//! What tests of the program wrote down of what it emitted, as blocks.

use super::chain::self_cpi;
use indexer::source::{Block, Header, Instruction, Transaction};
use serde_json::Value;
use settlement_interface::ID;
use std::path::Path;

pub struct Recording {
    pub name: String,
    pub told: Value,
}

/// Every recording in a folder under `target`, by name; `made` says which tests make them.
pub fn recordings(folder: &str, made: &str) -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(folder);
    let made = format!("cargo test --package tests --test {made} recording");
    let files = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("{} is not there; make it by: {made}", folder.display()));
    let mut all: Vec<Recording> = files
        .map(|file| {
            let path = file.unwrap().path();
            let told = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            Recording { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), told }
        })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!all.is_empty(), "no recordings; make them by: {made}");
    all
}

impl Recording {
    /// Its transactions, a block for each slot.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        for (number, told) in self.told["transactions"].as_array().unwrap().iter().enumerate() {
            let slot = told["slot"].as_u64().unwrap();
            let events = told["events"].as_array().unwrap().iter();
            let calls = events.map(|data| self_cpi(hex::decode(data.as_str().unwrap()).unwrap()));
            let instruction = Instruction { program: ID, data: vec![1], inner: calls.collect() };
            let mut signature = [7u8; 64];
            signature[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let transaction = Transaction {
                signature: bs58::encode(signature).into_string().into(),
                index: Some(number as u32),
                instructions: vec![instruction],
            };
            if blocks.last().is_none_or(|block| block.slot != slot) {
                let parent = blocks.last().map_or(0, |block| block.slot);
                let header = Header { blockhash: hash(slot, 1), parent };
                let time = told["at"].as_i64();
                blocks.push(Block { slot, header: Some(header), time, transactions: vec![] });
            }
            blocks.last_mut().unwrap().transactions.push(transaction);
        }
        blocks
    }

    pub fn last_slot(&self) -> u64 {
        self.blocks().last().unwrap().slot
    }
}

/// A block's hash, by its fork.
pub fn hash(slot: u64, fork: u8) -> String {
    let mut bytes = [fork; 32];
    bytes[..8].copy_from_slice(&slot.to_be_bytes());
    bs58::encode(bytes).into_string()
}
