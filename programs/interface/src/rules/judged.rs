//! Which times of a job have been judged: for what was missed in them a penalty was taken, or it was
//! excused. No unit that was missed is penalised twice, whatever the order in which gaps are reported.
//!
//! A later judgement counts what was missed in its own time less what had been judged within it: for each
//! earlier time the lesser of what that one counted and what was promised where the two overlap. So a
//! report takes nothing from a longer one but what it has cost itself, and all that was ever judged is at
//! least what any single report showed: a short report by the provider's friend shields nothing.
//!
//! A job remembers [`JUDGED`] times. Those that touch become one; when there are too many, the two with
//! the shortest time between them do. That can only lower what a later gap between them counts, and never
//! by more than what the two counted.

use super::Promise;
use crate::accounts::{JUDGED, Judged};

impl Judged {
    fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    /// The least time that contains both, with what was counted in either.
    fn joined(&self, other: &Self) -> Option<Self> {
        let missed = self.missed.checked_add(other.missed)?;
        Some(Self { from: self.from.min(other.from), to: self.to.max(other.to), missed })
    }
}

/// Units judged already within a time: of each earlier one what it counted, at most what is promised
/// (rounded up) for the part that lies within.
pub fn judged_within(judged: &[Judged; JUDGED], promise: &Promise, from: i64, to: i64) -> Option<u64> {
    let mut units = 0u64;
    for earlier in judged.iter().filter(|earlier| earlier.from < to && from < earlier.to) {
        let promised = promise.units_ceil(earlier.from.max(from), earlier.to.min(to))?;
        units = units.checked_add(earlier.missed.min(promised))?;
    }
    Some(units)
}

/// Remembers that `missed` units were judged within a time; nothing if it is empty. `None` if a sum left
/// 64 bits.
pub fn judge(judged: &mut [Judged; JUDGED], from: i64, to: i64, missed: u64) -> Option<()> {
    let mut new = Judged { from, to, missed };
    if new.is_empty() {
        return Some(());
    }
    // Sorted by time, the unused at the end; one place more than there is room for.
    let mut all = [Judged::default(); JUDGED + 1];
    let mut places = all.iter_mut();
    let mut placed = false;
    for earlier in judged.iter().filter(|earlier| !earlier.is_empty()) {
        if earlier.to < new.from {
            *places.next()? = *earlier;
        } else if new.to < earlier.from {
            if !placed {
                *places.next()? = new;
                placed = true;
            }
            *places.next()? = *earlier;
        } else {
            new = new.joined(earlier)?;
        }
    }
    if !placed {
        *places.next()? = new;
    }
    let closest = all
        .windows(2)
        .filter_map(|pair| match pair {
            [first, second] if !second.is_empty() => Some((second.from.checked_sub(first.to)?, *first)),
            _ => None,
        })
        .min_by_key(|(between, _)| *between);
    let overfull = all.last().is_some_and(|last| !last.is_empty());
    let mut rest = all.iter();
    for place in judged.iter_mut() {
        let next = *rest.next()?;
        let joins = overfull && closest.is_some_and(|(_, first)| first == next);
        *place = if joins { next.joined(rest.next()?)? } else { next };
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::outage_penalty;
    use proptest::prelude::*;

    /// One unit a second is promised.
    const PROMISE: Promise = Promise { sla_bps: 10_000, unit_cap: 1 };

    fn list(times: &[(i64, i64, u64)]) -> [Judged; JUDGED] {
        let mut judged = [Judged::default(); JUDGED];
        for (from, to, missed) in times {
            judge(&mut judged, *from, *to, *missed).unwrap();
        }
        judged
    }

    #[test]
    fn times_that_touch_become_one_and_the_closest_do_when_there_are_too_many() {
        let judged = list(&[(30, 40, 5), (10, 20, 1), (20, 25, 2)]);
        let time = |from, to, missed| Judged { from, to, missed };
        assert_eq!(judged[..3], [time(10, 25, 3), time(30, 40, 5), Judged::default()]);
        let judged = list(&[(0, 1, 1), (10, 11, 1), (20, 21, 1), (25, 26, 1), (50, 51, 1)]);
        assert_eq!(judged, [time(0, 1, 1), time(10, 11, 1), time(20, 26, 2), time(50, 51, 1)]);
        let judged = list(&[(10, 11, 1), (20, 21, 1), (30, 31, 1), (40, 41, 1), (0, 100, 7)]);
        assert_eq!(judged[0], time(0, 100, 11));
        assert_eq!(list(&[(5, 5, 9), (6, 5, 9)]), [Judged::default(); JUDGED]);
    }

    #[test]
    fn what_was_judged_counts_only_as_far_as_it_overlaps() {
        let judged = list(&[(10, 20, 4)]);
        let within = |from, to| judged_within(&judged, &PROMISE, from, to).unwrap();
        assert_eq!((within(0, 100), within(10, 20), within(17, 30), within(20, 30)), (4, 4, 3, 0));
        assert_eq!((within(0, 11), within(0, 10)), (1, 0));
    }

    /// What was delivered each second, and reports of gaps in any order.
    fn reports() -> impl Strategy<Value = (Vec<bool>, Vec<(usize, usize)>)> {
        let delivered = prop::collection::vec(any::<bool>(), 60);
        let times = prop::collection::vec((0usize..60, 1usize..60), 1..12);
        (delivered, times)
    }

    fn missed_in(delivered: &[bool], from: usize, to: usize) -> u64 {
        delivered[from..to].iter().filter(|unit| !**unit).count() as u64
    }

    proptest! {
        #[test]
        fn no_unit_is_judged_twice_and_no_report_shields_another((delivered, times) in reports()) {
            let mut judged = [Judged::default(); JUDGED];
            let (mut total, mut most) = (0u64, 0u64);
            let mut covered = vec![false; 60];
            for (from, length) in times {
                let to = (from + length).min(60);
                let all = missed_in(&delivered, from, to);
                let (a, b) = (from as i64, to as i64);
                let fresh = all.saturating_sub(judged_within(&judged, &PROMISE, a, b).unwrap());
                if fresh > 0 {
                    judge(&mut judged, a, b, fresh).unwrap();
                }
                covered[from..to].iter_mut().for_each(|second| *second = true);
                total += fresh;
                most = most.max(all);
                let bound = (0..60).filter(|second| covered[*second] && !delivered[*second]).count() as u64;
                prop_assert!(total <= bound, "{total} of {bound}");
                prop_assert!(total >= most, "{total}, but one report showed {most}");
                prop_assert_eq!(judged.iter().map(|time| time.missed).sum::<u64>(), total);
                let times: Vec<_> = judged.iter().filter(|time| !time.is_empty()).collect();
                prop_assert!(times.windows(2).all(|pair| pair[0].to < pair[1].from));
            }
        }

        #[test]
        fn penalties_stay_within_their_share_of_the_bond_and_splitting_a_gap_costs_the_same(
            bond: u64, bps in 0u16..=10_000, (delivered, times) in reports(), cuts in 1usize..60,
        ) {
            let penalty = |bond, missed| outage_penalty(bond, bps, missed, 60).unwrap();
            // Any reports of one job.
            let (mut left, mut judged) = (bond, [Judged::default(); JUDGED]);
            let count = times.len() as u128;
            for (from, length) in times {
                let to = (from + length).min(60);
                let (a, b) = (from as i64, to as i64);
                let before = judged_within(&judged, &PROMISE, a, b).unwrap();
                let fresh = missed_in(&delivered, from, to).saturating_sub(before);
                judge(&mut judged, a, b, fresh).unwrap();
                left -= penalty(bond, fresh).min(left);
            }
            let most = u128::from(crate::math::share_ceil(bond, bps).unwrap());
            prop_assert!(u128::from(bond - left) <= most + count);
            // One gap in two pieces: at most one base unit more.
            let whole = missed_in(&delivered, 0, 60);
            let first = penalty(bond, missed_in(&delivered, 0, cuts));
            let second = penalty(bond, missed_in(&delivered, cuts, 60));
            let (parts, once) = (u128::from(first) + u128::from(second), u128::from(penalty(bond, whole)));
            prop_assert!(once <= parts && parts <= once + 1);
        }
    }
}
