//! What the program takes for a signed receipt: one self-contained Ed25519 instruction of this very
//! transaction. Everything here verifies at the runtime, and none of it may be believed.

use settlement_interface::ed25519::{self, ED25519_PROGRAM};
use settlement_interface::instructions::verify_receipt;
use settlement_interface::{Address, SettlementError as E};
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{Expected, JobFixture, World};

const HEADER: usize = 16;

fn a_minute() -> (World, JobFixture) {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    (world, job)
}

fn ed25519(data: Vec<u8>) -> Instruction {
    Instruction { program_id: ED25519_PROGRAM, accounts: vec![], data }
}

fn signed(key: &Keypair, message: &[u8]) -> Vec<u8> {
    ed25519::encode(key.pubkey().as_array(), key.sign_message(message).as_array(), message)
}

/// The offsets of one signature: signature, key and message, each with the instruction it lies in.
fn offsets(signature: u16, key: u16, message: u16, length: u16, instruction: u16) -> Vec<u8> {
    [signature, instruction, key, instruction, message, length, instruction]
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// `settle` of the job with a receipt at `index`.
fn settle(world: &World, job: &JobFixture, index: u16) -> Instruction {
    world.network.settle(&job.authority(), &job.keys.job, world.epoch(), index)
}

#[track_caller]
fn no_receipt(world: &mut World, job: &JobFixture, before: &[Instruction], index: u16) {
    let all: Vec<_> = before.iter().cloned().chain([settle(world, job, index)]).collect();
    world.refused(&all, &[&job.actors.provider], E::NoReceipt);
}

#[test]
fn without_an_ed25519_instruction_there_is_no_receipt() {
    let (mut world, job) = a_minute();
    no_receipt(&mut world, &job, &[], 0); // names itself
    no_receipt(&mut world, &job, &[], 1); // the compute budget
    no_receipt(&mut world, &job, &[], 2); // nothing
    no_receipt(&mut world, &job, &[], u16::MAX);
    let observe = world.network.observe();
    no_receipt(&mut world, &job, &[observe], 0);
}

#[test]
fn a_receipt_in_another_programs_instruction_is_none() {
    let (mut world, job) = a_minute();
    let message = job.receipt(&world, 1_000).encode();
    let price = Instruction {
        program_id: Address::from_str_const("ComputeBudget111111111111111111111111111111"),
        accounts: vec![],
        data: vec![3, 1, 0, 0, 0, 0, 0, 0, 0],
    };
    no_receipt(&mut world, &job, &[price], 0);
    // The bytes are right and so is the signature, but nobody verified it: the program has no such
    // instruction of its own.
    let own = Instruction { data: signed(&job.actors.session, &message), ..settle(&world, &job, 0) };
    let all = [own, settle(&world, &job, 0)];
    world.refused(&all, &[&job.actors.provider], InstructionError::InvalidInstructionData);
}

#[test]
fn zero_signatures_are_no_receipt() {
    let (mut world, job) = a_minute();
    no_receipt(&mut world, &job, &[ed25519(vec![0, 0])], 0);
}

#[test]
fn two_signatures_are_no_receipt() {
    let (mut world, job) = a_minute();
    let message = job.receipt(&world, 1_000).encode();
    let one = signed(&job.actors.session, &message);
    let body = &one[HEADER..];
    let shift = 14; // the second set of offsets
    let set = offsets(48 + shift, 16 + shift, 112 + shift, 88, u16::MAX);
    let data = [&[2, 0][..], &set, &set, body].concat();
    no_receipt(&mut world, &job, &[ed25519(data)], 0);
}

#[test]
fn a_message_of_another_length_is_refused() {
    let (mut world, job) = a_minute();
    let receipt = job.receipt(&world, 1_000);
    let message = receipt.encode();
    let session = &job.actors.session;
    for other in [&message[..87], &[message.as_slice(), &[0]].concat(), &[]] {
        let verify = ed25519(signed(session, other));
        let all = [verify, settle(&world, &job, 0)];
        world.refused(&all, &[&job.actors.provider], E::ReceiptForm);
    }
    // One of a verifiable job, which this is not.
    let with_root = settlement_interface::receipt::Receipt { commitment: Some(([1; 32], 2)), ..receipt };
    let verify = ed25519(signed(session, &with_root.encode()));
    let all = [verify, settle(&world, &job, 0)];
    world.refused(&all, &[&job.actors.provider], E::ReceiptForm);
}

#[test]
fn bytes_beyond_the_signed_message_are_no_receipt() {
    let (mut world, job) = a_minute();
    let message = job.receipt(&world, 1_000).encode();
    // Signed is a prefix; the rest would be read as if it were signed too.
    let prefix = &message[..80];
    let mut data = signed(&job.actors.session, prefix);
    data.extend_from_slice(&message[80..]);
    no_receipt(&mut world, &job, &[ed25519(data)], 0);
    let mut trailing = signed(&job.actors.session, &message);
    trailing.push(0);
    no_receipt(&mut world, &job, &[ed25519(trailing)], 0);
}

#[test]
fn shifted_offsets_that_verify_decoy_bytes_behind_are_no_receipt() {
    let (mut world, job) = a_minute();
    let provider = job.actors.provider.insecure_clone();
    let forged = job.receipt(&world, 480_000).encode();
    // Where the receipt is expected stands the session key with a made-up signature; what the
    // runtime verifies is the provider's own signature of a decoy behind it.
    let decoy = b"decoy";
    let body = [job.actors.session.pubkey().as_ref(), &[7; 64], &forged].concat();
    let at = u16::try_from(HEADER + body.len()).unwrap();
    let tail = [provider.pubkey().as_ref(), provider.sign_message(decoy).as_ref(), decoy].concat();
    let set = offsets(at + 32, at, at + 96, 5, u16::MAX);
    no_receipt(&mut world, &job, &[ed25519([&[1, 0][..], &set, &body, &tail].concat())], 0);
}

#[test]
fn offsets_into_another_instruction_are_no_receipt() {
    let (mut world, job) = a_minute();
    let provider = job.actors.provider.insecure_clone();
    let forged = job.receipt(&world, 480_000).encode();
    let decoy = signed(&provider, &[9; 88]);
    // Exactly the form expected, but all three indices name the decoy's instruction.
    let body = [job.actors.session.pubkey().as_ref(), &[7; 64], &forged].concat();
    let set = offsets(48, 16, 112, 88, 0);
    let data = [&[1, 0][..], &set, &body].concat();
    no_receipt(&mut world, &job, &[ed25519(decoy.clone()), ed25519(data.clone())], 1);
    // Each index alone.
    for at in [4, 8, 14] {
        let mut one = data.clone();
        for index in [4, 8, 14].into_iter().filter(|index| *index != at) {
            one[index..index + 2].copy_from_slice(&u16::MAX.to_le_bytes());
        }
        let all = [ed25519(decoy.clone()), ed25519(one), settle(&world, &job, 1)];
        let refusal = world.trial(&all, &[&provider]).unwrap_err();
        // Parts of two signatures verify for nobody, so that the runtime stops it first.
        assert!(!matches!(refusal.reason, Expected::Program(_)), "{at}: {refusal}");
    }
}

#[test]
fn an_instruction_may_name_itself_by_its_own_index() {
    let (mut world, job) = a_minute();
    let message = job.receipt(&world, 1_000).encode();
    let mut data = signed(&job.actors.session, &message);
    for at in [4, 8, 14] {
        data[at..at + 2].copy_from_slice(&0u16.to_le_bytes());
    }
    world.must(&[ed25519(data), settle(&world, &job, 0)], &[&job.actors.provider]);
    assert_eq!(job.read(&world).units, 1_000);
}

#[test]
fn a_signature_that_does_not_verify_stops_the_transaction() {
    let (mut world, job) = a_minute();
    let message = job.receipt(&world, 1_000).encode();
    let verify = verify_receipt(&job.actors.session.pubkey(), &[1; 64], &message);
    let before = world.snapshot();
    let refusal = world.send(&[verify, settle(&world, &job, 0)], &[&job.actors.provider]).unwrap_err();
    assert!(!matches!(refusal.reason, Expected::Program(_)), "{refusal}");
    assert_eq!(world.snapshot(), before);
}

#[test]
fn a_forged_instructions_sysvar_is_refused() {
    let (mut world, job) = a_minute();
    let receipt = job.receipt(&world, 480_000);
    let [verify, mut settle] = job.settling_instructions(&world, &receipt, &job.actors.provider, 0);
    let forged = Address::new_from_array([0x1F; 32]);
    // One instruction, as the sysvar serialises it: Ed25519 over the forged receipt.
    let data = signed(&job.actors.session, &receipt.encode());
    let mut bytes = [1u16.to_le_bytes(), 4u16.to_le_bytes(), 0u16.to_le_bytes()].concat();
    bytes.extend_from_slice(ED25519_PROGRAM.as_ref());
    bytes.extend_from_slice(&u16::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(&0u16.to_le_bytes());
    let owner = Address::from_str_const("Sysvar1111111111111111111111111111111111111");
    let account =
        Account { lamports: 10_000_000, data: bytes, owner, executable: false, rent_epoch: u64::MAX };
    world.svm.set_account(forged, account).unwrap();
    settle.accounts[10] = AccountMeta::new_readonly(forged, false);
    let before = world.snapshot();
    let refusal = world.send(&[verify, settle], &[&job.actors.provider]).unwrap_err();
    assert!(!matches!(refusal.reason, Expected::Program(_)), "{refusal}");
    assert_eq!(world.snapshot(), before);
}
