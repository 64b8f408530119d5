//! The admin changes the configuration behind a timelock, within bounds, and never by accident.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::ConfigChange;
use settlement_interface::change::{Change, ChangeKind};
use settlement_interface::events::{ChangeApplied, ChangeCancelled, ChangeQueued, Event};
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use settlement_interface::{Address, pda};
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{World, keypair, touched};

/// The default timelock and the default time to apply.
const TIMELOCK: i64 = 48 * HOUR;
const EXPIRY: i64 = 14 * DAY;

fn taking(take_bps: u16) -> Parameters {
    Parameters { take_bps, ..Parameters::DEFAULT }
}

fn lower() -> Change {
    Change::parameters(taking(100))
}

fn none() -> Parameters {
    bytemuck::Zeroable::zeroed()
}

fn nobody() -> Address {
    Address::default()
}

#[test]
fn a_change_of_parameters_is_queued_and_applied_and_told_in_full() {
    let mut world = World::new();
    let (admin, payer) = (world.admin.insecure_clone(), world.wallet());
    let before = world.lamports(&payer.pubkey());
    let queue = world.network.queue_change(&admin.pubkey(), &payer.pubkey(), 0, &lower());
    let sent = world.must(&[queue], &[&admin, &payer]);
    let queued_at = world.now();
    let expected = ChangeQueued {
        entities: [touched(&pda::config(), 2), touched(&pda::change(0), 1)],
        at: queued_at,
        by: admin.pubkey(),
        rent_payer: payer.pubkey(),
        parameters: taking(100),
        address: nobody(),
        base: Change::parameters(Parameters::DEFAULT).base(),
        index: 0,
        kind: ChangeKind::Parameters as u64,
        applies_from: queued_at + TIMELOCK,
        expires_at: queued_at + TIMELOCK + EXPIRY,
    };
    assert_eq!(sent.events, [Event::ChangeQueued(Box::new(expected))]);
    let rent = before - world.lamports(&payer.pubkey());
    let waiting = world.waiting(0);
    assert_eq!(
        (waiting.change(), waiting.queued_by, waiting.queued_at),
        (lower(), admin.pubkey(), queued_at)
    );
    assert_eq!(world.config().parameters, Parameters::DEFAULT);

    world.pass(TIMELOCK);
    let apply = world.network.apply_change(&admin.pubkey(), 0, &payer.pubkey());
    let sent = world.must(&[apply], &[&admin]);
    let expected = ChangeApplied {
        entities: [touched(&pda::config(), 3), touched(&pda::change(0), 2)],
        at: world.now(),
        by: admin.pubkey(),
        rent_payer: payer.pubkey(),
        parameters: taking(100),
        previous_parameters: Parameters::DEFAULT,
        address: nobody(),
        previous_address: nobody(),
        index: 0,
        kind: ChangeKind::Parameters as u64,
        lamports: rent,
    };
    assert_eq!(sent.events, [Event::ChangeApplied(Box::new(expected))]);
    assert_eq!((world.config().parameters, world.config().changes), (taking(100), 1));
    assert_eq!(world.get::<ConfigChange>(&pda::change(0)), None);
    assert_eq!(world.lamports(&payer.pubkey()), before, "the rent is back");
}

#[test]
fn a_change_is_applied_from_the_end_of_its_timelock_until_it_expires_to_the_second() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let [early, last, late] = [1, 2, 3].map(|number| Change::guardian(keypair(number).pubkey()));
    let (early, late_index) = (world.queue(&early), world.queue(&late));
    let start = world.now();
    let apply = world.applying(early);
    world.pass(TIMELOCK - 1);
    world.refused(std::slice::from_ref(&apply), &[&admin], E::ChangeWaits);
    world.pass(1);
    world.must(&[apply], &[&admin]);
    let last = world.queue(&last);
    world.pass(TIMELOCK + EXPIRY);
    // The one in its last second, the other long past it.
    let expired = world.applying(late_index);
    world.refused(&[expired], &[&admin], E::ChangeExpired);
    world.apply(last);

    let again = world.queue(&Change::guardian(keypair(4).pubkey()));
    world.pass(TIMELOCK + EXPIRY + 1);
    let apply = world.applying(again);
    world.refused(&[apply], &[&admin], E::ChangeExpired);
    assert_eq!(world.now(), start + 3 * TIMELOCK + 2 * EXPIRY + 1);
}

#[test]
fn guardian_and_treasury_change_and_nothing_else_with_them() {
    let mut world = World::new();
    let (old, new) = (world.guardian.insecure_clone(), world.wallet());
    let before = world.config();
    let sent = world.change(&Change::guardian(new.pubkey()));
    let Event::ChangeApplied(applied) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((applied.previous_address, applied.address), (old.pubkey(), new.pubkey()));
    assert_eq!((applied.previous_parameters, applied.parameters), (none(), none()));
    let pause = world.network.pause(&old.pubkey(), 60);
    world.refused(&[pause], &[&old], E::NotGuardian);
    world.must(&[world.network.pause(&new.pubkey(), 60)], &[&new]);
    world.pass(60);
    world.must(&[world.network.resume()], &[]);

    let sent = world.change(&Change::treasury(old.pubkey()));
    let Event::ChangeApplied(applied) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((applied.previous_address, applied.address), (before.treasury, old.pubkey()));
    world.change(&Change::guardian(nobody()));
    let pause = world.network.pause(&new.pubkey(), 60);
    world.refused(&[pause], &[&new], E::NotGuardian);

    let after = world.config();
    let expected = settlement_interface::accounts::Config {
        guardian: nobody(),
        treasury: old.pubkey(),
        changes: 3,
        sequence: after.sequence,
        pauses: after.pauses,
        ..before
    };
    assert_eq!(after, expected);
}

#[test]
fn only_the_admin_queues_applies_and_cancels() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let (stranger, proposed) = (world.wallet(), world.wallet());
    world.must(&[world.network.propose_admin(&admin.pubkey(), &proposed.pubkey())], &[&admin]);
    let bank = world.bank.pubkey();
    let index = world.queue(&lower());
    world.pass(TIMELOCK);
    for key in [&guardian, &stranger, &proposed] {
        let me = key.pubkey();
        let queue = world.network.queue_change(&me, &bank, 1, &Change::guardian(me));
        world.refused(&[queue], &[key], E::NotAdmin);
        let apply = world.network.apply_change(&me, index, &bank);
        world.refused(&[apply], &[key], E::NotAdmin);
        let cancel = world.network.cancel_change(&me, index, &bank);
        world.refused(&[cancel], &[key], E::NotAdmin);
    }
}

#[test]
fn what_the_old_admin_queued_is_for_the_new_one_to_decide() {
    let mut world = World::new();
    let (old, new) = (world.admin.insecure_clone(), world.wallet());
    let (kept, dropped) = (world.queue(&lower()), world.queue(&Change::guardian(old.pubkey())));
    world.must(&[world.network.propose_admin(&old.pubkey(), &new.pubkey())], &[&old]);
    world.must(&[world.network.accept_admin(&new.pubkey())], &[&new]);
    world.pass(TIMELOCK);
    let apply = world.applying(kept);
    world.refused(&[apply], &[&old], E::NotAdmin);
    let cancel = world.network.cancel_change(&old.pubkey(), dropped, &world.bank.pubkey());
    world.refused(&[cancel], &[&old], E::NotAdmin);
    world.admin = new.insecure_clone();
    world.apply(kept);
    let cancel = world.network.cancel_change(&new.pubkey(), dropped, &world.bank.pubkey());
    world.must(&[cancel], &[&new]);
    assert_eq!(world.config().parameters, taking(100));
    assert_eq!(world.config().guardian, world.guardian.pubkey());
}

#[test]
fn the_admin_cancels_at_any_time_and_anyone_once_a_change_has_expired() {
    let mut world = World::new();
    let (admin, stranger, payer) = (world.admin.insecure_clone(), world.wallet(), world.wallet());
    for key in [&admin, &stranger] {
        let before = world.lamports(&payer.pubkey());
        let index = world.config().changes;
        let queue = world.network.queue_change(&admin.pubkey(), &payer.pubkey(), index, &lower());
        world.must(&[queue], &[&admin, &payer]);
        let (rent, expires_at) = (world.lamports(&pda::change(index)), world.waiting(index).expires_at);
        let cancel = world.network.cancel_change(&key.pubkey(), index, &payer.pubkey());
        if key.pubkey() == stranger.pubkey() {
            world.pass(TIMELOCK + EXPIRY);
            world.refused(std::slice::from_ref(&cancel), &[key], E::NotAdmin);
            world.pass(1);
        }
        let sent = world.must(&[cancel], &[key]);
        let expected = ChangeCancelled {
            entities: [touched(&pda::change(index), 2)],
            at: world.now(),
            by: key.pubkey(),
            rent_payer: payer.pubkey(),
            index,
            kind: ChangeKind::Parameters as u64,
            expires_at,
            lamports: rent,
        };
        assert_eq!(sent.events, [Event::ChangeCancelled(Box::new(expected))]);
        assert_eq!(world.lamports(&payer.pubkey()), before);
    }
    assert_eq!(world.config().parameters, Parameters::DEFAULT);
}

#[test]
fn the_rent_of_a_change_goes_to_who_paid_it_and_nobody_else() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let index = world.queue(&lower());
    let thief = world.admin.pubkey();
    world.pass(TIMELOCK);
    let apply = world.network.apply_change(&admin.pubkey(), index, &thief);
    world.refused(&[apply], &[&admin], E::WrongRentPayer);
    let cancel = world.network.cancel_change(&admin.pubkey(), index, &thief);
    world.refused(&[cancel], &[&admin], E::WrongRentPayer);
}

#[test]
fn a_change_queued_before_another_was_applied_does_not_undo_it() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let [first, second] = [100, 900].map(|bps| world.queue(&Change::parameters(taking(bps))));
    let guardian = world.queue(&Change::guardian(keypair(7).pubkey()));
    let other_guardian = world.queue(&Change::guardian(keypair(8).pubkey()));
    world.pass(TIMELOCK);
    // Another kind is no obstacle.
    world.apply(guardian);
    world.apply(second);
    for stale in [first, other_guardian] {
        let apply = world.applying(stale);
        world.refused(&[apply], &[&admin], E::ChangeSuperseded);
    }
    assert_eq!(world.config().parameters, taking(900));
    // Queued anew it says what it replaces.
    world.change(&Change::parameters(taking(100)));
    assert_eq!(world.config().parameters, taking(100));
    let cancel = world.network.cancel_change(&admin.pubkey(), first, &world.bank.pubkey());
    world.must(&[cancel], &[&admin]);
}

#[test]
fn shortening_the_timelock_waits_for_the_old_one() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let short = Parameters { timelock: HOUR, change_expiry: HOUR, ..Parameters::DEFAULT };
    let [shortening, waiting] =
        [Change::parameters(short), Change::guardian(nobody())].map(|change| world.queue(&change));
    world.pass(TIMELOCK - 1);
    let apply = world.applying(shortening);
    world.refused(std::slice::from_ref(&apply), &[&admin], E::ChangeWaits);
    // What is queued now still waits for the old timelock, whatever is applied meanwhile.
    let behind = world.queue(&Change::treasury(keypair(9).pubkey()));
    world.pass(1);
    world.must(&[apply], &[&admin]);
    world.pass(HOUR);
    let apply = world.applying(behind);
    world.refused(&[apply], &[&admin], E::ChangeWaits);
    // What was queued under the old times keeps them, and what is queued from now on has the new ones.
    world.pass(EXPIRY - HOUR);
    world.apply(waiting);
    let quick = world.queue(&Change::guardian(keypair(8).pubkey()));
    world.pass(HOUR - 1);
    let apply = world.applying(quick);
    world.refused(std::slice::from_ref(&apply), &[&admin], E::ChangeWaits);
    world.pass(1 + HOUR);
    world.must(&[apply], &[&admin]);
}

#[test]
fn a_change_is_applied_once_and_its_account_never_comes_back() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let index = world.queue(&lower());
    let other = world.queue(&Change::guardian(nobody()));
    world.pass(TIMELOCK);
    let apply = world.applying(index);
    // Twice in one transaction, also with the account funded again in between.
    let gift = solana_system(&world.bank.pubkey(), &pda::change(index), 10_000_000);
    let attempts = [vec![apply.clone(), apply.clone()], vec![apply.clone(), gift, apply.clone()]];
    for attempt in attempts {
        world.rejected(&attempt, &[&admin]);
    }
    world.must(std::slice::from_ref(&apply), &[&admin]);
    world.refused(&[apply], &[&admin], InstructionError::AccountDataTooSmall);
    let cancel = world.network.cancel_change(&admin.pubkey(), index, &world.bank.pubkey());
    world.refused(&[cancel], &[&admin], InstructionError::AccountDataTooSmall);
    // The next index is used, never an earlier one.
    for taken in [index, other] {
        let queue = world.network.queue_change(&admin.pubkey(), &world.bank.pubkey(), taken, &lower());
        world.refused(&[queue], &[&admin], InstructionError::InvalidSeeds);
    }
    assert_eq!(world.queue(&lower()), 2);
}

#[test]
fn lamports_sent_to_a_change_before_it_is_queued_are_no_obstacle() {
    let mut world = World::new();
    let admin = world.admin.insecure_clone();
    let gift = solana_system(&world.bank.pubkey(), &pda::change(0), 5_000_000);
    world.must(&[gift], &[]);
    world.queue(&lower());
    world.pass(TIMELOCK);
    let (bank, kept) = (world.bank.pubkey(), world.lamports(&pda::change(0)));
    let before = world.lamports(&bank);
    let fees = 10_000;
    let apply = world.applying(0);
    world.must(&[apply], &[&admin]);
    assert_eq!(world.lamports(&bank), before + kept - fees);
}

#[test]
fn a_pause_stops_no_change_and_a_change_ends_no_pause() {
    let mut world = World::new();
    let guardian = world.guardian.insecure_clone();
    let index = world.queue(&lower());
    world.pass(TIMELOCK);
    world.must(&[world.network.pause(&guardian.pubkey(), 3_600)], &[&guardian]);
    let until = world.config().paused_until;
    world.apply(index);
    let other = world.queue(&Change::guardian(nobody()));
    assert_eq!(world.config().paused_until, until);
    assert_eq!(world.waiting(other).queued_at, world.now());
}

/// The system program's transfer.
fn solana_system(from: &Address, to: &Address, lamports: u64) -> solana_instruction::Instruction {
    let mut data = vec![2, 0, 0, 0];
    data.extend_from_slice(&lamports.to_le_bytes());
    let accounts = vec![
        solana_instruction::AccountMeta::new(*from, true),
        solana_instruction::AccountMeta::new(*to, false),
    ];
    solana_instruction::Instruction { program_id: pda::SYSTEM_PROGRAM, accounts, data }
}
