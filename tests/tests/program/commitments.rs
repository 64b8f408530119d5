//! What a receipt's root must answer for, so that no later receipt takes an earlier one out of reach; and
//! that a chain that stood still takes nobody's right to dispute.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Dispute, JobState, OUTCOME_NOBODY, OUTCOME_PROVIDER_LOST};
use settlement_interface::receipt::Receipt;
use solana_signer::Signer;
use tests::{Trace, Verifiable, World};

const WINDOW: i64 = 2 * 86_400;

/// A job with an honest receipt in its old bucket and one of this trace in its young one.
fn young(world: &mut World, trace: &Trace) -> Verifiable {
    let fixture = Verifiable::committed(world, &Trace::honest(5));
    world.until(world.now() + 600);
    fixture.commit(world, 4_000_000, trace).unwrap();
    fixture
}

#[test]
fn a_receipt_commits_to_more_steps_than_the_last_one() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(8));
    let provider = &fixture.job.actors.provider;
    world.until(world.now() + 60);
    let receipt = fixture.receipt(&world, 3_700_000, &Trace::honest(8));
    for steps in [2, 7, 8] {
        let bad = Receipt { commitment: Some(([1; 32], steps)), ..receipt };
        let all = fixture.job.settling_instructions(&world, &bad, &fixture.job.actors.session, 0);
        world.refused(&all, &[provider], E::StepsNotMore);
    }
    // One that charges nothing counts as the last one, too.
    let free = fixture.receipt(&world, 3_600_001, &Trace::honest(9));
    fixture.job.settle_as(&mut world, &free, &fixture.job.actors.session).unwrap();
    assert_eq!(fixture.job.read(&world).steps, 9);
    world.until(world.now() + 60);
    let again = fixture.receipt(&world, 3_700_000, &Trace::honest(9));
    let all = fixture.job.settling_instructions(&world, &again, &fixture.job.actors.session, 0);
    world.refused(&all, &[provider], E::StepsNotMore);
    fixture.commit(&mut world, 3_700_000, &Trace::honest(10)).unwrap();
}

#[test]
fn the_first_commitment_has_any_valid_number_of_steps_and_after_the_largest_none_follows() {
    let mut world = World::new();
    let fixture = Verifiable::running(&mut world);
    for (units, steps) in [(1_000, 2), (2_000, 1 << 20)] {
        world.until(world.now() + 60);
        let good = Receipt { commitment: Some(([1; 32], steps)), ..fixture.job.receipt(&world, units) };
        fixture.job.settle_as(&mut world, &good, &fixture.job.actors.session).unwrap();
    }
    world.until(world.now() + 60);
    let last = Receipt { commitment: Some(([1; 32], 1 << 20)), ..fixture.job.receipt(&world, 3_000) };
    let all = fixture.job.settling_instructions(&world, &last, &fixture.job.actors.session, 0);
    world.refused(&all, &[&fixture.job.actors.provider], E::StepsNotMore);
}

#[test]
fn a_short_honest_receipt_does_not_push_a_false_one_out_of_reach() {
    let mut world = World::new();
    let lie = Trace::differing_from(8, 3);
    let fixture = young(&mut world, &lie);
    world.until(world.now() + 600);
    let short = fixture.receipt(&world, 4_100_000, &Trace::honest(6));
    let all = fixture.job.settling_instructions(&world, &short, &fixture.job.actors.session, 0);
    world.refused(&all, &[&fixture.job.actors.provider], E::StepsNotMore);
    // The false one is still the newest, and is found out.
    let own = Trace::honest(8);
    let dispute = fixture.open(&mut world, 2, &own).unwrap();
    fixture.play(&mut world, &dispute, &lie, &own);
    assert_eq!(world.read::<Dispute>(&dispute).hi, 3);
}

#[test]
fn a_later_receipt_that_keeps_the_false_steps_is_disputed_at_the_first_of_them_and_all_that_waits_is_void() {
    let mut world = World::new();
    let fixture = young(&mut world, &Trace::differing_from(8, 6));
    world.until(world.now() + 600);
    let (longer, own) = (Trace::differing_from(12, 6), Trace::honest(12));
    fixture.commit(&mut world, 5_000_000, &longer).unwrap();
    let dispute = fixture.open(&mut world, 3, &own).unwrap();
    fixture.play(&mut world, &dispute, &longer, &own);
    assert_eq!(world.read::<Dispute>(&dispute).hi, 6);
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
    }
    fixture.execute(&mut world, &dispute).unwrap();
    let state = fixture.job.read(&world);
    assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_PROVIDER_LOST);
    assert_eq!((state.accepted, state.outstanding()), (0, Some(0)));
}

#[test]
fn a_false_receipt_that_was_taken_back_is_paid_only_if_an_honest_longer_one_stands() {
    let mut world = World::new();
    let fixture = young(&mut world, &Trace::differing_from(8, 3));
    world.until(world.now() + 600);
    let honest = Trace::honest(12);
    fixture.commit(&mut world, 5_000_000, &honest).unwrap();
    let since = world.now();
    // All of the young bucket waits for a whole window from then on, and its root answers for all of it.
    let [_, bucket] = fixture.job.read(&world).pending;
    assert_eq!((bucket.since, bucket.root, bucket.steps), (since, honest.root(), 12));
    let dispute = fixture.open(&mut world, 3, &Trace::differing_from(12, 3)).unwrap();
    fixture.play(&mut world, &dispute, &honest, &Trace::differing_from(12, 3));
    assert_eq!(world.read::<Dispute>(&dispute).provider_step, honest.step(3));
}

#[test]
fn a_chain_that_stood_still_takes_nobodys_right_to_dispute() {
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &Trace::differing_from(8, 3));
    let (now, slot) = (world.now(), world.slot());
    let (open, dispute) = fixture.opening(&world, 1, &Trace::honest(8));
    let bank = world.bank.pubkey();
    let slots = u64::try_from(WINDOW).unwrap();
    for (seconds, more) in [(WINDOW - 1, slots), (WINDOW, slots - 1), (30 * 86_400, slots - 1)] {
        world.set_clock(now + seconds, slot + more);
        world.refresh();
        world.trial(std::slice::from_ref(&open), &[&fixture.job.actors.consumer]).unwrap();
        let convert = world.network.convert(&bank, &fixture.job.keys, world.epoch());
        world.refused(&[convert], &[], E::NothingToConvert);
    }
    world.set_clock(now + WINDOW, slot + slots);
    world.refresh();
    world.refused(&[open], &[&fixture.job.actors.consumer], E::NotDisputable);
    fixture.job.convert(&mut world).unwrap();
    assert!(world.get::<Dispute>(&dispute).is_none());
}

#[test]
fn a_chain_that_stood_still_takes_no_ruling_from_the_panel() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let state = world.read::<Dispute>(&dispute);
    assert_eq!((state.turn_at, state.turn_slot), (world.now(), world.slot()));
    let (now, slot) = (state.turn_at, state.turn_slot);
    let slots = u64::try_from(WINDOW).unwrap();
    let resolve = fixture.resolving(&world, &dispute);
    for (seconds, more) in [(WINDOW - 1, slots), (30 * 86_400, slots - 1)] {
        world.set_clock(now + seconds, slot + more);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
    }
    let rule = world.network.rule(&fixture.arbiters[0].pubkey(), &dispute, false);
    world.trial(&[rule], &[&fixture.arbiters[0]]).unwrap();
    world.set_clock(now + WINDOW, slot + slots);
    world.must(&[resolve], &[]);
    assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_NOBODY);
}

#[test]
fn the_time_of_a_dispute_stops_the_slots_of_what_waits_as_well_as_its_seconds() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let (committed, opened) = (fixture.job.read(&world), world.read::<Dispute>(&dispute));
    let before = *committed.pending.iter().find(|bucket| bucket.usd > 0).unwrap();
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, true).unwrap();
    }
    let (now, slot) = (world.now() + 4_000, world.slot() + 3_700);
    world.set_clock(now, slot);
    fixture.resolve(&mut world, &dispute).unwrap();
    let state = fixture.job.read(&world);
    let after = state.pending.iter().find(|bucket| bucket.usd > 0).unwrap();
    assert_eq!(after.since - before.since, now - opened.opened_at);
    assert_eq!(after.slot - before.slot, slot - opened.opened_slot);
    assert_eq!(state.state(), Some(JobState::Running));
}
