//! The whole way: a real computation, its trace, a cheat of one bit, bisected on the compiled program to
//! that very step, which an arbiter executes again.

use disputes::digits::{Model, STEPS};
use disputes::{Answer, Trace as Played, verdict};
use settlement_interface::accounts::{Dispute, OUTCOME_CHALLENGER_LOST, OUTCOME_PROVIDER_LOST};
use settlement_interface::rules::{Side, Stage};
use solana_signer::Signer;
use tests::{Trace, Verifiable, World};

fn pixels() -> Vec<i32> {
    (0..64).map(|i| i * 5 % 17).collect()
}

/// Plays a dispute of a receipt over `provider` by somebody with `challenger`, each side answering from
/// the account alone; arbiters rule as one step executed again tells them. Returns the step and the outcome.
fn play(provider: &[i32], challenger: &[i32]) -> (u64, u8) {
    let model = Model::from_seed(7);
    let [theirs, own] = [provider, challenger].map(|values| model.hashes(values).unwrap());
    let mut world = World::new();
    let (committed, opened) = (Trace::of(theirs.clone()), Trace::of(own.clone()));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &committed, &opened);
    let (theirs, own) = (Played::new(theirs).unwrap(), Played::new(own).unwrap());
    assert_eq!(theirs.root(), committed.root());
    loop {
        let state = world.read::<Dispute>(&dispute);
        let moves = [(&theirs, Side::Provider), (&own, Side::Challenger)]
            .map(|(trace, side)| (fixture.key(side), trace.answer(&state, side).unwrap()));
        let next = moves.into_iter().find_map(|(key, answer)| match answer {
            Answer::Reveal(reveal) => Some((key, reveal)),
            _ => None,
        });
        let Some((key, found)) = next else { break };
        let reveal = world.network.reveal(&key.pubkey(), &dispute, &found.step, &found.proof);
        world.must(&[reveal], &[key]);
    }
    let state = world.read::<Dispute>(&dispute);
    assert_eq!(state.stage(), Some(Stage::Panel));
    let right = match usize::try_from(state.lo).unwrap() {
        _ if state.hi == 0 => model.hash(&model.start(&pixels()).unwrap()),
        before => {
            let before = model.state(provider, before).unwrap();
            assert_eq!(model.hash(&before), state.agreed);
            model.hash(&model.step(&before).unwrap())
        }
    };
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, verdict(&state, &right)).unwrap();
    }
    fixture.execute(&mut world, &dispute).unwrap();
    (state.hi, world.read::<Dispute>(&dispute).outcome)
}

#[test]
fn a_cheating_provider_is_bisected_to_its_step_and_an_honest_one_wins() {
    let model = Model::from_seed(7);
    let honest = model.run(&pixels()).unwrap();
    for step in [0, 1, 31, 32, 58, STEPS - 1] {
        let cheat = model.run_corrupted(&pixels(), step, 0).unwrap();
        let at = u64::try_from(step).unwrap();
        assert_eq!(play(&cheat, &honest), (at, OUTCOME_PROVIDER_LOST), "step {step}");
        assert_eq!(play(&honest, &cheat), (at, OUTCOME_CHALLENGER_LOST), "step {step}");
    }
}
