//! Whole disputes over traces of up to 2^20 steps: however the two differ, they come down to one step, the
//! first of which both agree and the second of which they do not, within 20 rounds; a panel's votes decide
//! once; and the loser's bond is divided without a rest.

use crate::input::Input;
use settlement_interface::Address;
use settlement_interface::accounts::{
    CAUSE_NO_DIFFERENCE, CAUSE_RULED, CAUSE_TURN_MISSED, Dispute, OUTCOME_CHALLENGER_LOST, OUTCOME_OPEN, OUTCOME_PROVIDER_LOST,
};
use settlement_interface::merkle::MAX_STEPS;
use settlement_interface::panel::Panel;
use settlement_interface::rules::{Due, Side, Stage, challenge_bond, divide_loss};

/// A trace that differs from the plain one where its rule says so.
#[derive(Clone, Copy)]
struct Trace {
    rule: u8,
    from: u64,
    seed: u64,
}

impl Trace {
    fn step(&self, index: u64) -> [u8; 32] {
        let scrambled = index.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.seed);
        let differs = match self.rule % 4 {
            0 => index >= self.from,
            1 => index == self.from,
            2 => (scrambled ^ scrambled >> 29) % 7 < 3,
            _ => false,
        };
        let mut step = [0; 32];
        step[..8].copy_from_slice(&index.to_le_bytes());
        step[8] = if differs { 1 + self.rule / 4 } else { 0 };
        step
    }
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let steps = (2 + input.up_to(MAX_STEPS - 2)) >> (input.u8() % 20);
    let steps = steps.max(2);
    let mut trace = || Trace { rule: input.u8(), from: input.up_to(steps - 1), seed: input.u64() };
    let (provider, challenger) = (trace(), trace());
    let mut dispute: Dispute = bytemuck::Zeroable::zeroed();
    (dispute.steps, dispute.hi, dispute.stage) = (steps, steps - 1, Stage::ChallengerLast as u8);

    let mut reveals = 0;
    while let Some((side, index)) = dispute.turn() {
        assert!(index < steps);
        if reveals >= 4 {
            assert!(dispute.lo < index && index < dispute.hi, "a midpoint that is an end");
        }
        let step = if side == Side::Provider { provider.step(index) } else { challenger.step(index) };
        let (now, slot) = (input.i64(), input.u64());
        missed(&mut input, &dispute, side);
        assert!(dispute.reveal(&step, (now, slot)).is_some());
        assert_eq!((dispute.turn_at, dispute.marked_at, dispute.marked_slot), (now, 0, 0));
        reveals += 1;
        assert!(reveals <= 4 + 2 * 20, "more than 20 rounds");
    }
    assert!(dispute.rounds <= 20);
    assert!(dispute.reveal(&[0; 32], (0, 0)).is_none());
    let last = steps - 1;
    match dispute.stage() {
        Some(Stage::Decided) => {
            assert_eq!(dispute.cause, CAUSE_NO_DIFFERENCE);
            assert_eq!(provider.step(last), challenger.step(last));
            assert_eq!(reveals, 3);
            graced(&mut input, &dispute);
            return;
        }
        Some(Stage::Panel) => {}
        stage => panic!("a dispute ended in {stage:?}"),
    }
    let (lo, hi) = (dispute.lo, dispute.hi);
    assert_eq!(dispute.provider_step, provider.step(hi));
    assert_eq!(dispute.challenger_step, challenger.step(hi));
    assert_ne!(dispute.provider_step, dispute.challenger_step, "the step that is ruled on is disputed");
    if lo == hi {
        assert_eq!((hi, reveals), (0, 4));
    } else {
        assert_eq!(hi, lo + 1);
        assert_eq!((dispute.agreed, dispute.agreed), (provider.step(lo), challenger.step(lo)));
    }
    panel(&mut input, &mut dispute);
    money(&mut input);
}

/// A turn is lost only by whose turn it is, after a grace, a mark and another grace of seconds and slots.
fn missed(input: &mut Input, dispute: &Dispute, side: Side) {
    let mut dispute = *dispute;
    let time = |input: &mut Input| i64::from(input.u16());
    (dispute.turn_at, dispute.marked_at, dispute.marked_slot) = (time(input), time(input), input.amount());
    let (grace, window, now, slot) = (time(input), time(input), time(input), input.amount());
    let marked = dispute.marked_at != 0;
    match dispute.due(grace, window, now, slot) {
        None => assert_eq!(dispute.outcome, OUTCOME_OPEN),
        Some(Due::Mark) => assert!(!marked && now > dispute.turn_at + grace && dispute.outcome == OUTCOME_OPEN),
        Some(Due::Execute) => {
            assert!(marked && now >= dispute.marked_at + grace);
            assert!(slot >= dispute.marked_slot.saturating_add(grace as u64));
            let loser = if side == Side::Provider { OUTCOME_PROVIDER_LOST } else { OUTCOME_CHALLENGER_LOST };
            assert_eq!((dispute.outcome, dispute.cause), (loser, CAUSE_TURN_MISSED));
        }
    }
}

/// What was decided is executed once a grace of seconds and slots is over, and time changes nothing of it.
fn graced(input: &mut Input, dispute: &Dispute) {
    let mut later = *dispute;
    let (grace, window) = (i64::from(input.u16()), i64::from(input.u16()));
    let (now, slot) = (input.i64(), input.u64());
    let over = now >= dispute.turn_at.saturating_add(grace)
        && slot >= dispute.turn_slot.saturating_add(grace.unsigned_abs());
    assert_eq!(later.due(grace, window, now, slot), over.then_some(Due::Execute));
    assert_eq!(later, *dispute);
}

/// Any votes in any order: each arbiter's once, and never a decision for both.
fn panel(input: &mut Input, dispute: &mut Dispute) {
    let n = 1 + input.u8() % 7;
    let wallets: Vec<Address> = (0..n).map(|i| Address::new_from_array([i + 1; 32])).collect();
    let k = input.u8() % 9;
    let made = Panel::of(k, &wallets);
    assert_eq!(made.is_some(), k * 2 > n && k <= n);
    let Some(made) = made else { return };
    assert!(made.validate().is_ok() && wallets.iter().all(|wallet| made.place(wallet).is_some()));
    let mut changed = made;
    bytemuck::bytes_of_mut(&mut changed)[usize::from(input.u8()) % size_of::<Panel>()] ^= 1 << (input.u8() % 8);
    assert!(changed.validate().is_err() || changed.hash() != made.hash(), "two panels of one hash");
    dispute.panel = made;
    let (mut ours, mut theirs) = (0u32, 0u32);
    while dispute.stage() == Some(Stage::Panel) && !input.is_empty() {
        let (place, vote) = (usize::from(input.u8() % 10), input.bool());
        let ruled = dispute.has_ruled(place);
        let (before, now) = ((dispute.turn_at, dispute.turn_slot), (input.i64(), input.u64()));
        let counted = dispute.rule(place, vote, now).is_some();
        assert_eq!(counted, place < usize::from(n) && !ruled);
        if counted {
            *(if vote { &mut ours } else { &mut theirs }) += 1;
        }
        assert_eq!((dispute.for_provider.count_ones(), dispute.for_challenger.count_ones()), (ours, theirs));
        assert_eq!(dispute.for_provider & dispute.for_challenger, 0);
        let decided = ours >= u32::from(k) || theirs >= u32::from(k);
        assert_eq!(dispute.stage() == Some(Stage::Decided), decided);
        assert_eq!((dispute.turn_at, dispute.turn_slot), if decided { now } else { before });
        if decided {
            graced(input, dispute);
            assert_eq!(dispute.cause, CAUSE_RULED);
            assert_eq!(dispute.majority().count_ones(), u32::from(k));
        }
    }
    // Each arbiter of the majority is paid once.
    (dispute.unpaid, dispute.fee) = (dispute.majority(), 5);
    let paid: u64 = (0..14u8).filter_map(|member| dispute.take_due(member % 7)).map(|(_, due)| due).sum();
    assert_eq!(paid, 5 * u64::from(dispute.majority().count_ones()));
}

fn money(input: &mut Input) {
    let (bond, bps) = (input.amount(), input.up_to(10_000) as u16);
    let arbiters = u32::from(input.u8() % 8);
    let loss = divide_loss(bond, bps, arbiters).expect("in range");
    assert_eq!(loss.each * u64::from(arbiters) + loss.rest, bond);
    assert!(u128::from(loss.each) * u128::from(arbiters) * 10_000 <= u128::from(bond) * u128::from(bps));
    assert!(challenge_bond(bond, bps).is_some_and(|down| down >= 1 && down <= bond.max(1)));
}

/// Traces that differ from some step on, and in one step.
pub fn seeds() -> Vec<Vec<u8>> {
    let game = |shift: u8, rule: u8, from: u64| {
        let mut seed = (MAX_STEPS - 2).to_le_bytes().to_vec();
        seed.push(shift);
        seed.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, rule]);
        seed.extend_from_slice(&from.to_le_bytes());
        seed.resize(500, 0x25);
        seed
    };
    vec![game(0, 0, 777_777), game(12, 0, 3), game(16, 0, 0), game(19, 0, 1), game(10, 2, 5), game(4, 3, 0)]
}
