//! Narrowing a dispute down: whose turn it is, what proves a step, and what a missed turn costs.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{
    CAUSE_TURN_MISSED, Dispute, OUTCOME_CHALLENGER_LOST, OUTCOME_OPEN, OUTCOME_PROVIDER_LOST,
};
use settlement_interface::events::{Event, StepRevealed, TurnMarked};
use settlement_interface::merkle::MAX_STEPS;
use settlement_interface::rules::{Side, Stage};
use solana_message::Message;
use solana_signer::Signer;
use tests::{Trace, Verifiable, World, touched};

const GRACE: i64 = 3_600;

#[test]
fn two_traces_are_narrowed_down_to_the_first_step_that_differs() {
    for (steps, from) in [(2, 1), (2, 0), (3, 2), (8, 0), (8, 1), (8, 5), (8, 7), (9, 8), (100, 63)] {
        let mut world = World::new();
        let (provider, own) = (Trace::differing_from(steps, from), Trace::honest(steps));
        let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
        fixture.play(&mut world, &dispute, &provider, &own);
        let state = world.read::<Dispute>(&dispute);
        let from = u64::try_from(from).unwrap();
        assert_eq!(state.stage(), Some(Stage::Panel), "{steps} steps, from {from}");
        assert_eq!((state.lo, state.hi), (from.saturating_sub(1), from), "{steps} steps");
        assert_eq!((state.provider_step, state.challenger_step), (provider.step(from), own.step(from)));
        assert_eq!(state.agreed, if from == 0 { [0; 32] } else { own.step(from - 1) });
    }
}

#[test]
fn a_million_steps_take_twenty_rounds_and_every_move_fits_a_transaction() {
    let mut world = World::new();
    let steps = usize::try_from(MAX_STEPS).unwrap();
    let (provider, own) = (Trace::differing_from(steps, steps - 1), Trace::honest(steps));
    let fixture = Verifiable::committed(&mut world, &provider);
    let size = |instruction, payer| {
        let message = Message::new(&[instruction], Some(&payer));
        let signatures = usize::from(message.header.num_required_signatures);
        1 + 64 * signatures + message.serialize().len()
    };
    let (open, _) = fixture.opening(&world, 1, &own);
    assert!(size(open, world.bank.pubkey()) <= 1_232);
    let dispute = fixture.open(&mut world, 1, &own).unwrap();
    let mut moves = 0;
    while let Some((reveal, key)) = fixture.revealing(&world, &dispute, &provider, &own) {
        // Paid by somebody else, with room to spare for a compute budget and a priority fee.
        assert!(size(reveal.clone(), world.bank.pubkey()) <= 1_232 - 100);
        world.must(&[reveal], &[key]);
        moves += 1;
    }
    let state = world.read::<Dispute>(&dispute);
    assert_eq!((state.rounds, moves, state.hi), (20, 44, MAX_STEPS - 1));
    // And not one more.
    let more =
        world.network.reveal(&fixture.job.authority(), &dispute, &provider.step(1), &provider.proof(1));
    world.refused(&[more], &[&fixture.job.actors.provider], E::WrongStage);
}

#[test]
fn a_reveal_is_told() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    let sent = fixture.step(&mut world, &dispute, &provider, &own).unwrap();
    let expected = StepRevealed {
        entities: [touched(&dispute, 2)],
        at: world.now(),
        dispute,
        by: fixture.job.wallet(),
        slot: world.slot(),
        index: 7,
        step: own.step(7),
        lo: 0,
        hi: 7,
        rounds: 0,
        stage: Stage::ChallengerFirst as u64,
        outcome: u64::from(OUTCOME_OPEN),
    };
    assert_eq!(sent.events, [Event::StepRevealed(Box::new(expected))]);
}

#[test]
fn a_move_out_of_turn_is_refused() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    let stranger = world.wallet();
    while let Some((good, key)) = fixture.revealing(&world, &dispute, &provider, &own) {
        for other in [fixture.key(Side::Provider), fixture.key(Side::Challenger), &stranger] {
            if other.pubkey() != key.pubkey() {
                let mut bad = good.clone();
                bad.accounts[0].pubkey = other.pubkey();
                world.refused(&[bad], &[other], E::NotYourTurn);
            }
        }
        world.must(&[good], &[key]);
    }
}

#[test]
fn only_a_proof_of_that_step_under_ones_own_root_counts() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    let larger = Trace::honest(9);
    let network = world.network;
    while let Some((good, key)) = fixture.revealing(&world, &dispute, &provider, &own) {
        let (side, index) = world.read::<Dispute>(&dispute).turn().unwrap();
        let (mine, theirs) = match side {
            Side::Provider => (&provider, &own),
            Side::Challenger => (&own, &provider),
        };
        let who = key.pubkey();
        let mut longer = mine.proof(index);
        longer[19] = [1; 32];
        let other = if index == 0 { 1 } else { 0 };
        for bad in [
            network.reveal(&who, &dispute, &theirs.step(index), &theirs.proof(index)), // another tree
            network.reveal(&who, &dispute, &larger.step(index), &larger.proof(index)), // of another size
            network.reveal(&who, &dispute, &mine.step(other), &mine.proof(other)),     // another step
            network.reveal(&who, &dispute, &mine.step(other), &mine.proof(index)),
            network.reveal(&who, &dispute, &mine.step(index), &longer),
            network.reveal(&who, &dispute, &[0; 32], &mine.proof(index)),
        ] {
            world.refused(&[bad], &[key], E::WrongProof);
        }
        world.must(&[good], &[key]);
    }
}

#[test]
fn a_root_over_another_number_of_steps_proves_nothing_and_loses_in_the_end() {
    let mut world = World::new();
    let (provider, own) = (Trace::honest(8), Trace::honest(9));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    for index in 0..9 {
        let wallet = fixture.job.wallet();
        let reveal = world.network.reveal(&wallet, &dispute, &own.step(index), &own.proof(index));
        world.refused(&[reveal], &[&fixture.job.actors.consumer], E::WrongProof);
    }
    fixture.miss(&mut world, &dispute);
    fixture.resolve(&mut world, &dispute).unwrap();
    assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_CHALLENGER_LOST);
}

#[test]
fn a_missed_turn_loses_one_grace_after_its_mark_in_seconds_and_in_slots() {
    // At every stage, so that each side misses each of its turns once.
    for moves in 0..8 {
        let mut world = World::new();
        let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
        let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
        for _ in 0..moves {
            fixture.step(&mut world, &dispute, &provider, &own).unwrap();
        }
        let (side, _) = world.read::<Dispute>(&dispute).turn().unwrap();
        let stage = world.read::<Dispute>(&dispute).stage;
        let resolve = fixture.resolving(&world, &dispute);
        world.until(world.now() + GRACE);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        world.until(world.now() + 1);
        let sent = world.must(std::slice::from_ref(&resolve), &[]);
        let expected = TurnMarked {
            entities: [touched(&dispute, u64::try_from(moves).unwrap() + 2)],
            at: world.now(),
            dispute,
            slot: world.slot(),
            stage: u64::from(stage),
        };
        assert_eq!(sent.events, [Event::TurnMarked(Box::new(expected))]);
        let (now, slot) = (world.now(), world.slot());
        world.set_clock(now + GRACE - 1, slot + 1_000_000);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        world.set_clock(now + 1_000_000, slot + 3_599);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        // Until it is executed, the turn can still be taken.
        world.set_clock(now + GRACE, slot + 3_600);
        let (reveal, key) = fixture.revealing(&world, &dispute, &provider, &own).unwrap();
        world.trial(&[reveal], &[key]).unwrap();
        world.must(&[resolve], &[]);
        let state = world.read::<Dispute>(&dispute);
        let lost = match side {
            Side::Provider => OUTCOME_PROVIDER_LOST,
            Side::Challenger => OUTCOME_CHALLENGER_LOST,
        };
        assert_eq!((state.outcome, state.cause, state.majority()), (lost, CAUSE_TURN_MISSED, 0));
    }
}

#[test]
fn a_late_move_clears_its_mark_and_passes_the_turn_with_a_full_grace() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    fixture.miss(&mut world, &dispute);
    fixture.step(&mut world, &dispute, &provider, &own).unwrap();
    let state = world.read::<Dispute>(&dispute);
    assert_eq!((state.marked_at, state.marked_slot, state.turn_at), (0, 0, world.now()));
    let resolve = fixture.resolving(&world, &dispute);
    world.until(world.now() + GRACE);
    world.refused(&[resolve], &[], E::NothingToResolve);
}

#[test]
fn a_resolved_dispute_takes_no_more_moves() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    fixture.miss(&mut world, &dispute);
    let (reveal, key) = fixture.revealing(&world, &dispute, &provider, &own).unwrap();
    fixture.resolve(&mut world, &dispute).unwrap();
    world.refused(&[reveal], &[key], E::WrongStage);
    let again = fixture.resolving(&world, &dispute);
    world.refused(&[again], &[], E::NothingToResolve);
    let rule = world.network.rule(&fixture.arbiters[0].pubkey(), &dispute, true);
    world.refused(&[rule], &[&fixture.arbiters[0]], E::WrongStage);
}
