//! Attacks by another program, by the order of instructions, and by how a transaction is put together.

use crate::common::{an_hour, with, worked};
use settlement_interface::accounts::Party;
use settlement_interface::events::{Claimed, Event, TAG};
use settlement_interface::instructions::verify_receipt;
use settlement_interface::{Address, ID, SettlementError as E, pda};
use solana_account::Account;
use solana_instruction::{AccountMeta, Instruction};
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, Message, VersionedMessage, v0};
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction::versioned::VersionedTransaction;
use std::path::Path;
use tests::{Expected, JobFixture, World};

/// Where the attacker's program is.
const PROXY: Address = Address::new_from_array([0xA8; 32]);

/// Anchor's refusal of two written accounts that are one.
const DUPLICATE: InstructionError = InstructionError::Custom(2040);

/// Deploys a program that passes on what it is sent.
fn deploy_proxy(world: &mut World) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/proxy.so");
    let bytes = std::fs::read(&file).unwrap_or_else(|_| {
        panic!("{} is not there; build it by: scripts/build-program proxy", file.display())
    });
    world.svm.add_program(PROXY, &bytes).unwrap();
}

/// The instruction through the proxy, so many times; it signs for its own address at `position`.
fn through(instruction: &Instruction, times: u8, position: Option<(u8, u8)>) -> Instruction {
    let (position, bump) = position.unwrap_or((u8::MAX, 0));
    let data = [&[times, position, bump][..], &instruction.data].concat();
    let program = AccountMeta::new_readonly(instruction.program_id, false);
    let accounts = std::iter::once(program).chain(instruction.accounts.clone()).collect();
    Instruction { program_id: PROXY, accounts, data }
}

/// An event that nothing happened for: a fortune claimed.
fn forged_event(provider: &Address) -> Vec<u8> {
    let mut claimed: Claimed = bytemuck::Zeroable::zeroed();
    (claimed.provider, claimed.amount) = (*provider, u64::MAX);
    Event::Claimed(Box::new(claimed)).encode()
}

#[test]
fn a_stranger_or_another_program_forges_an_event() {
    let mut world = World::new();
    deploy_proxy(&mut world);
    let job = worked(&mut world);
    let stranger = world.wallet();
    let data = forged_event(&job.keys.provider);
    let (own, bump) = Address::find_program_address(&[b"__event_authority"], &PROXY);
    let event = |authority: &Address, signs: bool| Instruction {
        program_id: ID,
        accounts: vec![AccountMeta::new_readonly(*authority, signs)],
        data: data.clone(),
    };
    // Directly, signed by the stranger; by nobody; the real authority named and not signing.
    world.rejected(&[event(&stranger.pubkey(), true)], &[&stranger]);
    world.rejected(&[event(&pda::event_authority(), false)], &[]);
    world.rejected(&[Instruction { accounts: vec![], ..event(&own, false) }], &[]);
    // By a program's call: its own address of the same seed signs, the real one cannot.
    world.rejected(&[through(&event(&own, false), 1, Some((0, bump)))], &[]);
    world.rejected(&[through(&event(&pda::event_authority(), false), 1, Some((0, bump)))], &[]);
    world.rejected(&[through(&event(&stranger.pubkey(), true), 1, None)], &[&stranger]);
    // The tag alone, or with bytes of no event.
    let empty = Instruction { data: TAG.to_vec(), ..event(&own, false) };
    world.rejected(&[through(&empty, 1, Some((0, bump)))], &[]);
    // What the proxy passes on in good faith does tell its event, once.
    let sent = world.must(&[through(&world.network.claim(&job.authority()), 1, None)], &[]);
    assert_eq!(sent.events.len(), 1);
}

#[test]
fn another_program_calls_twice_what_pays_once() {
    let mut world = World::new();
    deploy_proxy(&mut world);
    let job = worked(&mut world);
    let claim = world.network.claim(&job.authority());
    world.refused(&[through(&claim, 2, None)], &[], E::NothingToClaim);
    let closed = JobFixture::closed(&mut world);
    let pay = world.network.withdraw(&closed.keys, Party::Consumer as u8, &closed.wallet());
    world.refused(&[through(&pay, 2, None)], &[], E::NothingOwed);
    let before = world.balance(&closed.wallet());
    let due = closed.read(&world).dues[Party::Consumer as usize].escrow;
    world.must(&[through(&pay, 1, None)], &[]);
    assert_eq!(world.balance(&closed.wallet()), before + due);
    // To the attacker's own account it pays no more than without the detour.
    let thief = world.holder(0);
    let mine = with(&claim, 3, &world.associated(&thief.pubkey()));
    world.refused(&[through(&mine, 1, None)], &[], E::NotAssociated);
    let reclaim = closed.reclaiming(&world);
    world.rejected(&[through(&reclaim, 2, None)], &[]);
    world.must(&[through(&reclaim, 1, None)], &[]);
}

#[test]
fn a_signature_is_taken_further_by_a_program_that_the_provider_calls() {
    let mut world = World::new();
    deploy_proxy(&mut world);
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let by = &[&job.actors.provider];
    // Twice with the one receipt; with one whose verification is itself called by the program.
    world.refused(&[verify.clone(), through(&settle, 2, None)], by, E::ReceiptNotNewer);
    let called = [through(&verify, 1, None), through(&settle, 1, None)];
    let reason = world.rejected(&called, by);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    // Without the provider's signature the program has none to pass on.
    let mut unsigned = settle.clone();
    unsigned.accounts[0].is_signer = false;
    world.refused(
        &[verify.clone(), through(&unsigned, 1, None)],
        &[],
        InstructionError::MissingRequiredSignature,
    );
    // A wallet that signs a call of an unknown program lends its signature: but money still goes only
    // where it belongs.
    world.must(&[verify, through(&settle, 1, None)], by);
    assert_eq!(job.read(&world).settled, 2_000_000);
}

#[test]
fn one_account_is_named_in_two_places() {
    let mut world = World::new();
    let (closed, by) = (JobFixture::closed(&mut world), world.holder(0));
    // A job whose provider never started, to be failed as soon as a grace is over: when the hour is.
    let late = JobFixture::marked(&mut world, &by);
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let pay = world.network.withdraw(&closed.keys, Party::Consumer as u8, &closed.wallet());
    let advance = world.network.advance_job(&late.keys);
    let (provider, bank) = (job.actors.provider.insecure_clone(), world.bank.insecure_clone());
    for (before, instruction) in [(Some(verify), settle), (None, pay), (None, advance)] {
        let signers: &[&Keypair] = if before.is_some() { &[&provider] } else { &[&bank] };
        let plain: Vec<_> = before.iter().chain([&instruction]).cloned().collect();
        world.trial(&plain, signers).unwrap();
        let writable: Vec<usize> =
            (0..instruction.accounts.len()).filter(|at| instruction.accounts[*at].is_writable).collect();
        for (one, other) in writable.iter().flat_map(|a| writable.iter().map(move |b| (*a, *b))) {
            if one == other || instruction.accounts[other].is_signer {
                continue;
            }
            let doubled = with(&instruction, other, &instruction.accounts[one].pubkey);
            let all: Vec<_> = before.iter().cloned().chain([doubled]).collect();
            world.refused(&all, signers, DUPLICATE);
        }
    }
}

#[test]
fn the_signature_is_verified_after_it_was_believed() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let by = &[&job.actors.provider];
    let receipt = job.receipt(&world, 3_600_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 1);
    // The precompile stands behind the settle that names it. Forged, it undoes the whole transaction.
    let forged = verify_receipt(&job.actors.session.pubkey(), &[3; 64], &receipt.encode());
    let reason = world.rejected(&[settle.clone(), forged], by);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    // Good, it is as good as before it: a transaction is done as a whole or not at all.
    world.must(&[settle, verify], by);
    assert_eq!(job.read(&world).settled, 2_000_000);
}

#[test]
fn a_transaction_fails_behind_the_instruction_that_paid() {
    let mut world = World::new();
    let job = worked(&mut world);
    let claim = world.network.claim(&job.authority());
    let fails = world.network.resume();
    world.refused(&[claim.clone(), fails.clone()], &[], E::NotPaused);
    world.refused(&[fails, claim.clone()], &[], E::NotPaused);
    // No number of an event was used up by it.
    let sequence = job.provider(&world).sequence;
    world.must(&[claim], &[]);
    assert_eq!(job.provider(&world).sequence, sequence + 1);
}

#[test]
fn a_settle_starves_of_compute_half_way() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let full = world.trial(&instructions, &[&job.actors.provider]).unwrap().units;
    let budget = Address::from_str_const("ComputeBudget111111111111111111111111111111");
    let before = world.snapshot();
    for tenth in 1..10u64 {
        let limit = u32::try_from(full * tenth / 10).unwrap();
        let data = [&[2u8][..], &limit.to_le_bytes()].concat();
        let limit = Instruction { program_id: budget, accounts: vec![], data };
        let all: Vec<_> = instructions.iter().cloned().chain([limit]).collect();
        let message = Message::new(&all, Some(&world.bank.pubkey()));
        let signers = [&world.bank, &job.actors.provider];
        let transaction = Transaction::new(&signers, message, world.svm.latest_blockhash());
        assert!(world.svm.send_transaction(transaction).is_err(), "{tenth} tenths are enough");
        assert_eq!(world.snapshot(), before, "{tenth} tenths of what it takes left something behind");
    }
    world.must(&instructions, &[&job.actors.provider]);
}

#[test]
fn a_lookup_table_resolves_to_another_account_than_the_wallet_saw() {
    let mut world = World::new();
    let job = worked(&mut world);
    let thief = world.holder(0);
    let claim = world.network.claim(&job.authority());
    let honest = world.associated(&job.authority());
    // The attacker's table, by which the wallet's transaction names the account that is paid.
    let table = Address::new_from_array([0x7A; 32]);
    let write = |world: &mut World, entry: &Address| {
        // State 1, never deactivated, extended in slot 0, no authority; then the addresses.
        let mut data = [1u32.to_le_bytes().as_slice(), &u64::MAX.to_le_bytes(), &[0; 44]].concat();
        data.extend_from_slice(entry.as_ref());
        let owner = Address::from_str_const("AddressLookupTab1e1111111111111111111111111");
        let account = Account { lamports: 10_000_000, data, owner, executable: false, rent_epoch: u64::MAX };
        world.svm.set_account(table, account).unwrap();
    };
    let lookup = AddressLookupTableAccount { key: table, addresses: vec![honest] };
    let bank = world.bank.insecure_clone();
    let hash = world.svm.latest_blockhash();
    let message = v0::Message::try_compile(&bank.pubkey(), &[claim], &[lookup], hash).unwrap();
    let transaction = VersionedTransaction::try_new(VersionedMessage::V0(message), &[&bank]).unwrap();
    // After signing the table is another one: the program looks at what it gets, not where from.
    let (mine, before) = (world.associated(&thief.pubkey()), world.balance(&job.authority()));
    write(&mut world, &mine);
    let snapshot = world.snapshot();
    let failed = world.svm.send_transaction(transaction.clone()).unwrap_err();
    assert!(failed.meta.logs.iter().any(|line| line.contains("custom program error: 0x17aa")), "{failed:?}");
    assert_eq!(world.snapshot(), snapshot);
    assert_eq!(E::NotAssociated.code(), 0x17aa);
    write(&mut world, &honest);
    world.svm.expire_blockhash();
    let message = match transaction.message {
        VersionedMessage::V0(message) => {
            v0::Message { recent_blockhash: world.svm.latest_blockhash(), ..message }
        }
        other => panic!("{other:?}"),
    };
    let again = VersionedTransaction::try_new(VersionedMessage::V0(message), &[&bank]).unwrap();
    world.svm.send_transaction(again).unwrap();
    assert!(world.balance(&job.authority()) > before);
}
