//! Every one-bit cheat in an execution is narrowed down to exactly its step, by the rules that the
//! program applies.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests: a failed expectation is a failed test"
)]

use disputes::digits::{Model, STEPS};
use disputes::{Answer, Trace, TraceError, verdict};
use settlement_interface::accounts::Dispute;
use settlement_interface::rules::{Side, Stage};

fn pixels() -> Vec<i32> {
    (0..64).map(|i| i * 5 % 17).collect()
}

/// A dispute between two traces, played until none of them moves.
fn play(provider: &Trace, challenger: &Trace) -> Dispute {
    let mut dispute: Dispute = fresh();
    dispute.steps = u64::try_from(provider.steps().len()).unwrap();
    dispute.hi = dispute.steps - 1;
    (dispute.provider_root, dispute.challenger_root) = (provider.root(), challenger.root());
    dispute.stage = Stage::ChallengerLast as u8;
    loop {
        let answers = [(provider, Side::Provider), (challenger, Side::Challenger)]
            .map(|(trace, side)| trace.answer(&dispute, side).unwrap());
        let reveal = answers.into_iter().find_map(|answer| match answer {
            Answer::Reveal(reveal) => Some(reveal),
            _ => None,
        });
        let Some(reveal) = reveal else { return dispute };
        dispute.reveal(&reveal.step, (1, 1)).unwrap();
    }
}

/// An account as the program creates it.
fn fresh() -> Dispute {
    let data = [
        <Dispute as settlement_interface::accounts::Layout>::DISCRIMINATOR.as_slice(),
        &[0; size_of::<Dispute>()],
    ];
    settlement_interface::accounts::Layout::read(&data.concat()).unwrap()
}

#[test]
fn a_cheat_of_one_bit_at_any_step_is_found_and_ruled_against() {
    let model = Model::from_seed(7);
    let honest_values = model.run(&pixels()).unwrap();
    let honest = Trace::new(model.hashes(&honest_values).unwrap()).unwrap();
    for step in 0..STEPS {
        for bit in [0, 3, 17] {
            let values = model.run_corrupted(&pixels(), step, bit).unwrap();
            let cheat = Trace::new(model.hashes(&values).unwrap()).unwrap();
            let at = u64::try_from(step).unwrap();
            assert_eq!(honest.divergence(&cheat), Ok(Some(at)));
            for (provider, challenger, right_wins) in [(&cheat, &honest, false), (&honest, &cheat, true)] {
                let dispute = play(provider, challenger);
                assert_eq!((dispute.stage(), dispute.hi), (Some(Stage::Panel), at), "step {step}, bit {bit}");
                // An arbiter executes that one step alone, out of the state that both agree on.
                let right = match step.checked_sub(1) {
                    None => model.hash(&model.start(&pixels()).unwrap()),
                    Some(before) => {
                        let state = model.state(&values, before).unwrap();
                        assert_eq!(model.hash(&state), dispute.agreed);
                        model.hash(&model.step(&state).unwrap())
                    }
                };
                assert_eq!(verdict(&dispute, &right), right_wins);
            }
        }
    }
}

#[test]
fn equal_traces_end_at_once() {
    let model = Model::from_seed(1);
    let trace = Trace::new(model.hashes(&model.run(&pixels()).unwrap()).unwrap()).unwrap();
    let dispute = play(&trace, &trace);
    assert_eq!(dispute.stage(), Some(Stage::Decided));
    assert_eq!(trace.answer(&dispute, Side::Provider), Ok(Answer::Over));
}

#[test]
fn what_does_not_fit_is_said() {
    let steps = |count: u8| (0..count).map(|n| [n; 32]).collect::<Vec<_>>();
    assert_eq!(Trace::new(steps(1)).err(), Some(TraceError::Count(1)));
    let trace = Trace::new(steps(4)).unwrap();
    assert_eq!(trace.prove(4), Err(TraceError::NoStep { index: 4, steps: 4 }));
    let other = Trace::new(steps(5)).unwrap();
    assert_eq!(trace.divergence(&other), Err(TraceError::Length { dispute: 5, trace: 4 }));
    let dispute = play(&other, &other);
    assert_eq!(trace.answer(&dispute, Side::Provider), Err(TraceError::Length { dispute: 5, trace: 4 }));
    let mut reversed = steps(5);
    reversed.reverse();
    assert_eq!(Trace::new(reversed).unwrap().answer(&dispute, Side::Provider), Err(TraceError::Root));
}
