//! Blocks of a market in a file, made and read back one at a time.

use super::recorded::{self, Reader, Recorded, Sent};
use super::support::chain::{genuine, self_cpi};
use super::support::market::{Bounds, Market};
use super::support::random::Random;
use indexer::source::{Block, Header, Inner, Instruction, Transaction};
use settlement_interface::{Address, ID, pda};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// A market of some size, whose accounts stay about as many while their jobs come and go.
const BOUNDS: Bounds = Bounds { consumers: 2_000, providers: 500, jobs: 10_000 };
const START: i64 = 1_780_000_000;
/// Slots of 400 ms: so many a second in two seconds.
const SLOTS_IN_TWO_SECONDS: i64 = 5;

/// Writes a chain with about so many events, `block` of them in each, so many slots apart.
pub fn make(file: &Path, events: u64, block: u64, apart: u64) {
    let mut out = BufWriter::new(File::create(file).unwrap());
    let mut market = Market::bounded(1, BOUNDS);
    let mut random = Random::new(2);
    let (mut made, mut slot) = (0, 0u64);
    while made < events {
        slot += apart;
        (market.slot, market.now) = (slot, START + slot.cast_signed() * 2 / SLOTS_IN_TWO_SECONDS);
        let mut transactions = Vec::new();
        let mut inside = 0;
        while inside < block {
            let groups = market.transaction();
            if groups.is_empty() {
                continue;
            }
            inside += groups.iter().map(|group| group.len() as u64).sum::<u64>();
            transactions.push(genuine(&mut random, &groups));
        }
        made += inside;
        let transactions = transactions.into_iter().map(|transaction| Sent {
            signature: transaction.signature.to_string(),
            instructions: transaction.instructions.into_iter().map(emitted).collect(),
        });
        let blockhash = bs58::encode(random.bytes::<32>()).into_string();
        let transactions = transactions.collect();
        recorded::write(&mut out, &Recorded { slot, time: market.now, blockhash, transactions });
    }
    out.flush().unwrap();
}

/// The data of an instruction's events.
fn emitted(instruction: Instruction) -> Vec<Vec<u8>> {
    let calls = instruction.inner.into_iter();
    calls.filter(|call| call.program == ID).map(|call| call.data).collect()
}

/// The blocks of a file.
pub struct Blocks {
    file: Reader,
    parent: u64,
}

impl Blocks {
    pub fn open(file: &Path) -> Self {
        Self { file: Reader::open(file), parent: 0 }
    }
}

impl Iterator for Blocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let Recorded { slot, time, blockhash, transactions } = self.file.next()?;
        let header = Header { blockhash, parent: self.parent };
        self.parent = slot;
        let transactions = (0u32..).zip(transactions).map(|(place, sent)| Transaction {
            signature: sent.signature.into(),
            index: Some(place),
            instructions: sent.instructions.into_iter().map(instruction).collect(),
        });
        let transactions = transactions.collect();
        Some(Block { slot, header: Some(header), time: Some(time), transactions })
    }
}

/// An instruction that emitted these events.
fn instruction(events: Vec<Vec<u8>>) -> Instruction {
    // Token calls stand between the events.
    let accounts = vec![Address::new_from_array([3; 32])];
    let token = Inner { program: pda::TOKEN_PROGRAM, accounts, data: vec![3], height: Some(2) };
    let inner = events.into_iter().flat_map(|data| [token.clone(), self_cpi(data)]);
    Instruction { program: ID, data: vec![1, 2, 3], inner: inner.collect() }
}
