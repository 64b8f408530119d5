//! Which times of a job have been judged: for what was missed in them a penalty was taken, or it was
//! excused. No unit that was missed is penalised twice, whatever the order in which gaps are reported.
//!
//! Of what was missed in a time, as much counts as judged already as earlier times may have counted of it:
//! of each the lesser of what it counted and what was promised where the two overlap. What is left is new,
//! and only a time with something new is remembered. It then carries all that was missed in it, and the
//! earlier ones no longer carry that part: what they keep was missed elsewhere. So the sum over all times is
//! what was judged, and what one report counted lowers what later ones count once, not each of them.
//!
//! A job remembers [`JUDGED`] times. When there are too many, the two that carry least together become one,
//! of which only the sum is known: a later gap between them may then count less than was missed in it, by
//! no more than they carry.

use super::Promise;
use crate::accounts::{JUDGED, Judged};

impl Judged {
    fn is_empty(&self) -> bool {
        self.missed == 0
    }

    /// The least time that contains both, with what was counted in either.
    fn joined(&self, other: &Self) -> Option<Self> {
        let missed = self.missed.checked_add(other.missed)?;
        Some(Self { from: self.from.min(other.from), to: self.to.max(other.to), missed })
    }

    /// How much of what it counted may lie within a time: at most what is promised, rounded up, for the
    /// part of it that does.
    fn within(&self, promise: &Promise, from: i64, to: i64) -> Option<u64> {
        let promised = promise.units_ceil(self.from.max(from), self.to.min(to))?;
        Some(self.missed.min(promised))
    }
}

/// Units judged already within a time, at most.
pub fn judged_within(judged: &[Judged; JUDGED], promise: &Promise, from: i64, to: i64) -> Option<u64> {
    judged.iter().try_fold(0u64, |units, earlier| units.checked_add(earlier.within(promise, from, to)?))
}

/// Judges a time in which `missed` units were missed, and returns how many of them are new: the others
/// were judged before. `None` if a sum left 64 bits.
pub fn judge(
    judged: &mut [Judged; JUDGED],
    promise: &Promise,
    from: i64,
    to: i64,
    missed: u64,
) -> Option<u64> {
    let fresh = missed.saturating_sub(judged_within(judged, promise, from, to)?);
    if fresh == 0 {
        return Some(0);
    }
    // One place more than there is room for: sorted by time, the unused at the end.
    let mut all = [Judged::default(); JUDGED + 1];
    let mut places = all.iter_mut();
    *places.next()? = Judged { from, to, missed };
    for earlier in judged.iter() {
        let kept = earlier.missed.checked_sub(earlier.within(promise, from, to)?)?;
        *places.next()? = Judged { missed: kept, ..*earlier };
    }
    all.iter_mut().filter(|time| time.is_empty()).for_each(|time| *time = Judged::default());
    all.sort_unstable_by_key(|time| (time.is_empty(), time.from, time.to));
    if all.iter().all(|time| !time.is_empty()) {
        join_least(&mut all)?;
    }
    judged.copy_from_slice(all.get(..JUDGED)?);
    Some(fresh)
}

/// Makes one of the two neighbours that carry least together, the first of several.
fn join_least(all: &mut [Judged; JUDGED + 1]) -> Option<()> {
    let together = |pair: &[Judged]| pair.iter().map(|time| u128::from(time.missed)).sum::<u128>();
    let (least, _) = all.windows(2).enumerate().min_by_key(|(_, pair)| together(pair))?;
    let next = least.checked_add(1)?;
    *all.get_mut(least)? = all.get(least)?.joined(all.get(next)?)?;
    all.get_mut(next..)?.rotate_left(1);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::outage_penalty;
    use proptest::prelude::*;

    /// One unit a second is promised.
    const PROMISE: Promise = Promise { sla_bps: 10_000, unit_cap: 1 };

    fn time(from: i64, to: i64, missed: u64) -> Judged {
        Judged { from, to, missed }
    }

    /// What is remembered after these, and how much of each was new.
    fn list(times: &[(i64, i64, u64)]) -> (Vec<Judged>, Vec<u64>) {
        let mut judged = [Judged::default(); JUDGED];
        let fresh = times
            .iter()
            .map(|(from, to, missed)| judge(&mut judged, &PROMISE, *from, *to, *missed).unwrap())
            .collect();
        (judged.into_iter().filter(|time| !time.is_empty()).collect(), fresh)
    }

    #[test]
    fn a_report_next_to_an_outage_shields_nothing_of_it_or_beside_it() {
        let (judged, fresh) = list(&[(0, 100, 100), (100, 1_100, 1), (500, 600, 50), (700, 800, 50)]);
        assert_eq!(fresh, [100, 1, 49, 50]);
        assert_eq!(judged, [time(0, 100, 100), time(500, 600, 50), time(700, 800, 50)]);
    }

    #[test]
    fn what_a_report_counted_lowers_later_ones_once() {
        let (judged, fresh) = list(&[(0, 1_000, 10), (100, 200, 60), (300, 400, 60)]);
        assert_eq!(fresh, [10, 50, 60]);
        assert_eq!(judged, [time(100, 200, 60), time(300, 400, 60)]);
        // Where the two overlap in part, the rest of it is known to lie elsewhere.
        let (judged, fresh) = list(&[(0, 100, 30), (80, 200, 70), (0, 80, 40)]);
        assert_eq!(fresh, [30, 50, 30]);
        assert_eq!(judged, [time(0, 80, 40), time(80, 200, 70)]);
    }

    #[test]
    fn what_is_not_new_changes_nothing() {
        let (judged, fresh) = list(&[(0, 100, 30), (10, 90, 30), (0, 100, 30), (200, 300, 0), (300, 200, 0)]);
        assert_eq!(fresh, [30, 0, 0, 0, 0]);
        assert_eq!(judged, [time(0, 100, 30)]);
    }

    #[test]
    fn of_too_many_the_two_that_carry_least_become_one() {
        let (judged, _) =
            list(&[(0, 100, 100), (200, 201, 1), (500, 502, 2), (600, 700, 100), (800, 900, 100)]);
        assert_eq!(judged, [time(0, 100, 100), time(200, 502, 3), time(600, 700, 100), time(800, 900, 100)]);
        assert_eq!(
            list(&[(10, 11, 1), (20, 21, 1), (30, 31, 1), (40, 41, 1), (0, 100, 7)]).0,
            [time(0, 100, 7)]
        );
        let largest = [(0, 1, u64::MAX), (10, 11, u64::MAX), (20, 21, u64::MAX), (30, 31, u64::MAX)];
        let mut judged = largest.map(|(from, to, missed)| time(from, to, missed));
        assert_eq!(judge(&mut judged, &PROMISE, 50, 60, 10), None);
        assert_eq!(judge(&mut judged, &PROMISE, i64::MIN, i64::MAX, 10), None);
    }

    #[test]
    fn what_was_judged_counts_only_as_far_as_it_overlaps() {
        let mut judged = [Judged::default(); JUDGED];
        judge(&mut judged, &PROMISE, 10, 20, 4).unwrap();
        let within = |from, to| judged_within(&judged, &PROMISE, from, to).unwrap();
        assert_eq!((within(0, 100), within(10, 20), within(17, 30), within(20, 30)), (4, 4, 3, 0));
        assert_eq!((within(0, 11), within(0, 10)), (1, 0));
    }

    /// Units counted each second, of 10 that may be, and reports of gaps in any order.
    fn reports() -> impl Strategy<Value = (Vec<u64>, Vec<(usize, usize)>)> {
        let counted = prop::collection::vec(0u64..=10, 60);
        let times = prop::collection::vec((0usize..60, 1usize..60), 1..12);
        (counted, times)
    }

    /// What the words at both ends of a time show to be missed in it: what was counted above the promise in
    /// one second makes up for another.
    fn missed_in(promise: &Promise, counted: &[u64], from: usize, to: usize) -> u64 {
        let units: u64 = counted[from..to].iter().sum();
        promise.units(from as i64, to as i64).unwrap().saturating_sub(units)
    }

    proptest! {
        #[test]
        fn no_unit_is_judged_twice_and_the_sum_is_what_was_judged(
            bps in 1u16..=10_000, (counted, times) in reports(),
        ) {
            let promise = Promise { sla_bps: bps, unit_cap: 10 };
            let mut judged = [Judged::default(); JUDGED];
            let (mut total, mut most, mut count) = (0u64, 0u64, 0u128);
            let mut covered = [false; 60];
            for (from, length) in times {
                let to = (from + length).min(60);
                let all = missed_in(&promise, &counted, from, to);
                let before = judged;
                let fresh = judge(&mut judged, &promise, from as i64, to as i64, all).unwrap();
                prop_assert!(fresh <= all && (fresh > 0 || judged == before));
                covered[from..to].iter_mut().for_each(|second| *second = true);
                (total, most, count) = (total + fresh, most.max(all), count + 1);
                // Ten thousand times what was missed in the seconds that any report covers.
                let short = |second: usize| (10 * u128::from(bps)).saturating_sub(u128::from(counted[second]) * 10_000);
                let bound: u128 = (0..60).filter(|second| covered[*second]).map(short).sum();
                prop_assert!(u128::from(total) * 10_000 <= bound, "{total} of {bound}");
                prop_assert!(total >= most, "{total}, but one report showed {most}");
                prop_assert_eq!(judged.iter().map(|time| time.missed).sum::<u64>(), total);
                let sorted = judged.windows(2).all(|pair| {
                    pair[1].is_empty() || (pair[0].from, pair[0].to) < (pair[1].from, pair[1].to)
                });
                prop_assert!(sorted);
            }
        }

        #[test]
        fn what_a_friend_reports_first_spares_no_more_than_it_cost(
            bps in 1u16..=10_000, (counted, _) in reports(), from in 0usize..60, length in 1usize..60,
            cuts in prop::collection::btree_set(1usize..60, 0..2),
        ) {
            let promise = Promise { sla_bps: bps, unit_cap: 10 };
            let to = (from + length).min(60);
            let ends: Vec<usize> = [0].into_iter().chain(cuts).chain([60]).collect();
            let gaps: Vec<_> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
            let run = |friend: &[(usize, usize)]| {
                let mut judged = [Judged::default(); JUDGED];
                let mut take = |(from, to): &(usize, usize)| {
                    let all = missed_in(&promise, &counted, *from, *to);
                    judge(&mut judged, &promise, *from as i64, *to as i64, all).unwrap()
                };
                let cost: u64 = friend.iter().map(&mut take).sum();
                (cost, gaps.iter().map(&mut take).sum::<u64>())
            };
            let ((_, alone), (cost, after)) = (run(&[]), run(&[(from, to)]));
            let largest = gaps.iter().map(|(from, to)| missed_in(&promise, &counted, *from, *to)).max().unwrap();
            // What a gap showed is spared whole where that is no more than the friend's report counted.
            prop_assert!(cost + after >= alone.min(largest) && (cost > 0 || after == alone));
            if gaps.iter().all(|(from, to)| missed_in(&promise, &counted, *from, *to) > cost) {
                prop_assert!(cost + after >= alone, "{cost} + {after} < {alone}");
            }
        }

        #[test]
        fn penalties_stay_within_their_share_of_the_bond_and_splitting_a_gap_costs_the_same(
            bond: u64, bps in 0u16..=10_000, (counted, times) in reports(), cuts in 1usize..60,
        ) {
            let promise = Promise { sla_bps: 10_000, unit_cap: 10 };
            let penalty = |bond, missed| outage_penalty(bond, bps, missed, 600).unwrap();
            // Any reports of one job.
            let (mut left, mut judged) = (bond, [Judged::default(); JUDGED]);
            let count = times.len() as u128;
            for (from, length) in times {
                let to = (from + length).min(60);
                let (a, b) = (from as i64, to as i64);
                let all = missed_in(&promise, &counted, from, to);
                let fresh = judge(&mut judged, &promise, a, b, all).unwrap();
                left -= penalty(bond, fresh).min(left);
            }
            let most = u128::from(crate::math::share_ceil(bond, bps).unwrap());
            prop_assert!(u128::from(bond - left) <= most + count);
            // One gap in two pieces: at most one base unit more.
            let whole = missed_in(&promise, &counted, 0, 60);
            let first = penalty(bond, missed_in(&promise, &counted, 0, cuts));
            let second = penalty(bond, missed_in(&promise, &counted, cuts, 60));
            let (parts, once) = (u128::from(first) + u128::from(second), u128::from(penalty(bond, whole)));
            prop_assert!(once <= parts && parts <= once + 1);
        }
    }
}
