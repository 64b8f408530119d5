//! What a job remembers of missed units, beside the model, over many more random reports than a market has.

use crate::random::Random;
use crate::spec::arithmetic::N;
use crate::spec::entities::Judged;
use crate::spec::service::Standard;
use settlement_interface::accounts::{self, Job};

const SERIES: u64 = 3_000;
const REPORTS: usize = 28;

#[test]
fn reports_of_any_times_are_judged_as_the_model_judges_them() {
    let mut random = Random(77);
    let mut full = 0;
    for _ in 0..SERIES {
        let (sla_bps, unit_cap) = (random.between(1, 10_000), random.between(1, 12));
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.terms.order.sla_bps = u16::try_from(sla_bps).unwrap();
        job.terms.order.unit_cap = unit_cap;
        job.terms.order.end_by = 10_000_000;
        if random.one_in(3) {
            job.started_at = i64::try_from(random.below(50)).unwrap();
            job.waits_until = 86_400 + i64::try_from(random.below(400)).unwrap();
            job.closing_at = job.waits_until - 86_400 + i64::try_from(random.between(1, 60)).unwrap();
        }
        let promise = job.promise();
        let excused = (promise.excused.0.into(), promise.excused.1.into());
        let standard = Standard { rate: N::from(sla_bps) * N::from(unit_cap), excused };
        let (mut times, mut judged, mut until): (Vec<Judged>, N, N) = (vec![], 0, 0);
        // Reports that are decided one after the other, or one late.
        let mut reported = Vec::new();
        let longest = [20, 100, 400][usize::try_from(random.below(3)).unwrap()];
        for _ in 0..REPORTS {
            let from = random.below(400);
            let to = from + random.between(1, longest);
            let (from, to) = (i64::try_from(from).unwrap(), i64::try_from(to).unwrap());
            let promised = promise.units(from, to).unwrap();
            assert_eq!(N::from(promised), standard.promised(from.into(), to.into()));
            let missed = if random.one_in(2) { promised } else { random.below(promised + 1) };
            let shown = accounts::Judged { from, to, missed };
            let time = Judged { from: from.into(), to: to.into(), missed: missed.into() };

            let known = standard.known(&times, &time, (judged, until));
            assert_eq!(job.known(&shown).map(N::from), Some(known));
            reported.push((shown, time, known));
            if random.one_in(2) {
                continue;
            }
            let at = usize::try_from(random.below(reported.len() as u64)).unwrap();
            let (shown, time, known) = reported.swap_remove(at);
            let news = standard.is_news(&times, &time);
            assert_eq!(job.is_news(&shown), Some(news));
            let now = standard.known(&times, &time, (judged, until));
            let new = (known.max(now) - judged).max(0).min(time.missed);
            assert_eq!(job.judge(&shown, u64::try_from(known).unwrap()).map(N::from), Some(new));
            (judged, until) = (judged + new, until.max(time.to));
            if news {
                full += u64::from(times.len() == 6);
                times = standard.remembered(&times, &time);
            }
            let remembered = job.judged.iter().filter(|time| time.missed > 0);
            let remembered: Vec<_> = remembered
                .map(|time| Judged { from: time.from.into(), to: time.to.into(), missed: time.missed.into() })
                .collect();
            assert_eq!((remembered, N::from(job.judged_units)), (times.clone(), judged));
            assert_eq!(N::from(job.judged_until), until);
        }
    }
    assert!(full > SERIES, "too few of them had to make room: {full}");
}
