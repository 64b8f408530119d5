//! How two traces of one computation are narrowed down to a single step, and who pays in the end.
//!
//! Both sides have committed to a root over as many step hashes. First the challenger, then the
//! provider prove their last and first steps; then both reveal the midpoint between the last step
//! known to be equal and the first known to differ, until these are neighbours. That one step is left
//! to a panel. Every hash is proved under its side's root before it gets here.

use super::{Moment, has_lasted};
use crate::Address;
use crate::accounts::{
    CAUSE_NO_DIFFERENCE, CAUSE_NO_RULING, CAUSE_RULED, CAUSE_TURN_MISSED, Dispute, OUTCOME_CHALLENGER_LOST,
    OUTCOME_NOBODY, OUTCOME_PROVIDER_LOST,
};
use crate::math::{share_ceil, share_floor};

/// What a dispute waits for. Codes never change.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The challenger's last step: its output.
    ChallengerLast = 1,
    /// The challenger's first step: its input.
    ChallengerFirst = 2,
    /// The provider's last step.
    ProviderLast = 3,
    /// The provider's first step.
    ProviderFirst = 4,
    /// The provider's step at the midpoint.
    ProviderMiddle = 5,
    /// The challenger's step at the midpoint.
    ChallengerMiddle = 6,
    /// The panel's ruling.
    Panel = 7,
    /// Decided; to be executed once a grace is over.
    Decided = 8,
    /// Executed; only payments remain.
    Resolved = 9,
}

/// A side of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Whose receipt is disputed.
    Provider,
    /// Who disputes it.
    Challenger,
}

impl Stage {
    /// Every stage, in order of code.
    pub const ALL: [Self; 9] = [
        Self::ChallengerLast,
        Self::ChallengerFirst,
        Self::ProviderLast,
        Self::ProviderFirst,
        Self::ProviderMiddle,
        Self::ChallengerMiddle,
        Self::Panel,
        Self::Decided,
        Self::Resolved,
    ];

    /// The stage of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| *stage as u8 == code)
    }

    /// Whose turn it is, while it is either side's.
    pub const fn turn(self) -> Option<Side> {
        match self {
            Self::ChallengerLast | Self::ChallengerFirst | Self::ChallengerMiddle => Some(Side::Challenger),
            Self::ProviderLast | Self::ProviderFirst | Self::ProviderMiddle => Some(Side::Provider),
            Self::Panel | Self::Decided | Self::Resolved => None,
        }
    }

    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChallengerLast => "challenger_last",
            Self::ChallengerFirst => "challenger_first",
            Self::ProviderLast => "provider_last",
            Self::ProviderFirst => "provider_first",
            Self::ProviderMiddle => "provider_middle",
            Self::ChallengerMiddle => "challenger_middle",
            Self::Panel => "panel",
            Self::Decided => "decided",
            Self::Resolved => "resolved",
        }
    }
}

/// What time allows next for a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The turn was missed: it can be put on record.
    Mark,
    /// It was decided a grace ago, or time has just decided it: it can be executed.
    Execute,
}

impl Dispute {
    /// What it waits for; `None` only for bytes that the program never writes.
    pub fn stage(&self) -> Option<Stage> {
        Stage::from_code(self.stage)
    }

    /// Whose turn it is, and the step that this side has to reveal.
    pub fn turn(&self) -> Option<(Side, u64)> {
        let stage = self.stage()?;
        let step = match stage {
            Stage::ChallengerLast | Stage::ProviderLast => self.steps.checked_sub(1)?,
            Stage::ChallengerFirst | Stage::ProviderFirst => 0,
            _ => self.lo.checked_add(self.hi)? >> 1,
        };
        Some((stage.turn()?, step))
    }

    /// The root of a side.
    pub fn root(&self, side: Side) -> &[u8; 32] {
        match side {
            Side::Provider => &self.provider_root,
            Side::Challenger => &self.challenger_root,
        }
    }

    /// Takes the hash that was due and proved, and passes the turn on. `None` if none was due.
    pub fn reveal(&mut self, step: &[u8; 32], now: Moment) -> Option<()> {
        let (_, index) = self.turn()?;
        (self.turn_at, self.turn_slot) = now;
        (self.marked_at, self.marked_slot) = (0, 0);
        let next = match self.stage()? {
            Stage::ChallengerLast => {
                self.challenger_step = *step;
                Stage::ChallengerFirst
            }
            Stage::ChallengerFirst => {
                self.agreed = *step;
                Stage::ProviderLast
            }
            Stage::ProviderLast if *step == self.challenger_step => {
                self.provider_step = *step;
                (self.outcome, self.cause) = (OUTCOME_CHALLENGER_LOST, CAUSE_NO_DIFFERENCE);
                Stage::Decided
            }
            Stage::ProviderLast => {
                self.provider_step = *step;
                Stage::ProviderFirst
            }
            // They do not even start alike: what is ruled on is the input itself.
            Stage::ProviderFirst if *step != self.agreed => {
                self.provider_step = *step;
                self.challenger_step = core::mem::take(&mut self.agreed);
                (self.lo, self.hi) = (0, 0);
                Stage::Panel
            }
            Stage::ProviderFirst => self.narrowed()?,
            Stage::ProviderMiddle => {
                self.revealed = *step;
                Stage::ChallengerMiddle
            }
            Stage::ChallengerMiddle => {
                let theirs = core::mem::take(&mut self.revealed);
                if *step == theirs {
                    self.lo = index;
                    self.agreed = *step;
                } else {
                    self.hi = index;
                    self.provider_step = theirs;
                    self.challenger_step = *step;
                }
                self.rounds = self.rounds.checked_add(1)?;
                self.narrowed()?
            }
            _ => return None,
        };
        self.stage = next as u8;
        Some(())
    }

    /// The next stage: another midpoint, or the panel once no step lies between.
    fn narrowed(&self) -> Option<Stage> {
        Some(if self.hi.checked_sub(self.lo)? <= 1 { Stage::Panel } else { Stage::ProviderMiddle })
    }

    /// Whether the arbiter in this place has ruled.
    pub fn has_ruled(&self, place: usize) -> bool {
        bit(place).is_some_and(|bit| (self.for_provider | self.for_challenger) & bit != 0)
    }

    /// Counts a vote, for which the arbiter's stake is held; `k` equal ones decide, and what they decide is
    /// the mark of the loss that follows. `None` if the panel has no such place or it has ruled.
    pub fn rule(&mut self, place: usize, for_provider: bool, now: Moment) -> Option<()> {
        if place >= usize::from(self.panel.n) || self.has_ruled(place) {
            return None;
        }
        let votes = if for_provider { &mut self.for_provider } else { &mut self.for_challenger };
        *votes |= bit(place)?;
        self.held |= bit(place)?;
        if votes.count_ones() >= u32::from(self.panel.k) {
            self.outcome = if for_provider { OUTCOME_CHALLENGER_LOST } else { OUTCOME_PROVIDER_LOST };
            self.cause = CAUSE_RULED;
            self.stage = Stage::Decided as u8;
            (self.turn_at, self.turn_slot) = now;
        }
        Some(())
    }

    /// What time allows at this moment. Deciding by time writes outcome and cause. A turn takes
    /// `grace` seconds, then a mark, then `grace` seconds and as many slots more. What was decided waits
    /// as long, with the decision for its mark. The panel's time is counted in seconds and slots, too: a
    /// chain that stood still takes no ruling from anybody.
    pub fn due(&mut self, grace: i64, panel_window: i64, now: i64, slot: u64) -> Option<Due> {
        match self.stage()? {
            Stage::Decided => {
                has_lasted((self.turn_at, self.turn_slot), grace, (now, slot)).then_some(Due::Execute)
            }
            Stage::Panel if has_lasted((self.turn_at, self.turn_slot), panel_window, (now, slot)) => {
                (self.outcome, self.cause) = (OUTCOME_NOBODY, CAUSE_NO_RULING);
                Some(Due::Execute)
            }
            stage => {
                let side = stage.turn()?;
                if self.marked_at == 0 {
                    return (now > self.turn_at.saturating_add(grace)).then_some(Due::Mark);
                }
                if !has_lasted((self.marked_at, self.marked_slot), grace, (now, slot)) {
                    return None;
                }
                self.outcome = match side {
                    Side::Provider => OUTCOME_PROVIDER_LOST,
                    Side::Challenger => OUTCOME_CHALLENGER_LOST,
                };
                self.cause = CAUSE_TURN_MISSED;
                Some(Due::Execute)
            }
        }
    }

    /// Arbiters who ruled with the majority, a bit each; none if the panel did not decide.
    pub fn majority(&self) -> u8 {
        match (self.cause, self.outcome) {
            (CAUSE_RULED, OUTCOME_PROVIDER_LOST) => self.for_challenger,
            (CAUSE_RULED, OUTCOME_CHALLENGER_LOST) => self.for_provider,
            _ => 0,
        }
    }

    /// What an arbiter by place on the panel, or the challenger ([`CHALLENGER`]), is due, taken off the
    /// books: wallet and amount. `None` for nobody; an amount of 0 if nothing is due.
    pub fn take_due(&mut self, member: u8) -> Option<(Address, u64)> {
        if member == CHALLENGER {
            return Some((self.challenger, core::mem::take(&mut self.refund)));
        }
        let wallet = *self.panel.wallets().get(usize::from(member))?;
        let bit = bit(usize::from(member))?;
        let amount = if self.unpaid & bit == 0 { 0 } else { self.fee };
        self.unpaid &= !bit;
        Some((wallet, amount))
    }

    /// Takes the arbiter in this place off those whose stake is locked. `None` if it is none of them.
    pub fn release(&mut self, place: usize) -> Option<()> {
        let bit = bit(place).filter(|bit| self.held & bit != 0)?;
        self.held &= !bit;
        Some(())
    }

    /// Whether it is resolved and owes nobody.
    pub fn is_paid_out(&self) -> bool {
        self.stage == Stage::Resolved as u8 && self.unpaid == 0 && self.refund == 0
    }
}

/// What `withdraw_dispute` calls the challenger, behind the places of a panel.
pub const CHALLENGER: u8 = 7;

/// The challenger's bond: `max(1, ceil(stakes * challenge_bond_bps / 10^4))` base units, where `stakes` is
/// the job's bond, or [`super::pending_bond`] if that is more: what a dispute can void may have outgrown the
/// bond by top-ups, and holding it up costs a share of it. At least one, so that no dispute is free.
pub fn challenge_bond(stakes: u64, challenge_bond_bps: u16) -> Option<u64> {
    share_ceil(stakes, challenge_bond_bps).map(|bond| bond.max(1))
}

/// The bit of a place on a panel.
fn bit(place: usize) -> Option<u8> {
    1u8.checked_shl(u32::try_from(place).ok()?)
}

/// How the loser's bond is divided, base units; `each * arbiters + rest` is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// To each arbiter of the majority.
    pub each: u64,
    /// To the other side.
    pub rest: u64,
}

/// Takes `floor(bond * panel_bps / 10^4)` for `arbiters`, equal and rounded down; the rest, all of
/// it if there are no arbiters to pay, is the other side's.
pub fn divide_loss(bond: u64, panel_bps: u16, arbiters: u32) -> Option<Loss> {
    let each = share_floor(bond, panel_bps)?.checked_div(u64::from(arbiters)).unwrap_or(0);
    let rest = bond.checked_sub(each.checked_mul(u64::from(arbiters))?)?;
    Some(Loss { each, rest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::OUTCOME_OPEN;
    use crate::merkle::MAX_STEPS;
    use crate::panel::Panel;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    fn hash(step: u64, salt: u8) -> [u8; 32] {
        let mut hash = [salt; 32];
        hash[..8].copy_from_slice(&step.to_le_bytes());
        hash
    }

    fn dispute(steps: u64) -> Dispute {
        let wallets: Vec<Address> = (1..=5).map(|n| Address::new_from_array([n; 32])).collect();
        Dispute {
            steps,
            hi: steps - 1,
            stage: Stage::ChallengerLast as u8,
            panel: Panel::of(3, &wallets).unwrap(),
            ..Dispute::zeroed()
        }
    }

    /// Plays honestly revealed traces that differ from step `from` on, and counts the reveals.
    fn play(steps: u64, from: u64) -> (Dispute, u32) {
        let mut dispute = dispute(steps);
        let mut moves = 0;
        while let Some((side, step)) = dispute.turn() {
            let salt = if side == Side::Provider && step >= from { 9 } else { 1 };
            dispute.reveal(&hash(step, salt), (5, 5)).unwrap();
            moves += 1;
        }
        (dispute, moves)
    }

    proptest! {
        #[test]
        fn the_first_step_that_differs_is_always_found(steps in 2..=MAX_STEPS, at: u64) {
            let from = at % steps;
            let (dispute, moves) = play(steps, from);
            prop_assert_eq!(dispute.stage(), Some(Stage::Panel));
            prop_assert_eq!(dispute.hi, from);
            prop_assert_eq!(dispute.lo, from.saturating_sub(1));
            prop_assert_eq!(dispute.provider_step, hash(from, 9));
            prop_assert_eq!(dispute.challenger_step, hash(from, 1));
            let agreed = if from == 0 { [0; 32] } else { hash(from - 1, 1) };
            prop_assert_eq!(dispute.agreed, agreed);
            prop_assert!(dispute.rounds <= 20 && u64::from(moves) == 4 + 2 * dispute.rounds);
        }

        /// Whatever the sides reveal, it ends after 20 rounds with neighbours or the input.
        #[test]
        fn lies_do_not_make_it_longer(steps in 2..=MAX_STEPS, salts in prop::collection::vec(0u8..2, 64)) {
            let mut dispute = dispute(steps);
            for salt in salts {
                let Some((_, step)) = dispute.turn() else { break };
                dispute.reveal(&hash(step, salt), (5, 5)).unwrap();
            }
            prop_assert!(dispute.turn().is_none());
            prop_assert!(dispute.rounds <= 20);
            if dispute.stage() == Some(Stage::Panel) {
                prop_assert_ne!(dispute.provider_step, dispute.challenger_step);
                prop_assert!(dispute.hi - dispute.lo == 1 || dispute.hi == 0);
            }
        }

        #[test]
        fn a_loss_is_divided_to_the_last_unit(bond: u64, bps in 0u16..=10_000, arbiters in 0u32..=7) {
            let loss = divide_loss(bond, bps, arbiters).unwrap();
            prop_assert_eq!(loss.each * u64::from(arbiters) + loss.rest, bond);
            if arbiters == 0 {
                prop_assert_eq!(loss.rest, bond);
            }
        }
    }

    #[test]
    fn the_largest_trace_takes_twenty_rounds() {
        assert_eq!((0..64).map(|i| play(MAX_STEPS, MAX_STEPS - 1 - i).0.rounds).max(), Some(20));
        assert_eq!(play(2, 1).0.rounds, 0);
        assert_eq!(play(3, 1).0.rounds, 1);
    }

    #[test]
    fn equal_outputs_lose_the_dispute_for_whoever_opened_it() {
        let mut dispute = dispute(8);
        for step in [7, 0, 7] {
            assert_eq!(dispute.turn().unwrap().1, step);
            dispute.reveal(&hash(step, 1), (5, 5)).unwrap();
        }
        assert_eq!((dispute.outcome, dispute.cause), (OUTCOME_CHALLENGER_LOST, CAUSE_NO_DIFFERENCE));
        assert_eq!(dispute.due(10, 10, 14, 15), None);
        assert_eq!(dispute.due(10, 10, 15, 14), None);
        assert_eq!(dispute.due(10, 10, 15, 15), Some(Due::Execute));
        assert_eq!((dispute.majority(), dispute.reveal(&hash(1, 1), (6, 6))), (0, None));
    }

    #[test]
    fn a_turn_is_lost_one_grace_after_a_mark_in_seconds_and_slots() {
        let mut dispute = dispute(8);
        dispute.turn_at = 1_000;
        assert_eq!(dispute.due(100, 500, 1_100, 0), None);
        assert_eq!(dispute.due(100, 500, 1_101, 0), Some(Due::Mark));
        (dispute.marked_at, dispute.marked_slot) = (1_101, 50);
        assert_eq!(dispute.due(100, 500, 1_200, 1_000), None);
        assert_eq!(dispute.due(100, 500, 9_999, 149), None);
        assert_eq!(dispute.outcome, OUTCOME_OPEN);
        assert_eq!(dispute.due(100, 500, 1_201, 150), Some(Due::Execute));
        assert_eq!((dispute.outcome, dispute.cause), (OUTCOME_CHALLENGER_LOST, CAUSE_TURN_MISSED));
    }

    #[test]
    fn k_equal_votes_decide_and_nobody_votes_twice() {
        for for_provider in [true, false] {
            let (mut dispute, _) = play(8, 3);
            assert_eq!(dispute.rule(5, true, (9, 9)), None);
            assert_eq!(dispute.rule(7, true, (9, 9)), None);
            for place in [4, 0] {
                dispute.rule(place, for_provider, (9, 9)).unwrap();
                assert_eq!(dispute.rule(place, !for_provider, (9, 9)), None);
            }
            dispute.rule(2, !for_provider, (9, 9)).unwrap();
            assert_eq!(dispute.due(100, 500, 504, 0), None);
            // Votes that decide nothing take none of the panel's time.
            assert_eq!((dispute.turn_at, dispute.turn_slot), (5, 5));
            dispute.rule(1, for_provider, (400, 300)).unwrap();
            assert_eq!((dispute.stage(), dispute.majority()), (Some(Stage::Decided), 0b10011));
            let lost = if for_provider { OUTCOME_CHALLENGER_LOST } else { OUTCOME_PROVIDER_LOST };
            assert_eq!((dispute.outcome, dispute.cause), (lost, CAUSE_RULED));
            assert_eq!((dispute.turn_at, dispute.turn_slot), (400, 300));
            assert_eq!(dispute.held, 0b10111);
            for (place, held) in [(0, true), (0, false), (3, false), (8, false), (2, true)] {
                assert_eq!(dispute.release(place).is_some(), held, "{place}");
            }
            assert_eq!(dispute.held, 0b10010);
        }
    }

    #[test]
    fn what_the_panel_decides_is_executed_one_grace_later_in_seconds_and_slots() {
        for for_provider in [true, false] {
            let (mut dispute, _) = play(8, 3);
            for place in 0..3 {
                dispute.rule(place, for_provider, (400, 300)).unwrap();
            }
            for (now, slot, due) in [
                (400, 300, None),
                (499, i64::MAX as u64, None),
                (i64::MAX, 399, None),
                (500, 400, Some(Due::Execute)),
                // The panel's time does not matter any more.
                (505, 399, None),
            ] {
                assert_eq!(dispute.due(100, 500, now, slot), due, "{now} {slot}");
                assert_eq!(dispute.cause, CAUSE_RULED);
            }
        }
    }

    #[test]
    fn a_panel_that_does_not_decide_in_time_leaves_nobody_at_fault() {
        let (mut dispute, _) = play(8, 3);
        dispute.rule(1, true, (9, 9)).unwrap();
        assert_eq!(dispute.due(100, 500, 504, u64::MAX), None);
        assert_eq!(dispute.due(100, 500, i64::MAX, 504), None);
        assert_eq!(dispute.due(100, 500, 505, 505), Some(Due::Execute));
        assert_eq!((dispute.outcome, dispute.majority()), (OUTCOME_NOBODY, 0));
    }
}
