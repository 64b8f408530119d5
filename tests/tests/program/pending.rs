//! Receipts of verifiable jobs: what they commit to, how long they wait, what waits for them.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Bucket, JobState, Party};
use settlement_interface::events::{Event, HALT_NOTHING, PendingMoved};
use settlement_interface::merkle::MAX_STEPS;
use settlement_interface::receipt::Receipt;
use tests::{ESCROW, JobFixture, Trace, Verifiable, World, touched};

/// The default dispute window.
const WINDOW: i64 = 2 * 86_400;

#[test]
fn what_a_receipt_charges_waits_and_is_told() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    let job = &fixture.job;
    world.until(world.now() + 3_600);
    let trace = Trace::honest(5);
    let sent = fixture.commit(&mut world, 3_600_000, &trace).unwrap();
    let [Event::PendingMoved(moved), Event::ReceiptAccepted(receipt)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    let young = Bucket {
        usd: 2_000_000,
        since: world.now(),
        slot: world.slot(),
        root: trace.root(),
        steps: 5,
        receipt: 1,
    };
    let expected = PendingMoved {
        entities: [touched(&job.keys.job, 4)],
        at: world.now(),
        job: job.keys.job,
        receipt: 1,
        root: trace.root(),
        steps: 5,
        added: 2_000_000,
        released: 0,
        old: Bucket::default(),
        young,
    };
    assert_eq!(**moved, expected);
    assert_eq!((receipt.accepted, receipt.outstanding, receipt.halt), (2_000_000, 0, HALT_NOTHING));
    let state = job.read(&world);
    assert_eq!((state.accepted, state.settled, state.escrow), (2_000_000, 0, ESCROW));
    assert_eq!(state.pending, [Bucket::default(), young]);
}

#[test]
fn it_is_converted_when_its_window_is_over_and_not_one_second_earlier() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(5));
    let since = world.now();
    world.until(since + WINDOW - 1);
    let bank = world.bank.insecure_clone();
    let convert =
        world.network.convert(&solana_signer::Signer::pubkey(&bank), &fixture.job.keys, world.epoch());
    world.refused(&[convert], &[], E::NothingToConvert);
    world.until(since + WINDOW);
    let sent = fixture.job.convert(&mut world).unwrap();
    let [Event::PendingMoved(moved), Event::Converted(converted)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    assert_eq!((moved.receipt, moved.added, moved.released), (0, 0, 2_000_000));
    assert_eq!((converted.usd, converted.outstanding), (2_000_000, 0));
    assert_eq!(fixture.job.read(&world).pending, [Bucket::default(); 2]);
}

#[test]
fn later_receipts_do_not_hold_up_the_old_bucket() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(5));
    let first = world.now();
    for (hours, units, steps) in [(10, 4_000_000, 7), (20, 5_000_000, 8), (47, 6_000_000, 9)] {
        world.until(first + hours * 3_600);
        fixture.commit(&mut world, units, &Trace::honest(steps)).unwrap();
    }
    let [old, young] = fixture.job.read(&world).pending;
    assert_eq!((old.usd, old.since, old.receipt), (2_000_000, first, 1));
    assert_eq!((young.since, young.receipt, young.steps), (first + 47 * 3_600, 4, 9));
    // The next receipt after the window converts the old bucket and starts another young one.
    world.until(first + WINDOW);
    let sent = fixture.commit(&mut world, 7_000_000, &Trace::honest(13)).unwrap();
    assert!(matches!(sent.events.last(), Some(Event::Converted(converted)) if converted.usd == 2_000_000));
    let state = fixture.job.read(&world);
    let [now_old, now_young] = state.pending;
    assert_eq!(now_old, young);
    assert_eq!((now_young.since, now_young.receipt, now_young.steps), (first + WINDOW, 5, 13));
    assert_eq!(state.accepted, state.settled + now_old.usd + now_young.usd);
    // All is out two windows after the last.
    world.until(first + 2 * WINDOW);
    fixture.job.convert(&mut world).unwrap();
    let state = fixture.job.read(&world);
    assert_eq!((state.accepted, state.settled), (state.settled, 3_888_888));
}

#[test]
fn a_receipt_commits_to_two_to_two_to_the_twentieth_steps() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    world.until(world.now() + 60);
    let most = u32::try_from(MAX_STEPS).unwrap();
    let receipt = fixture.receipt(&world, 1_000, &Trace::honest(2));
    for steps in [0, 1, most + 1, u32::MAX] {
        let bad = Receipt { commitment: Some(([1; 32], steps)), ..receipt };
        let all = fixture.job.settling_instructions(&world, &bad, &fixture.job.actors.session, 0);
        world.refused(&all, &[&fixture.job.actors.provider], E::StepsOutOfRange);
    }
    let none = Receipt { commitment: None, ..receipt };
    let all = fixture.job.settling_instructions(&world, &none, &fixture.job.actors.session, 0);
    world.refused(&all, &[&fixture.job.actors.provider], E::ReceiptForm);
    for (units, steps) in [(1_000, 2), (2_000, most)] {
        world.until(world.now() + 60);
        let good = Receipt { commitment: Some(([1; 32], steps)), ..fixture.job.receipt(&world, units) };
        fixture.job.settle_as(&mut world, &good, &fixture.job.actors.session).unwrap();
    }
}

#[test]
fn what_is_pending_must_be_covered_by_the_escrow_even_while_prices_qualify() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    // 60 tokens at 2 USD: 70% are 84 USD, which is 151,200,000 units.
    world.until(world.now() + 86_400);
    let trace = Trace::honest(2);
    let over = fixture.receipt(&world, 151_200_001 + 1, &trace);
    let all = fixture.job.settling_instructions(&world, &over, &fixture.job.actors.session, 0);
    world.refused(&all, &[&fixture.job.actors.provider], E::ReceiptUnsecured);
    fixture.commit(&mut world, 151_200_000, &trace).unwrap();
}

#[test]
fn a_closing_job_is_held_until_nothing_is_pending() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(5));
    let (job, since) = (&fixture.job, world.now());
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(since + 86_401);
    let sent = job.advance(&mut world);
    assert!(matches!(sent.only(), Event::JobHeld(held) if held.pending == 2_000_000));
    let advance = world.network.advance_job(&job.keys);
    world.until(since + WINDOW - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(since + WINDOW);
    let sent = world.must(&[advance], &[]);
    let [Event::PendingMoved(moved), Event::JobSettling(settling)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    assert_eq!((moved.released, settling.outstanding), (2_000_000, 2_000_000));
    job.convert(&mut world).unwrap();
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    job.reclaim(&mut world).unwrap();
}

#[test]
fn a_verifiable_job_without_receipts_ends_too() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    let job = &fixture.job;
    job.close(&mut world, &job.actors.provider).unwrap();
    world.until(world.now() + 86_401);
    for state in [JobState::Held, JobState::Settling, JobState::Closed] {
        job.advance(&mut world);
        assert_eq!(job.read(&world).state(), Some(state));
    }
}

#[test]
fn a_receipt_that_charges_nothing_leaves_the_buckets_as_they_are() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(5));
    let before = fixture.job.read(&world).pending;
    world.until(world.now() + 60);
    // One unit at 2 USD for 3,600,000 is less than a micro-dollar.
    fixture.commit(&mut world, 3_600_001, &Trace::honest(7)).unwrap();
    let [old, young] = fixture.job.read(&world).pending;
    assert_eq!([old, young], [before[1], Bucket::default()]);
}

#[test]
fn a_job_that_is_not_verifiable_has_nothing_pending() {
    let mut world = World::new();
    let job = JobFixture::settling(&mut world);
    assert_eq!(job.read(&world).pending, [Bucket::default(); 2]);
}
