//! Attacks on disputes and on who rules on them.

use settlement_interface::accounts::{
    CAUSE_TURN_MISSED, Dispute, OUTCOME_CHALLENGER_LOST, OUTCOME_PROVIDER_LOST,
};
use settlement_interface::merkle::MAX_STEPS;
use settlement_interface::parameters::Parameters;
use settlement_interface::receipt::Receipt;
use settlement_interface::{SettlementError as E, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ARBITER_STAKE, Actors, JobFixture, Trace, Verifiable, World};

const GRACE: i64 = Parameters::DEFAULT.grace;

#[test]
fn a_dispute_comes_too_late_from_a_stranger_twice_or_on_a_job_that_is_not_verifiable() {
    let mut world = World::new();
    let (lie, truth) = (Trace::differing_from(8, 3), Trace::honest(8));
    let fixture = Verifiable::committed(&mut world, &lie);
    let (consumer, since) = (fixture.job.actors.consumer.insecure_clone(), world.now());
    let (open, _) = fixture.opening(&world, 1, &truth);
    // By somebody who is not harmed, paying for it.
    let stranger = world.holder(1_000_000_000_000);
    let mut theirs = open.clone();
    theirs.accounts[1].pubkey = stranger.pubkey();
    theirs.accounts[7].pubkey = world.associated(&stranger.pubkey());
    world.refused(&[theirs], &[&stranger], E::WrongParty);
    // Of a job that was not opened for it.
    let plain = JobFixture::running(&mut world);
    let (wallet, bank) = (plain.wallet(), world.bank.pubkey());
    let source = world.associated(&wallet);
    let other = world.network.open_dispute(
        &bank,
        &wallet,
        &source,
        &plain.keys,
        0,
        1,
        &[1; 32],
        &fixture.panel,
        u64::MAX,
    );
    world.refused(&[other], &[&plain.actors.consumer], E::NotVerifiable);
    // Twice at once, and again once it was lost.
    let second = fixture.opening(&world, 1, &truth).0;
    let dispute = fixture.open(&mut world, 1, &truth).unwrap();
    world.rejected(&[second], &[&consumer]);
    let (again, _) = fixture.opening(&world, 1, &truth);
    world.refused(&[again], &[&consumer], E::DisputeOpen);
    fixture.miss(&mut world, &dispute);
    fixture.resolve(&mut world, &dispute).unwrap();
    let (again, _) = fixture.opening(&world, 1, &truth);
    world.refused(&[again], &[&consumer], E::DisputedAlready);
    // When the window is over, to the second.
    let mut world = World::new();
    let fixture = Verifiable::committed(&mut world, &lie);
    let (open, _) = fixture.opening(&world, 1, &truth);
    world.until(since.max(world.now()) + Parameters::DEFAULT.dispute_window);
    world.refused(&[open], &[&fixture.job.actors.consumer], E::NotDisputable);
}

#[test]
fn a_turn_is_missed_a_proof_is_of_another_tree_or_an_arbiter_counts_twice_or_is_a_party() {
    let (lie, truth) = (Trace::differing_from(8, 3), Trace::honest(8));
    // Whoever falls silent loses after a mark and a grace, and not before.
    for (moves, outcome) in [(0, OUTCOME_CHALLENGER_LOST), (2, OUTCOME_PROVIDER_LOST)] {
        let mut world = World::new();
        let (fixture, dispute) = Verifiable::disputed(&mut world, &lie, &truth);
        for _ in 0..moves {
            fixture.step(&mut world, &dispute, &lie, &truth).unwrap();
        }
        let resolve = fixture.resolving(&world, &dispute);
        world.until(world.now() + GRACE);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        world.until(world.now() + 1);
        world.must(std::slice::from_ref(&resolve), &[]);
        world.until(world.now() + GRACE - 1);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        world.until(world.now() + 1);
        world.must(&[resolve], &[]);
        let state = world.read::<Dispute>(&dispute);
        assert_eq!((state.outcome, state.cause), (outcome, CAUSE_TURN_MISSED));
    }
    // A step of somebody else's tree, or of one's own at another place, proves nothing.
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::disputed(&mut world, &lie, &truth);
    let wallet = fixture.job.wallet();
    for (trace, index) in [(&lie, 7), (&truth, 6), (&Trace::honest(9), 7)] {
        let reveal = world.network.reveal(&wallet, &dispute, &trace.step(index), &trace.proof(index));
        world.refused(&[reveal], &[&fixture.job.actors.consumer], E::WrongProof);
    }
    // The game ends by itself and takes no move more.
    fixture.play(&mut world, &dispute, &lie, &truth);
    let more = world.network.reveal(&wallet, &dispute, &truth.step(1), &truth.proof(1));
    world.refused(&[more], &[&fixture.job.actors.consumer], E::WrongStage);
    more_than_twenty_rounds(&mut World::new());
    // One arbiter alone does not make a majority by voting twice.
    let arbiter = &fixture.arbiters[0];
    fixture.rule(&mut world, &dispute, arbiter, true).unwrap();
    let again = world.network.rule(&arbiter.pubkey(), &dispute, true);
    world.refused(&[again], &[arbiter], E::RuledAlready);
    // Nor does a party rule that both sides let onto the panel.
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let arbiters: Vec<Keypair> = [actors.provider.insecure_clone(), world.holder(0), world.holder(0)].into();
    for arbiter in &arbiters {
        world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE);
    }
    let fixture = Verifiable::between(&mut world, actors, 2, arbiters, |_| {});
    world.until(world.now() + 3_600);
    fixture.commit(&mut world, 3_600_000, &lie).unwrap();
    let dispute = fixture.open(&mut world, 1, &truth).unwrap();
    fixture.play(&mut world, &dispute, &lie, &truth);
    let provider = &fixture.job.actors.provider;
    let own = world.network.rule(&provider.pubkey(), &dispute, true);
    world.refused(&[own], &[provider], E::ArbiterIsParty);
    assert!(world.get::<Dispute>(&pda::dispute(&fixture.job.keys.job, 0)).is_some());
}

/// Votes in hand, whoever gains by them tries to have the bond taken before the loser can even read of it.
#[test]
fn what_a_panel_decides_is_executed_with_its_last_vote() {
    for for_provider in [true, false] {
        let mut world = World::new();
        let (fixture, dispute) = Verifiable::narrowed(&mut world);
        let [first, second, ..] = fixture.arbiters.as_slice() else { unreachable!() };
        fixture.rule(&mut world, &dispute, first, for_provider).unwrap();
        let vote = world.network.rule(&second.pubkey(), &dispute, for_provider);
        let resolve = fixture.resolving(&world, &dispute);
        world.refused(&[vote.clone(), resolve.clone()], &[second], E::NothingToResolve);
        world.must(&[vote], &[second]);
        let (now, slot, slots) = (world.now(), world.slot(), u64::try_from(GRACE).unwrap());
        // A second early on a chain that runs; a slot early on one that stood still for days.
        for (seconds, more) in [(GRACE - 1, 3 * slots), (7 * 86_400, slots - 1)] {
            world.set_clock(now + seconds, slot + more);
            world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        }
        world.set_clock(now + GRACE, slot + slots);
        world.must(&[resolve], &[]);
        let lost = if for_provider { OUTCOME_CHALLENGER_LOST } else { OUTCOME_PROVIDER_LOST };
        assert_eq!(world.read::<Dispute>(&dispute).outcome, lost);
    }
}

/// More steps than twenty rounds halve are not committed to, so that no game takes more rounds.
fn more_than_twenty_rounds(world: &mut World) {
    let fixture = Verifiable::running(world);
    world.until(world.now() + 3_600);
    let most = u32::try_from(MAX_STEPS).unwrap();
    let (session, provider) = (&fixture.job.actors.session, &fixture.job.actors.provider);
    let of = |steps| Receipt { commitment: Some(([7; 32], steps)), ..fixture.job.receipt(world, 3_600_000) };
    let (longer, longest) = (of(most + 1), of(most));
    let all = fixture.job.settling_instructions(world, &longer, session, 0);
    world.refused(&all, &[provider], E::StepsOutOfRange);
    fixture.job.settle_as(world, &longest, session).unwrap();
}
