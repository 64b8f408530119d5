//! The 128-bit arithmetic of compiled programs: the same operations on the same operands, in the VM
//! and on this machine. Upstream LLVM and rustc disagree on how such functions return (see the crate
//! `libcalls`), and a program in which they do corrupts memory in silence; this test would not.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, an overflow included"
)]

use std::path::{Path, PathBuf};

use libcalls::operands::{Pairs, edge_pairs};
use libcalls_probe::Operation;
use libcalls_probe::wire::{MAX_PAIRS, decode_results, encode_request};
use litesvm::LiteSVM;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

/// Another series may be tried by the environment variable of this name.
const SEED_VARIABLE: &str = "TALLY_SEED";
const SEED: u64 = 0x7a11_1e5e_ed00_0002;
const RANDOM_PAIRS: usize = 10_000;

/// More than a product or a division by any divisor was seen to cost on average, in compute units.
const PRODUCT_CEILING: u64 = 40;
const QUOTIENT_CEILING: u64 = 180;

struct Probe {
    svm: LiteSVM,
    payer: Keypair,
    program: Address,
}

impl Probe {
    fn load() -> Self {
        let file = program_file();
        assert!(
            file.exists(),
            "{} is not there; build it by: scripts/build-program libcalls-probe",
            file.display()
        );
        // Without signatures and history, any number of transactions may be sent, even equal ones.
        let mut svm =
            LiteSVM::new().with_sigverify(false).with_blockhash_check(false).with_transaction_history(0);
        let program = Address::new_from_array([7; 32]);
        svm.add_program_from_file(program, &file).expect("the probe loads");
        let payer = Keypair::new();
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000).expect("the payer is paid");
        Self { svm, payer, program }
    }

    /// The results of `operation` in the VM, and the compute units that the transaction used.
    fn apply(&mut self, operation: Operation, pairs: &[(u128, u128)]) -> (Vec<u128>, u64) {
        let data = encode_request(operation, pairs);
        let instruction = Instruction { program_id: self.program, accounts: vec![], data };
        let message = Message::new(&[instruction], Some(&self.payer.pubkey()));
        let outcome = self
            .svm
            .send_transaction(Transaction::new_unsigned(message))
            .unwrap_or_else(|failed| panic!("{operation:?} failed: {failed:?}"));
        let results = decode_results(&outcome.return_data.data, pairs.len());
        (results, outcome.compute_units_consumed)
    }

    /// What one application costs on average, without decoding, looping and encoding.
    fn compute_units(&mut self, operation: Operation, pairs: &[(u128, u128)]) -> u64 {
        let mut used =
            |operation| -> u64 { pairs.chunks(MAX_PAIRS).map(|batch| self.apply(operation, batch).1).sum() };
        let (with, without) = (used(operation), used(Operation::Baseline));
        with.saturating_sub(without) / pairs.len() as u64
    }
}

fn program_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/libcalls_probe.so")
}

fn on_this_machine(operation: Operation, pairs: &[(u128, u128)]) -> Vec<u128> {
    let mut results = Vec::with_capacity(pairs.len());
    operation.apply(pairs.iter().copied(), |result| results.push(result));
    results
}

#[test]
fn every_operation_gives_in_the_vm_what_it_gives_on_this_machine() {
    let seed = std::env::var(SEED_VARIABLE).map_or(SEED, |seed| {
        seed.parse().unwrap_or_else(|_| panic!("{SEED_VARIABLE} is {seed}; it must be a number"))
    });
    println!("{SEED_VARIABLE}={seed}");
    let pairs: Vec<_> = edge_pairs().chain(Pairs::from_seed(seed).take(RANDOM_PAIRS)).collect();

    let mut probe = Probe::load();
    let mut compared = 0;
    for &operation in Operation::ALL {
        for batch in pairs.chunks(MAX_PAIRS) {
            let expected = on_this_machine(operation, batch);
            let (actual, _) = probe.apply(operation, batch);
            assert_eq!(actual.len(), expected.len());
            for (((a, b), expected), actual) in batch.iter().zip(expected).zip(actual) {
                assert_eq!(
                    actual, expected,
                    "{operation:?} of {a:#x} and {b:#x}: {actual:#x} in the VM, {expected:#x} here \
                     ({SEED_VARIABLE}={seed})"
                );
                compared += 1;
            }
        }
    }
    println!("{compared} comparisons, none different");
    assert!(compared >= 200_000, "too few to mean anything: {compared}");
}

#[test]
fn products_and_quotients_stay_cheap() {
    let mut probe = Probe::load();
    let lengths = |a_bits: u32, b_bits: u32| -> Vec<(u128, u128)> {
        Pairs::from_seed(SEED)
            // Both operands of exactly these lengths, whatever the series holds.
            .map(|(a, b)| (exactly(a, a_bits), exactly(b, b_bits)))
            .take(1_024)
            .collect()
    };
    let figures = [
        ("a product of 64-bit numbers", Operation::MultiplyWords, lengths(64, 64)),
        ("a product of 128-bit numbers", Operation::Multiply, lengths(128, 128)),
        ("a quotient of 128 by 128 bits", Operation::Divide, lengths(128, 127)),
        ("a quotient of 128 by 80 bits", Operation::Divide, lengths(128, 80)),
        ("a quotient of 128 by 64 bits", Operation::Divide, lengths(128, 64)),
        ("a quotient of 128 by 40 bits", Operation::Divide, lengths(128, 40)),
        ("a quotient of 100 by 30 bits", Operation::Divide, lengths(100, 30)),
        ("a quotient of 60 by 40 bits", Operation::Divide, lengths(60, 40)),
        ("a signed quotient of 128 by 40 bits", Operation::DivideSigned, lengths(128, 40)),
        ("a product of words, in basis points", Operation::MultiplyThenDivideByConstant, lengths(40, 14)),
    ];
    for (name, operation, pairs) in figures {
        let units = probe.compute_units(operation, &pairs);
        println!("{name}: {units} compute units");
        let ceiling = match operation {
            Operation::Multiply | Operation::MultiplyWords => PRODUCT_CEILING,
            _ => QUOTIENT_CEILING,
        };
        assert!(units <= ceiling, "{name}: {units} compute units, more than {ceiling}");
    }
}

/// `value` cut to `bits` bits, the uppermost of them set.
fn exactly(value: u128, bits: u32) -> u128 {
    (value | 1 << 127) >> (128 - bits)
}
