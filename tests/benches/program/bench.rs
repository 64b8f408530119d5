//! Measures, and prints what it measured.

use crate::floor;
use settlement_interface::{ID, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use std::collections::BTreeMap;
use tests::World;

struct Row {
    name: &'static str,
    /// Compute units of the instructions, without the transaction's own.
    units: u64,
    /// Of the same calls by a bare program.
    floor: u64,
    /// Bytes of the transaction on the wire.
    bytes: usize,
    /// Lamports that the program's and the token programs' accounts hold more afterwards.
    rent: i64,
    limit: Option<u64>,
}

pub struct Bench {
    rows: Vec<Row>,
    /// Units of a transaction without an instruction of ours.
    overhead: u64,
}

impl Bench {
    pub fn new() -> Self {
        let mut world = World::new();
        let overhead = world.must(&[], &[]).units;
        Self { rows: Vec::new(), overhead }
    }

    /// Sends the instructions in one transaction, which the bank pays for, and keeps what it took.
    pub fn measure(
        &mut self,
        name: &'static str,
        world: &mut World,
        all: &[Instruction],
        signers: &[&Keypair],
    ) {
        let before = world.fork();
        let (transaction, message) = before.fork().transaction(all, signers);
        let bytes = 1 + 64 * transaction.signatures.len() + message.serialize().len();
        let sent = world.must(all, signers);
        let floor = floor::units(&before, world, all, &sent.calls, signers) - self.overhead;
        let units = sent.units - self.overhead;
        let rent = rent(world) - rent(&before);
        self.rows.push(Row { name, units, floor, bytes, rent, limit: None });
    }

    /// The row measured last must stay within these compute units.
    pub fn limited(&mut self, limit: u64) {
        self.rows.last_mut().unwrap().limit = Some(limit);
    }

    /// The row measured last must stay within one and a half times the floor under it.
    pub fn limited_to_floor(&mut self) {
        let row = self.rows.last_mut().unwrap();
        row.limit = Some(row.floor * 3 / 2);
    }

    /// The row measured last may take as much above its floor as the row of this name: both do that row's
    /// work, but the last one makes fewer calls, so that half of its own floor says little.
    pub fn limited_above_its_floor_as(&mut self, name: &str) {
        let like = self.rows.iter().find(|row| row.name == name).unwrap().floor / 2;
        let row = self.rows.last_mut().unwrap();
        row.limit = Some(row.floor + like);
    }

    pub fn print(&self) {
        println!("| instruction | compute units | floor | ratio | limit | bytes | rent, lamports |");
        println!("|---|---:|---:|---:|---:|---:|---:|");
        for Row { name, units, floor, bytes, rent, limit } in &self.rows {
            let hundredths = units * 100 / floor;
            let ratio = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            let limit = limit.map(|limit| limit.to_string()).unwrap_or_default();
            println!("| {name} | {units} | {floor} | {ratio} | {limit} | {bytes} | {rent} |");
        }
    }

    pub fn exceeded(&self) -> Vec<&'static str> {
        let over = self.rows.iter().filter(|row| row.limit.is_some_and(|limit| row.units > limit));
        over.map(|row| row.name).collect()
    }
}

/// Lamports in accounts of the program and of the token programs, mints and wallets' accounts included.
fn rent(world: &World) -> i64 {
    let owners = [ID, pda::TOKEN_PROGRAM, pda::TOKEN_2022_PROGRAM];
    let all: BTreeMap<_, _> = owners.iter().flat_map(|owner| world.svm.get_program_accounts(owner)).collect();
    all.values().map(|account| i64::try_from(account.lamports).unwrap()).sum()
}
