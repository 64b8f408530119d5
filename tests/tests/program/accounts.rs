//! No account may stand in for another. For every instruction a transaction that succeeds is taken,
//! and each of its accounts in turn is replaced by every other account of the network, by a copy of
//! itself that another program owns, and by a stranger's. All of it must be refused, but for what
//! a scene lists as meant.

use crate::scenes::{self, Scene};
use crate::scenes_of_meters;
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
    others.extend([stranger.pubkey(), pda::SYSTEM_PROGRAM, pda::TOKEN_PROGRAM, pda::TOKEN_2022_PROGRAM]);
    others.extend([scene.world.network.feed]);
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
    match scene.world.trial(&scene.instructions, &signers) {
        Ok(sent) => crate::budgets::check(scene.name, &scene.instructions, &sent),
        Err(refusal) => panic!("{}: the scene itself is refused: {refusal}", scene.name),
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
    ($file:ident: $($name:ident;)*) => {$(
        #[test]
        fn $name() {
            check($file::$name());
        }
    )*};
}

scenes! { scenes_of_meters:
    register_meter;
    register_arbiter;
    vouch;
    request_unvouch;
    withdraw_vouched;
    open_case;
    answer_case;
    resolve_case;
    withdraw_case;
    accept_batch;
}

scenes! { scenes:
    initialize;
    propose_admin;
    accept_admin;
    pause;
    unpause;
    resume;
    queue_change;
    apply_change;
    cancel_change;
    cancel_an_expired_change;
    register_consumer;
    register_provider;
    update_provider;
    stake;
    request_unstake;
    withdraw_stake;
    open_job;
    top_up;
    accept_offer;
    open_an_auction;
    place_bid;
    place_a_lower_bid;
    withdraw_bid;
    withdraw_a_bid_whose_job_is_gone;
    accept_bid;
    accept_the_best_bid;
    set_standing_offer;
    accept_standing_offer;
    top_up_bond;
    start_job;
    rotate_meter;
    cancel_job;
    cancel_an_auction;
    close_job;
    mark_a_no_show;
    mark_a_halt;
    unmark_a_halt;
    advance_an_offer_that_lapsed;
    advance_an_auction_that_lapsed;
    advance_a_no_show;
    advance_a_running_job;
    advance_a_closing_job;
    advance_a_settled_job;
    advance_a_halted_job;
    withdraw_from_the_escrow;
    withdraw_from_the_stake;
    withdraw_from_an_auction;
    reclaim_job;
    settle;
    convert;
    observe;
    claim;
    claim_rebate;
    close_epoch;
    initialize_with_a_stablecoin;
    open_stable_rail;
    open_a_stable_job;
    top_up_a_stable_job;
    accept_a_stable_offer;
    advance_a_stable_job;
    withdraw_dollars;
    withdraw_for_the_buyback;
    withdraw_for_the_treasury;
    withdraw_tokens_of_a_stable_job;
    reclaim_a_stable_job;
    settle_stable;
    convert_stable;
    tick_buyback;
    buyback;
    advance_a_held_job;
    open_dispute;
    reveal;
    rule;
    resolve_a_missed_turn;
    resolve_a_ruling;
    release_arbiter;
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
        pda::buyback(),
        pda::buyback_vault(),
        pda::event_authority(),
        pda::consumer(&wallet),
        pda::provider(&wallet),
        pda::meter(&wallet),
        pda::arbiter(&wallet),
        pda::case(&wallet, 0),
        pda::case(&wallet, 1),
        pda::dispute(&wallet, 0),
        pda::dispute(&wallet, 1),
        pda::job(&wallet, 0),
        pda::job(&wallet, 1),
        pda::job(&wallet, 1 << 56),
        pda::bid(&wallet, &wallet),
        pda::vault(&wallet),
        pda::epoch(0),
        pda::epoch(u64::from_le_bytes(*b"\0\0\0\0\0\0\0\x01")),
        pda::credit(0, &wallet),
        pda::credit(1, &wallet),
        pda::change(0),
        pda::change(1),
    ];
    let distinct: std::collections::BTreeSet<Address> = all.into_iter().collect();
    assert_eq!(distinct.len(), all.len());
}
