//! When penalties wait: because much of the network fails at once.
//!
//! What counts is what penalties *burned* in the last day or two: tokens that are gone, whoever dealt with
//! whom. A mark, a report or a missed turn that may still be cured counts nothing, and neither does what a
//! penalty moves to the other side, for that could be one's own. So nobody brings the wait about without
//! losing as much as it takes; and it spares those who come after the first, not the first.

use crate::accounts::{Job, Totals};
use crate::math::{BPS, share_ceil};
use crate::parameters::DAY;

/// Fewest penalties, within the time that counts, at which further ones may wait.
pub const MASS_COUNT: u64 = 5;
/// How long a penalty waits when much of the network fails at once, seconds.
pub const MASS_WAIT: i64 = DAY;
/// Until penalties of a job have taken so much of the bond at risk, basis points, none waits: a job waits once, and
/// that is not to be spent on next to nothing.
pub const WORTH_WAITING_BPS: u16 = 100;
/// What was burned counts for this long at least and twice as long at most, seconds.
pub const MASS_SPAN: i64 = DAY;

impl Totals {
    /// Passes from one span to the next.
    fn roll(&mut self, now: i64) {
        let age = now.saturating_sub(self.counted_from);
        if age < MASS_SPAN {
            return;
        }
        let recent = age < MASS_SPAN.saturating_mul(2);
        self.burned_before = if recent { self.burned } else { 0 };
        self.penalties_before = if recent { self.penalties } else { 0 };
        self.counted_from = if recent { self.counted_from.saturating_add(MASS_SPAN) } else { now };
        (self.burned, self.penalties) = (0, 0);
    }

    /// Counts a penalty by what it burned, base units; one that burned nothing does not count. It
    /// saturates: it is a weight.
    pub fn count(&mut self, burned: u64, now: i64) {
        if burned > 0 {
            self.roll(now);
            self.burned = self.burned.saturating_add(burned);
            self.penalties = self.penalties.saturating_add(1);
        }
    }

    /// What penalties burned in the time that counts, base units, and how many of them.
    pub fn recent(&self, now: i64) -> (u64, u64) {
        let mut rolled = *self;
        rolled.roll(now);
        let burned = rolled.burned.saturating_add(rolled.burned_before);
        (burned, rolled.penalties.saturating_add(rolled.penalties_before))
    }

    /// Whether so much of the network fails at once that a penalty waits: at least [`MASS_COUNT`] have
    /// burned more than `mass_bps` of what would burn if all locked bond were taken, of which `burn_bps`
    /// does.
    pub fn is_mass(&self, mass_bps: u16, burn_bps: u16, now: i64) -> bool {
        let (burned, penalties) = self.recent(now);
        let whole = u128::from(BPS).saturating_mul(u128::from(BPS));
        let weighs = u128::from(burned).saturating_mul(whole);
        let share = u128::from(mass_bps).saturating_mul(u128::from(burn_bps));
        penalties >= MASS_COUNT && weighs > u128::from(self.locked).saturating_mul(share)
    }
}

impl Job {
    /// Whether a penalty of so many base units may wait: it and those before it take enough of the bond.
    pub fn is_worth_waiting(&self, penalty: u64) -> Option<bool> {
        let least = share_ceil(self.bond_at_risk()?, WORTH_WAITING_BPS)?;
        Some(penalty > 0 && self.slashed.checked_add(penalty)? >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    fn totals(burned: &[(u64, i64)]) -> Totals {
        let mut totals = Totals { locked: 1_000_000, ..Totals::zeroed() };
        burned.iter().for_each(|(amount, at)| totals.count(*amount, *at));
        totals
    }

    #[test]
    fn a_mass_is_five_penalties_and_more_than_its_share_of_what_all_would_burn() {
        // A tenth of 20% of a million: 20,000.
        let mass = |totals: &Totals| totals.is_mass(1_000, 2_000, 1_000_000);
        let five = |last| {
            totals(&[(5_000, 1_000_000); 4].iter().copied().chain([(last, 1_000_000)]).collect::<Vec<_>>())
        };
        assert!(!mass(&five(0)));
        assert!(mass(&five(1)));
        assert!(!mass(&totals(&[(20_000, 1_000_000)])));
        assert!(!mass(&totals(&[(4_000, 1_000_000); 5])));
        assert!(mass(&Totals { locked: 0, ..totals(&[(1, 1_000_000); 5]) }));
        let most = Totals { locked: u64::MAX, ..totals(&[(u64::MAX, 1_000_000); 6]) };
        assert!(most.is_mass(9_999, 10_000, 1_000_000));
    }

    #[test]
    fn what_burned_counts_for_a_day_at_least_and_two_at_most() {
        let totals = totals(&[(7, 10 * DAY), (5, 11 * DAY - 1), (3, 11 * DAY)]);
        assert_eq!(totals.recent(11 * DAY), (15, 3));
        assert_eq!(totals.recent(12 * DAY - 1), (15, 3));
        assert_eq!(totals.recent(12 * DAY), (3, 1));
        assert_eq!(totals.recent(13 * DAY), (0, 0));
        assert_eq!(totals.recent(400 * DAY), (0, 0));
    }

    proptest! {
        #[test]
        fn whatever_burned_within_the_last_day_counts_and_nothing_older_than_two(
            gaps in prop::collection::vec((1u64..1_000, 0i64..100_000), 1..30), after in 0i64..300_000,
        ) {
            let (mut totals, mut now, mut all) = (Totals::zeroed(), 1_000_000, Vec::new());
            for (amount, gap) in gaps {
                now += gap;
                totals.count(amount, now);
                all.push((amount, now));
            }
            now += after;
            let sum = |age: i64| all.iter().filter(|(_, at)| now - at < age).map(|(amount, _)| amount).sum::<u64>();
            let (burned, _) = totals.recent(now);
            prop_assert!(sum(DAY) <= burned && burned <= sum(2 * DAY));
        }
    }
}
