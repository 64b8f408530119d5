//! What of a job's missed units was judged: of what its meter's words show to be missed, how much penalties
//! were taken for.
//!
//! Words tell of a time only the sum: at least so many units were missed in it, for what was counted above the
//! promise in one second may make up for another. What several such times show together is the most that any
//! choice of them adds up to, where two that overlap count what is promised for the overlap once: no less was
//! missed, whatever lies where. That is what was judged, and a further time adds what it makes this more by. So
//! no unit is judged twice, and neither the order of reports nor one that shows little takes anything from what
//! the others show.
//!
//! A job remembers [`JUDGED`] times. One of which the others say as much is forgotten. When there are too many, two
//! neighbours become one, of which only the sum is known: those that lose nothing by it, or the oldest; or the one
//! that shows least is forgotten, if that is a sixteenth of what joining may lose. What was judged stays judged, so
//! what is lost can only let later reports count less. It does not for a time that begins after all that was judged
//! when it was reported: that adds to what was judged. So reports that are decided in the order of time count whatever
//! is remembered. Of others some may be spared, once more were decided than are remembered, before a report or between
//! it and its decision.

use super::Promise;
use crate::accounts::{JUDGED, Job, Judged};

/// One more than is remembered.
const ALL: usize = JUDGED + 1;
/// How much less the forgotten one must show than joining may lose.
const LIGHT: u128 = 16;

impl Judged {
    fn is_empty(&self) -> bool {
        self.missed == 0
    }

    fn lies_within(&self, other: &Self) -> bool {
        other.from <= self.from && self.to <= other.to
    }

    /// The least time that contains both, with what both show to be missed in it.
    fn joined(&self, next: &Self, promise: &Promise) -> Option<Self> {
        let both = u128::from(self.missed).checked_add(u128::from(next.missed))?;
        let shared = promise.units_ceil(next.from, self.to.min(next.to))?;
        let shown = u64::try_from(both.saturating_sub(u128::from(shared))).ok()?;
        let missed = shown.max(self.missed).max(next.missed);
        Some(Self { from: self.from.min(next.from), to: self.to.max(next.to), missed })
    }
}

/// What times, sorted by their beginnings, show together of those that `counts` lets count.
fn shown(times: &[Judged], promise: &Promise, counts: impl Fn(usize, &Judged) -> bool) -> Option<u64> {
    // The most that any choice adds up to whose last is this one.
    let mut ending = [0u64; ALL];
    for (last, time) in times.iter().enumerate() {
        if time.is_empty() || !counts(last, time) {
            continue;
        }
        let mut before = 0;
        for (earlier, sum) in times.iter().zip(ending.iter()).take(last) {
            // One that reaches as far contains this one, and shows as much by itself.
            if *sum > before && earlier.to < time.to {
                before = before.max(sum.saturating_sub(promise.units_ceil(time.from, earlier.to)?));
            }
        }
        *ending.get_mut(last)? = time.missed.checked_add(before)?;
    }
    ending.iter().copied().max()
}

/// What a time shows beyond what others, those that `counts` lets count, say of it: together those within it, and
/// each that overlaps by what it cannot have missed elsewhere.
fn beyond(
    time: &Judged,
    others: &[Judged],
    promise: &Promise,
    counts: impl Fn(usize) -> bool,
) -> Option<u64> {
    let mut said = shown(others, promise, |at, inner| counts(at) && inner.lies_within(time))?;
    for (_, other) in others.iter().enumerate().filter(|(at, other)| counts(*at) && !other.is_empty()) {
        let before = promise.units_ceil(other.from, other.to.min(time.from))?;
        let after = promise.units_ceil(other.from.max(time.to), other.to)?;
        said = said.max(other.missed.saturating_sub(before).saturating_sub(after));
    }
    Some(time.missed.saturating_sub(said))
}

/// What one of these times shows beyond what the others say of it.
fn own(times: &[Judged], promise: &Promise, at: usize) -> Option<u64> {
    beyond(times.get(at)?, times, promise, |other| other != at)
}

/// In order, the unused at the end.
fn sort(times: &mut [Judged]) {
    times.iter_mut().filter(|time| time.is_empty()).for_each(|time| *time = Judged::default());
    times.sort_unstable_by_key(|time| (time.is_empty(), time.from, time.to));
}

/// Makes one place free: joins two neighbours, the first that lose nothing by it or else the oldest; or forgets
/// the time that shows least, unless the newest is the last in time, as reports are that come in order.
fn make_room(times: &mut [Judged; ALL], newest: &Judged, promise: &Promise) -> Option<()> {
    let (mut oldest, mut chosen) = (None, None);
    for (at, pair) in times.windows(2).enumerate() {
        let [first, second] = pair else { return None };
        let both = first.joined(second, promise)?;
        let room = promise.units_ceil(both.from, both.to)?.saturating_sub(both.missed);
        // What the two may show less, as one, beside later ones.
        let loses = u128::from(first.missed).checked_add(u128::from(second.missed))?.min(u128::from(room));
        oldest = oldest.or(Some((at, both, loses)));
        if loses == 0 {
            chosen = chosen.or(Some((at, both, loses)));
        }
    }
    let (at, both, loses) = chosen.or(oldest)?;
    let (mut lightest, mut least) = (0, u64::MAX);
    if !times.iter().all(|time| time.to <= newest.to) {
        for at in 0..ALL {
            let own = own(times, promise, at)?;
            if own < least {
                (lightest, least) = (at, own);
            }
        }
    }
    if u128::from(least).checked_mul(LIGHT)? <= loses {
        *times.get_mut(lightest)? = Judged::default();
    } else {
        *times.get_mut(at)? = both;
        *times.get_mut(at.checked_add(1)?)? = Judged::default();
    }
    sort(times);
    Some(())
}

impl Job {
    /// With this time among those that are remembered, in order.
    fn with(&self, time: &Judged) -> Option<[Judged; ALL]> {
        let mut times = [Judged::default(); ALL];
        let (new, remembered) = times.split_first_mut()?;
        *new = *time;
        remembered.copy_from_slice(&self.judged);
        sort(&mut times);
        Some(times)
    }

    /// Whether a time shows anything that those that are remembered do not say of it.
    pub fn is_news(&self, time: &Judged) -> Option<bool> {
        Some(beyond(time, &self.judged, &self.promise(), |_| true)? > 0)
    }

    /// How many units were missed at least, with what a time shows. One that begins after all that was judged
    /// adds to that, whatever is remembered of it. `None` if a sum left 64 bits.
    pub fn known(&self, time: &Judged) -> Option<u64> {
        let shown = shown(&self.with(time)?, &self.promise(), |_, _| true)?;
        let apart = time.from >= self.judged_until;
        Some(if apart { shown.max(self.judged_units.checked_add(time.missed)?) } else { shown })
    }

    /// How many more units than were judged are known to be missed, with what a time shows and what was known
    /// when it was reported; at most what it shows.
    pub fn unjudged(&self, time: &Judged, known: u64) -> Option<u64> {
        let known = self.known(time)?.max(known);
        Some(known.saturating_sub(self.judged_units).min(time.missed))
    }

    /// Remembers what a time shows, judges what is new, and returns how much that is.
    pub fn judge(&mut self, time: &Judged, known: u64) -> Option<u64> {
        let new = self.unjudged(time, known)?;
        if self.is_news(time)? {
            let (mut times, promise) = (self.with(time)?, self.promise());
            for at in 0..ALL {
                if own(&times, &promise, at)? == 0 {
                    *times.get_mut(at)? = Judged::default();
                }
            }
            sort(&mut times);
            if times.iter().all(|time| !time.is_empty()) {
                make_room(&mut times, time, &promise)?;
            }
            self.judged.copy_from_slice(times.get(..JUDGED)?);
        }
        self.judged_until = self.judged_until.max(time.to);
        self.judged_units = self.judged_units.checked_add(new)?;
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::outage_penalty;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    fn time(from: i64, to: i64, missed: u64) -> Judged {
        Judged { from, to, missed }
    }

    /// A job that promises so many hundredths of a percent of so many units a second.
    fn job(sla_bps: u16, unit_cap: u64) -> Job {
        let mut job = Job::zeroed();
        (job.terms.order.sla_bps, job.terms.order.unit_cap) = (sla_bps, unit_cap);
        job.terms.order.end_by = 1_000_000;
        job
    }

    /// How much of each of these was new, of 60 units a minute all of which are promised, and the job after.
    fn judge(times: &[(i64, i64, u64)]) -> (Vec<u64>, Job) {
        judge_for(job(10_000, 1), times)
    }

    fn judge_for(mut job: Job, times: &[(i64, i64, u64)]) -> (Vec<u64>, Job) {
        let judged = times.iter().map(|(from, to, missed)| job.judge(&time(*from, *to, *missed), 0).unwrap());
        (judged.collect(), job)
    }

    fn remembered(job: &Job) -> Vec<Judged> {
        job.judged.into_iter().filter(|time| !time.is_empty()).collect()
    }

    #[test]
    fn no_report_beside_before_or_over_an_outage_spares_another() {
        // One unit, beside it.
        assert_eq!(
            judge(&[(0, 100, 100), (100, 1_100, 1), (500, 600, 50), (700, 800, 50)]).0,
            [100, 1, 49, 50]
        );
        // As much as the outage and one unit, over it and a time in which as much was made up for.
        let hours = |hour: i64| (hour * 600, hour * 600 + 60, 54);
        let outages: Vec<_> = (0..5).map(hours).collect();
        let mut reports = outages.clone();
        reports.insert(1, (0, 5_400, 55));
        let (judged, job) = judge_for(job(9_000, 1), &reports);
        assert_eq!(judged, [54, 1, 53, 54, 54, 54]);
        assert_eq!((job.judged_units, remembered(&job).len()), (5 * 54, 5));
        // First of all, which then shows nothing that the others do not.
        reports.rotate_left(1);
        assert_eq!(judge_for(self::job(9_000, 1), &reports).1.judged_units, 5 * 54);
    }

    #[test]
    fn light_reports_between_outages_do_not_glue_them() {
        let reports = [
            (0, 10, 1),
            (1_000, 1_060, 60),
            (2_000, 2_010, 1),
            (3_000, 3_060, 60),
            (4_000, 4_010, 1),
            (5_000, 5_010, 1),
            (500, 560, 60),
            (1_500, 1_560, 60),
            (2_500, 2_560, 60),
        ];
        let (judged, job) = judge(&reports);
        // What the forgotten ones had shown, five units at most, is all that is lost.
        assert!((5 * 60 - 5..=5 * 60 + 4).contains(&job.judged_units), "{judged:?}");
    }

    #[test]
    fn many_outages_are_all_judged_in_the_order_of_time() {
        let hours = |days: std::ops::Range<i64>| {
            days.map(|day| (day * 1_440, day * 1_440 + 60, 60)).collect::<Vec<_>>()
        };
        let (judged, job) = judge(&hours(0..800));
        assert_eq!((judged, job.judged_units), (vec![60; 800], 48_000));
        // Whatever was reported before: far longer ones, or one of those in six windows.
        let long: Vec<_> = (0..6).map(|day| (day * 1_440, day * 1_440 + 900, 900)).collect();
        let (judged, _) = judge(&[long, hours(6..800)].concat());
        assert_eq!(judged[6..], [60; 794]);
        let windows: Vec<_> = (0..6).map(|at| (at * 10, 1_000 + at * 10, 900)).collect();
        let (judged, _) = judge_for(self::job(9_500, 1), &[windows, hours(6..500)].concat());
        assert!(judged[6..].iter().all(|judged| *judged == 60), "{judged:?}");
    }

    #[test]
    fn what_shows_nothing_new_is_not_remembered_and_what_may_show_something_later_is() {
        let (judged, mut job) = judge(&[(0, 100, 30), (10, 90, 30), (0, 100, 30), (200, 300, 0)]);
        assert_eq!((judged, remembered(&job)), (vec![30, 0, 0, 0], vec![time(10, 90, 30)]));
        assert!(!job.is_news(&time(0, 100, 30)).unwrap() && job.is_news(&time(20, 90, 29)).unwrap());
        assert!(!job.is_news(&time(20, 90, 20)).unwrap() && job.is_news(&time(20, 90, 21)).unwrap());
        // Two of 20 within the 30: the second shows that 10 more were missed.
        assert_eq!(job.judge(&time(10, 40, 20), 0), Some(0));
        assert_eq!(job.judge(&time(60, 90, 20), 0), Some(10));
        assert_eq!((remembered(&job), job.judged_units), (vec![time(10, 40, 20), time(60, 90, 20)], 40));
    }

    #[test]
    fn only_what_overlaps_may_count_for_both() {
        assert_eq!(judge(&[(0, 100, 30), (80, 200, 70), (0, 80, 40)]).0, [30, 50, 30]);
        assert_eq!(judge(&[(10, 20, 4), (17, 30, 13)]).0, [4, 10]);
        assert_eq!(judge(&[(10, 20, 4), (20, 30, 10)]).0, [4, 10]);
        // Three that overlap in one place.
        assert_eq!(judge(&[(0, 30, 30), (10, 40, 30), (20, 50, 30)]).0, [30, 10, 10]);
    }

    #[test]
    fn a_part_that_is_judged_before_the_whole_spares_nothing_of_it_if_the_whole_was_reported_in_time() {
        let mut job = job(9_000, 1);
        let whole = |day: i64| time(day * 4_320, day * 4_320 + 1_440, 1_296);
        for day in 0..60 {
            let part = time(day * 4_320 + 1_320, day * 4_320 + 1_380, 54);
            let (known, of_part) = (job.known(&whole(day)).unwrap(), job.known(&part).unwrap());
            assert_eq!((job.judge(&part, of_part), job.judge(&whole(day), known)), (Some(54), Some(1_242)));
        }
        assert_eq!(job.judged_units, 60 * 1_296);
        // Light ones between heavy ones, each when it is over.
        let times = (0i64..60).map(|day| (day * 4_320, day * 4_320 + if day % 2 == 0 { 1_440 } else { 60 }));
        let times: Vec<_> = times.map(|(from, to)| (from, to, (to - from).unsigned_abs())).collect();
        assert_eq!(judge(&times).0, times.iter().map(|(.., missed)| *missed).collect::<Vec<_>>());
    }

    #[test]
    fn no_report_takes_more_than_it_shows() {
        let mut job = job(10_000, 1);
        assert_eq!(job.judge(&time(0, 100, 10), 1_000), Some(10));
        assert_eq!((job.judged_units, job.unjudged(&time(200, 260, 60), 1_000)), (10, Some(60)));
    }

    #[test]
    fn in_an_excused_time_nothing_is_promised_and_it_hides_nothing() {
        let mut job = job(10_000, 1);
        job.waits_until = 100_000 + crate::rules::MASS_WAIT;
        let promise = job.promise();
        assert_eq!(promise.excused, (100_000, job.waits_until));
        let missed = |from, to, units| promise.units(from, to).unwrap().saturating_sub(units);
        // All of it counted, and none of the 90,000 seconds before: a report over both shows the latter less the
        // former, one of those alone all of them.
        let (over, alone) = (missed(10_000, 186_400, 86_400), missed(10_000, 100_000, 0));
        assert_eq!((over, alone), (3_600, 90_000));
        assert_eq!(job.judge(&time(10_000, 186_400, over), 0), Some(3_600));
        assert_eq!(job.judge(&time(10_000, 100_000, alone), 0), Some(86_400));
        assert_eq!((missed(100_000, 186_400, 0), job.excused(100_000)), (0, Some(86_400)));
        job.closing_at = 110_000;
        assert_eq!((job.promise().excused, job.excused(100_000)), ((100_000, 110_000), Some(10_000)));
    }

    #[test]
    fn sums_that_leave_64_bits_are_refused() {
        let mut job = job(10_000, 1);
        job.judged[0] = time(0, 1, u64::MAX);
        assert_eq!(job.unjudged(&time(50, 60, 10), 0), None);
        job.judged = std::array::from_fn(|at| time(at as i64 * 10, at as i64 * 10 + 1, u64::MAX / 7));
        assert!(job.judge(&time(100, 101, u64::MAX / 7), 0).is_some());
        assert_eq!(job.judge(&time(500, 600, 3), 0), None);
    }

    /// Units counted each second, of 10 that may be, and times that are reported.
    fn reports(most: usize) -> impl Strategy<Value = (Vec<u64>, Vec<(usize, usize)>)> {
        let counted = prop::collection::vec(prop_oneof![Just(0u64), Just(10), 0..=10u64], 60);
        let times = prop::collection::vec((0usize..60, 1usize..60), 1..most);
        (
            counted,
            times.prop_map(|times| {
                times.into_iter().map(|(from, length)| (from, (from + length).min(60))).collect()
            }),
        )
    }

    /// What the words at both ends of a time show to be missed in it.
    fn shows(promise: &Promise, counted: &[u64], (from, to): (usize, usize)) -> Judged {
        let units: u64 = counted[from..to].iter().sum();
        let (from, to) = (from as i64, to as i64);
        time(from, to, promise.units(from, to).unwrap().saturating_sub(units))
    }

    proptest! {
        #[test]
        fn no_unit_is_judged_twice(
            bps in 1u16..=10_000, (counted, times) in reports(16), wait in 0i64..60, length in 1i64..20,
        ) {
            let mut job = job(bps, 10);
            job.waits_until = crate::rules::MASS_WAIT + wait;
            (job.started_at, job.closing_at) = (-1_000_000, wait + length);
            let excused = |second: usize| (wait..wait + length).contains(&(second as i64));
            let promise = job.promise();
            let (mut covered, mut most) = ([false; 60], 0);
            for (from, to) in times {
                let shown = shows(&promise, &counted, (from, to));
                let before = job.judged_units;
                let new = job.judge(&shown, 0).unwrap();
                prop_assert_eq!(job.judged_units, before + new);
                covered[from..to].iter_mut().for_each(|second| *second = true);
                most = most.max(shown.missed);
                // Ten thousand times what was missed in the seconds that any report covers and none excuses.
                let short = |second: usize| {
                    if excused(second) { return 0 }
                    (10 * u128::from(bps)).saturating_sub(u128::from(counted[second]) * 10_000)
                };
                let bound: u128 = (0..60).filter(|second| covered[*second]).map(short).sum();
                prop_assert!(u128::from(job.judged_units) * 10_000 <= bound, "{} of {bound}", job.judged_units);
                prop_assert!(job.judged_units >= most);
                let kept = remembered(&job);
                prop_assert!(kept.windows(2).all(|pair| (pair[0].from, pair[0].to) < (pair[1].from, pair[1].to)));
            }
        }

        #[test]
        fn as_long_as_all_are_remembered_neither_order_nor_company_matters(
            bps in 1u16..=10_000, (counted, times) in reports(JUDGED + 1), order in any::<u64>(), alone in any::<u8>(),
        ) {
            let promise = Promise::new(bps, 10);
            let run = |times: &[(usize, usize)]| {
                let mut job = job(bps, 10);
                times.iter().for_each(|time| {
                    job.judge(&shows(&promise, &counted, *time), 0).unwrap();
                });
                job.judged_units
            };
            let all = run(&times);
            let mut shuffled = times.clone();
            shuffled.sort_by_key(|(from, to)| (*from as u64 + 1).wrapping_mul(order | 1) ^ (*to as u64).wrapping_mul(order));
            prop_assert_eq!(run(&shuffled), all);
            let honest: Vec<_> =
                times.iter().enumerate().filter(|(at, _)| alone >> at & 1 == 1).map(|(_, time)| *time).collect();
            prop_assert!(run(&honest) <= all, "others' reports spared something");
        }

        #[test]
        fn what_times_show_together_is_the_most_that_any_choice_of_them_does(
            bps in 1u16..=10_000, (counted, times) in reports(ALL + 1),
        ) {
            let promise = Promise::new(bps, 10);
            let mut all: Vec<_> = times.iter().map(|time| shows(&promise, &counted, *time)).collect();
            all.sort_unstable_by_key(|time| (time.from, time.to));
            let choices = (0u32..1 << all.len()).filter_map(|choice| {
                let chosen: Vec<_> =
                    all.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).map(|(_, time)| *time).collect();
                // Of one within another nothing is gained.
                let proper = chosen.windows(2).all(|pair| pair[0].to < pair[1].to);
                let shared = |pair: &[Judged]| promise.units_ceil(pair[1].from, pair[0].to).unwrap();
                let sum: u64 = chosen.iter().map(|time| time.missed).sum();
                let twice: u64 = chosen.windows(2).map(shared).sum();
                proper.then(|| sum.saturating_sub(twice))
            });
            let best = choices.max().unwrap();
            prop_assert_eq!(shown(&all, &promise, |_, _| true).unwrap(), best);
        }

        #[test]
        fn penalties_stay_within_their_share_of_the_bond_and_splitting_a_gap_costs_the_same(
            bond: u64, bps in 0u16..=10_000, (counted, times) in reports(12), cuts in 1usize..60,
        ) {
            let promise = Promise::new(10_000, 10);
            let penalty = |bond, missed| outage_penalty(bond, bps, missed, 600).unwrap();
            // Any reports of one job.
            let (mut left, mut job) = (bond, job(10_000, 10));
            let count = times.len() as u128;
            for time in times {
                let new = job.judge(&shows(&promise, &counted, time), 0).unwrap();
                left -= penalty(bond, new).min(left);
            }
            let most = u128::from(crate::math::share_ceil(bond, bps).unwrap());
            prop_assert!(u128::from(bond - left) <= most + count);
            // One gap in two pieces: at most one base unit more.
            let [whole, first, second] =
                [(0, 60), (0, cuts), (cuts, 60)].map(|part| penalty(bond, shows(&promise, &counted, part).missed));
            let (parts, once) = (u128::from(first) + u128::from(second), u128::from(whole));
            prop_assert!(once <= parts && parts <= once + 1);
        }
    }
}
