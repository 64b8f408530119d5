//! The panel: who rules, on what bond, how often, and until when.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{
    Arbiter, CAUSE_NO_RULING, CAUSE_RULED, Dispute, OUTCOME_CHALLENGER_LOST, OUTCOME_NOBODY,
    OUTCOME_PROVIDER_LOST,
};
use settlement_interface::events::{Event, Ruled};
use settlement_interface::pda;
use settlement_interface::rules::Stage;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ARBITER_STAKE, Actors, Trace, Verifiable, World, touched};

const WINDOW: i64 = 2 * 86_400;

#[test]
fn k_equal_votes_decide_for_either_side() {
    for for_provider in [true, false] {
        let mut world = World::new();
        let (fixture, dispute) = Verifiable::narrowed(&mut world);
        let [first, second, third] = fixture.arbiters.as_slice() else { panic!() };
        fixture.rule(&mut world, &dispute, first, !for_provider).unwrap();
        let resolve = fixture.resolving(&world, &dispute);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        fixture.rule(&mut world, &dispute, second, for_provider).unwrap();
        world.refused(&[resolve], &[], E::NothingToResolve);
        let sent = fixture.rule(&mut world, &dispute, third, for_provider).unwrap();
        let votes = |side: bool| if side == for_provider { 2 } else { 1 };
        let expected = Ruled {
            entities: [touched(&dispute, 14), touched(&pda::arbiter(&third.pubkey()), 1)],
            at: world.now(),
            dispute,
            arbiter: third.pubkey(),
            for_provider: u64::from(for_provider),
            votes_for_provider: votes(true),
            votes_for_challenger: votes(false),
            locked: ARBITER_STAKE,
            stage: Stage::Decided as u64,
        };
        assert_eq!(sent.events, [Event::Ruled(Box::new(expected))]);
        assert_eq!(world.read::<Arbiter>(&pda::arbiter(&third.pubkey())).rulings, 1);
        let lost = if for_provider { OUTCOME_CHALLENGER_LOST } else { OUTCOME_PROVIDER_LOST };
        let state = world.read::<Dispute>(&dispute);
        assert_eq!((state.outcome, state.cause), (lost, CAUSE_RULED));
    }
}

/// The deciding vote is the mark: whoever it costs something has a grace before anyone can take it.
#[test]
fn what_the_panel_decided_is_executed_one_grace_after_the_deciding_vote_in_seconds_and_in_slots() {
    for for_provider in [true, false] {
        let mut world = World::new();
        let (fixture, dispute) = Verifiable::narrowed(&mut world);
        let grace = fixture.job.read(&world).terms.parameters.grace;
        // A vote that decides nothing starts no grace.
        fixture.rule(&mut world, &dispute, &fixture.arbiters[2], for_provider).unwrap();
        world.until(world.now() + grace);
        fixture.rule(&mut world, &dispute, &fixture.arbiters[0], for_provider).unwrap();
        let (now, slot) = (world.now(), world.slot());
        let state = world.read::<Dispute>(&dispute);
        assert_eq!((state.turn_at, state.turn_slot), (now, slot));
        let (resolve, slots) = (fixture.resolving(&world, &dispute), u64::try_from(grace).unwrap());
        // In the transaction of the vote, a second early however many slots came, a slot early however late.
        for (seconds, more) in [(0, 0), (grace - 1, 10 * slots), (30 * 86_400, slots - 1)] {
            world.set_clock(now + seconds, slot + more);
            world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        }
        world.set_clock(now + grace, slot + slots);
        world.must(&[resolve], &[]);
        let lost = if for_provider { OUTCOME_CHALLENGER_LOST } else { OUTCOME_PROVIDER_LOST };
        let state = world.read::<Dispute>(&dispute);
        assert_eq!((state.stage(), state.outcome, state.cause), (Some(Stage::Resolved), lost, CAUSE_RULED));
    }
}

#[test]
fn an_arbiter_is_counted_once() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let arbiter = &fixture.arbiters[1];
    fixture.rule(&mut world, &dispute, arbiter, true).unwrap();
    for vote in [true, false] {
        let again = world.network.rule(&arbiter.pubkey(), &dispute, vote);
        world.refused(&[again], &[arbiter], E::RuledAlready);
    }
    // A vote is 0 or 1 and nothing else.
    let mut neither = world.network.rule(&fixture.arbiters[0].pubkey(), &dispute, true);
    neither.data[8] = 2;
    world.rejected(&[neither], &[&fixture.arbiters[0]]);
    // Not by another's account either.
    let other = &fixture.arbiters[2];
    let mut as_other = world.network.rule(&arbiter.pubkey(), &dispute, true);
    as_other.accounts[1].pubkey = pda::arbiter(&other.pubkey());
    world.refused(&[as_other], &[arbiter], E::WrongParty);
}

#[test]
fn only_the_panel_rules() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let stranger = world.wallet();
    for key in [&stranger, &fixture.job.actors.consumer, &fixture.job.actors.provider] {
        world.set_arbiter(&key.pubkey(), 10 * ARBITER_STAKE);
        let rule = world.network.rule(&key.pubkey(), &dispute, true);
        world.refused(&[rule], &[key], E::NotOnPanel);
    }
}

#[test]
fn a_party_on_the_panel_does_not_rule_on_its_own_job() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let neutral = world.holder(0);
    let arbiters: Vec<Keypair> =
        [&actors.consumer, &actors.provider, &neutral].map(Keypair::insecure_clone).into();
    for arbiter in &arbiters {
        world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE);
    }
    let fixture = Verifiable::between(&mut world, actors, 2, arbiters, |_| {});
    world.until(world.now() + 3_600);
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    fixture.commit(&mut world, 3_600_000, &provider).unwrap();
    let dispute = fixture.open(&mut world, 1, &own).unwrap();
    fixture.play(&mut world, &dispute, &provider, &own);
    for party in [&fixture.job.actors.consumer, &fixture.job.actors.provider] {
        let rule = world.network.rule(&party.pubkey(), &dispute, true);
        world.refused(&[rule], &[party], E::ArbiterIsParty);
    }
    fixture.rule(&mut world, &dispute, &neutral, true).unwrap();
}

#[test]
fn an_arbiter_has_at_least_its_bond_and_what_it_rules_on_at_stake() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let arbiter = &fixture.arbiters[0];
    let rule = world.network.rule(&arbiter.pubkey(), &dispute, true);
    world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE - 1);
    world.refused(std::slice::from_ref(&rule), &[arbiter], E::ArbiterBond);
    world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE);
    world.trial(&[rule], &[arbiter]).unwrap();

    // Where the job's bond (6 tokens) and the challenger's (3) together are more than the least.
    let mut parameters = world.config().parameters;
    parameters.arbiter_bond = 1;
    let mut world = World::with(parameters);
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let arbiter = &fixture.arbiters[0];
    let rule = world.network.rule(&arbiter.pubkey(), &dispute, true);
    world.set_arbiter(&arbiter.pubkey(), 8_999_999_999);
    world.refused(std::slice::from_ref(&rule), &[arbiter], E::ArbiterBond);
    world.set_arbiter(&arbiter.pubkey(), 9_000_000_000);
    world.must(&[rule], &[arbiter]);
}

#[test]
fn nobody_rules_before_one_step_is_left_or_after_it_is_decided() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    let arbiter = &fixture.arbiters[2];
    let rule = world.network.rule(&arbiter.pubkey(), &dispute, false);
    while fixture.revealing(&world, &dispute, &provider, &own).is_some() {
        world.refused(std::slice::from_ref(&rule), &[arbiter], E::WrongStage);
        fixture.step(&mut world, &dispute, &provider, &own);
    }
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
    }
    world.refused(&[rule], &[arbiter], E::WrongStage);
}

#[test]
fn a_panel_that_does_not_decide_in_time_leaves_nobody_at_fault() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    fixture.rule(&mut world, &dispute, &fixture.arbiters[0], false).unwrap();
    let since = world.read::<Dispute>(&dispute).turn_at;
    let before = fixture.job.read(&world);
    let resolve = fixture.resolving(&world, &dispute);
    world.until(since + WINDOW - 1);
    world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
    world.until(since + WINDOW);
    let sent = world.must(&[resolve], &[]);
    let Event::DisputeResolved(resolved) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((resolved.outcome, resolved.cause), (u64::from(OUTCOME_NOBODY), u64::from(CAUSE_NO_RULING)));
    assert_eq!(
        (resolved.refund, resolved.bond, resolved.fee, resolved.slashed),
        (3_000_000_000, 3_000_000_000, 0, 0)
    );
    let after = fixture.job.read(&world);
    assert_eq!((after.bond, after.accepted, after.dues), (before.bond, before.accepted, before.dues));
    assert_eq!((after.open_disputes, after.state), (0, before.state));
    assert_eq!(world.read::<Dispute>(&dispute).unpaid, 0);
}

#[test]
fn one_arbiter_alone_can_be_a_panel_and_seven_too() {
    for (k, n) in [(1, 1), (4, 7), (7, 7)] {
        let mut world = World::new();
        let arbiters: Vec<Keypair> = (0..n).map(|_| world.holder(0)).collect();
        for arbiter in &arbiters {
            world.set_arbiter(&arbiter.pubkey(), ARBITER_STAKE);
        }
        let fixture = Verifiable::with_panel(&mut world, k, arbiters, |_| {});
        world.until(world.now() + 3_600);
        let (provider, own) = (Trace::differing_from(2, 1), Trace::honest(2));
        fixture.commit(&mut world, 3_600_000, &provider).unwrap();
        let dispute = fixture.open(&mut world, 1, &own).unwrap();
        fixture.play(&mut world, &dispute, &provider, &own);
        for (votes, arbiter) in fixture.arbiters.iter().take(usize::from(k)).enumerate() {
            let resolve = fixture.resolving(&world, &dispute);
            world.refused(&[resolve], &[], E::NothingToResolve);
            fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
            assert_eq!(world.read::<Dispute>(&dispute).for_challenger.count_ones() as usize, votes + 1);
        }
        fixture.execute(&mut world, &dispute).unwrap();
        assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_PROVIDER_LOST);
    }
}
