//! No account may stand in for another. For every instruction a transaction that succeeds is taken,
//! and each of its accounts in turn is replaced by every other account of the network, by a copy of
//! itself that another program owns, and by a stranger's. All of it must be refused, but for what
//! a scene lists as meant.

use crate::scenes::{self, Scene};
use settlement_interface::{Address, pda};
use solana_account::Account;
use solana_instruction::AccountMeta;
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{World, keypair};

/// Accounts that any attacker can make: a copy with the same bytes, owned by another program.
fn foreign_copy(scene: &mut Scene, of: &Address) -> Option<Address> {
    let original = scene.world.svm.get_account(of).filter(|account| !account.data.is_empty())?;
    let copy = Address::new_from_array([0xC0; 32]);
    let owner = Address::new_from_array([0x0F; 32]);
    scene.world.svm.set_account(copy, Account { owner, executable: false, ..original }).unwrap();
    Some(copy)
}

/// Every substitution that was accepted, as (position, substitute).
fn accepted(scene: &mut Scene) -> Vec<(usize, Address)> {
    let stranger = keypair(999);
    scene.world.svm.airdrop(&stranger.pubkey(), 10_000_000_000).unwrap();
    let mut others: Vec<Address> = scene.world.snapshot().into_keys().collect();
    others.extend([stranger.pubkey(), pda::SYSTEM_PROGRAM, pda::TOKEN_PROGRAM, scene.world.network.feed]);
    let accounts = scene.instruction().accounts.clone();
    let mut found = Vec::new();
    for (position, meta) in accounts.iter().enumerate() {
        if scene.unread.contains(&position) {
            continue;
        }
        let mut attempts: Vec<Address> = others.clone();
        if meta.is_signer {
            attempts = vec![stranger.pubkey()];
        }
        attempts.extend(foreign_copy(scene, &meta.pubkey).filter(|_| !meta.is_signer));
        for substitute in attempts.into_iter().filter(|substitute| *substitute != meta.pubkey) {
            if scene.attempt(position, AccountMeta { pubkey: substitute, ..meta.clone() }, &[&stranger]) {
                found.push((position, substitute));
            }
        }
    }
    found
}

/// Positions at which a missing signature or a read-only account was accepted.
fn accepted_without(scene: &mut Scene, take: impl Fn(&mut AccountMeta) -> bool) -> Vec<usize> {
    let accounts = scene.instruction().accounts.clone();
    let mut found = Vec::new();
    for (position, meta) in accounts.iter().enumerate() {
        let mut less = meta.clone();
        if take(&mut less) && scene.attempt(position, less, &[]) {
            found.push(position);
        }
    }
    found
}

#[track_caller]
fn check(mut scene: Scene) {
    // Signatures are checked when a transaction enters, before any program; that is not tried here.
    scene.world.svm = scene.world.svm.clone().with_sigverify(false);
    let signers: Vec<Keypair> = scene.signers.iter().map(Keypair::insecure_clone).collect();
    let signers: Vec<&Keypair> = signers.iter().collect();
    if let Err(refusal) = scene.world.trial(&scene.instructions, &signers) {
        panic!("{}: the scene itself is refused: {refusal}", scene.name);
    }
    let found: Vec<_> =
        accepted(&mut scene).into_iter().filter(|found| !scene.meant.contains(found)).collect();
    assert_eq!(found, [], "{}: accounts {:?}", scene.name, scene.instruction().accounts);
    for meant in scene.meant.clone() {
        let meta = scene.instruction().accounts[meant.0].clone();
        let stranger = keypair(999);
        let accepted = scene.attempt(meant.0, AccountMeta { pubkey: meant.1, ..meta }, &[&stranger]);
        assert!(accepted, "{}: {meant:?} is listed as meant and is refused", scene.name);
    }
    let unsigned = accepted_without(&mut scene, |meta| std::mem::replace(&mut meta.is_signer, false));
    assert_eq!(unsigned, [0; 0], "{}: accepted without these signatures", scene.name);
    let read_only = accepted_without(&mut scene, |meta| std::mem::replace(&mut meta.is_writable, false));
    assert!(
        read_only.iter().all(|position| scene.unread.contains(position)),
        "{}: accepted read-only: {read_only:?}",
        scene.name
    );
}

macro_rules! scenes {
    ($($name:ident;)*) => {$(
        #[test]
        fn $name() {
            check(scenes::$name());
        }
    )*};
}

scenes! {
    initialize;
    propose_admin;
    accept_admin;
    pause;
    unpause;
    resume;
    register_consumer;
    register_provider;
    update_provider;
    stake;
    request_unstake;
    withdraw_stake;
    open_job;
    top_up;
    accept_offer;
    start_job;
    rotate_meter;
    cancel_job;
    close_job;
    mark_a_no_show;
    mark_a_halt;
    advance_an_offer_that_lapsed;
    advance_a_no_show;
    advance_a_running_job;
    advance_a_closing_job;
    advance_a_settled_job;
    advance_a_halted_job;
    withdraw_from_the_escrow;
    withdraw_from_the_stake;
    reclaim_job;
    settle;
    convert;
    observe;
    claim;
    claim_rebate;
    advance_a_held_job;
    open_dispute;
    reveal;
    rule;
    resolve_a_missed_turn;
    resolve_a_ruling;
    withdraw_dispute;
    close_dispute;
}

#[test]
fn an_address_of_another_bump_is_refused() {
    let mut world = World::new();
    let (bank, wallet) = (world.bank.pubkey(), world.wallet().pubkey());
    let seeds: [&[u8]; 2] = [pda::CONSUMER, wallet.as_ref()];
    let (canonical, bump) = Address::find_program_address(&seeds, &settlement_interface::ID);
    let other = (0..bump)
        .rev()
        .find_map(|bump| {
            let seeds: [&[u8]; 3] = [pda::CONSUMER, wallet.as_ref(), &[bump]];
            Address::create_program_address(&seeds, &settlement_interface::ID).ok()
        })
        .unwrap();
    assert_ne!(canonical, other);
    let mut register = world.network.register_consumer(&bank, &wallet);
    register.accounts[2].pubkey = other;
    world.refused(&[register], &[], InstructionError::InvalidSeeds);
}

#[test]
fn two_entities_whose_seeds_run_together_have_distinct_addresses() {
    let wallet = keypair(1).pubkey();
    let all = [
        pda::config(),
        pda::price(),
        pda::totals(),
        pda::stake_vault(),
        pda::event_authority(),
        pda::consumer(&wallet),
        pda::provider(&wallet),
        pda::job(&wallet, 0),
        pda::job(&wallet, 1),
        pda::job(&wallet, 1 << 56),
        pda::vault(&wallet),
        pda::epoch(0),
        pda::epoch(u64::from_le_bytes(*b"\0\0\0\0\0\0\0\x01")),
        pda::credit(0, &wallet),
        pda::credit(1, &wallet),
    ];
    let distinct: std::collections::BTreeSet<Address> = all.into_iter().collect();
    assert_eq!(distinct.len(), all.len());
}
