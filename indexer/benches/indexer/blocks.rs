//! Blocks of a market in a file, made and read back one at a time.

use super::support::chain::{genuine, self_cpi};
use super::support::market::{Bounds, Market};
use super::support::random::Random;
use indexer::source::{Block, Header, Inner, Instruction, Transaction};
use settlement_interface::{Address, ID, pda};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

/// A market of some size, whose accounts stay about as many while their jobs come and go.
const BOUNDS: Bounds = Bounds { consumers: 2_000, providers: 500, jobs: 10_000 };
const START: i64 = 1_780_000_000;
/// Slots of 400 ms: so many a second in two seconds.
const SLOTS_IN_TWO_SECONDS: i64 = 5;

/// Writes a chain with about so many events, `block` of them in each.
pub fn make(file: &Path, events: u64, block: u64) {
    let mut out = BufWriter::new(File::create(file).unwrap());
    let mut market = Market::bounded(1, BOUNDS);
    let mut random = Random::new(2);
    let (mut made, mut slot) = (0, 0u64);
    while made < events {
        slot += 1;
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
        let hash = bs58::encode(random.bytes::<32>()).into_string();
        number(&mut out, slot);
        number(&mut out, market.now.cast_unsigned());
        bytes(&mut out, hash.as_bytes());
        number(&mut out, transactions.len() as u64);
        for transaction in &transactions {
            bytes(&mut out, transaction.signature.as_bytes());
            number(&mut out, transaction.instructions.len() as u64);
            for instruction in &transaction.instructions {
                let events: Vec<_> = instruction.inner.iter().filter(|call| call.program == ID).collect();
                number(&mut out, events.len() as u64);
                events.iter().for_each(|call| bytes(&mut out, &call.data));
            }
        }
    }
    out.flush().unwrap();
}

fn number(out: &mut impl Write, value: u64) {
    out.write_all(&value.to_le_bytes()).unwrap();
}

fn bytes(out: &mut impl Write, value: &[u8]) {
    number(out, value.len() as u64);
    out.write_all(value).unwrap();
}

/// The blocks of a file.
pub struct Blocks {
    file: BufReader<File>,
    parent: u64,
}

impl Blocks {
    pub fn open(file: &Path) -> Self {
        Self { file: BufReader::with_capacity(1 << 20, File::open(file).unwrap()), parent: 0 }
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = [0; 8];
        self.file.read_exact(&mut value).ok()?;
        Some(u64::from_le_bytes(value))
    }

    fn bytes(&mut self) -> Vec<u8> {
        let mut value = vec![0; self.number().unwrap() as usize];
        self.file.read_exact(&mut value).unwrap();
        value
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    fn instruction(&mut self) -> Instruction {
        // Token calls stand between the events.
        let accounts = vec![Address::new_from_array([3; 32])];
        let token = Inner { program: pda::TOKEN_PROGRAM, accounts, data: vec![3], height: Some(2) };
        let mut inner = Vec::new();
        for _ in 0..self.number().unwrap() {
            inner.push(token.clone());
            inner.push(self_cpi(self.bytes()));
        }
        Instruction { program: ID, data: vec![1, 2, 3], inner }
    }
}

impl Iterator for Blocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let slot = self.number()?;
        let time = self.number().unwrap().cast_signed();
        let header = Header { blockhash: self.text(), parent: self.parent };
        self.parent = slot;
        let count = self.number().unwrap() as u32;
        let transactions = (0..count).map(|place| {
            let signature = self.text().into();
            let instructions = self.number().unwrap();
            let instructions = (0..instructions).map(|_| self.instruction()).collect();
            Transaction { signature, index: Some(place), instructions }
        });
        let transactions = transactions.collect();
        Some(Block { slot, header: Some(header), time: Some(time), transactions })
    }
}
