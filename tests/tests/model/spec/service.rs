//! The promised service level, and what of it was judged.

use super::arithmetic::N;
use super::entities::{Job, Judged};

/// What is promised: ten thousand times the units of a second, and from when until when nothing is.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    pub rate: N,
    pub excused: (N, N),
}

impl Standard {
    /// Ten thousand times the units promised for a time.
    fn scaled(&self, from: N, to: N) -> N {
        let (begun, over) = self.excused;
        self.rate * ((to - from).max(0) - (to.min(over) - from.max(begun)).max(0))
    }

    /// Units promised for a time, rounded down.
    pub fn promised(&self, from: N, to: N) -> N {
        self.scaled(from, to) / 10_000
    }

    /// The same, rounded up.
    fn promised_up(&self, from: N, to: N) -> N {
        (self.scaled(from, to) + 9_999) / 10_000
    }

    /// What times show together: the most that any choice of them adds up to in which none contains another,
    /// less what is promised where two that follow each other overlap.
    fn shown(&self, times: &[Judged]) -> N {
        let mut times = times.to_vec();
        times.sort_by_key(|time| (time.from, time.to));
        let choices = (0u32..1 << times.len()).map(|choice| {
            let chosen: Vec<_> = times
                .iter()
                .enumerate()
                .filter(|(at, _)| choice >> at & 1 == 1)
                .map(|(_, time)| time)
                .collect();
            if chosen.windows(2).any(|pair| pair[1].to <= pair[0].to) {
                return 0;
            }
            let twice: N = chosen.windows(2).map(|pair| self.promised_up(pair[1].from, pair[0].to)).sum();
            chosen.iter().map(|time| time.missed).sum::<N>() - twice
        });
        choices.max().unwrap()
    }

    /// What others say of a time: those within it together, and each by what it cannot have missed elsewhere.
    fn said(&self, others: &[Judged], of: &Judged) -> N {
        let elsewhere = |time: &Judged| {
            self.promised_up(time.from, time.to.min(of.from))
                + self.promised_up(time.from.max(of.to), time.to)
        };
        let each = others.iter().map(|time| time.missed - elsewhere(time)).max().unwrap_or(0);
        let within = |time: &&Judged| of.from <= time.from && time.to <= of.to;
        each.max(self.shown(&others.iter().filter(within).copied().collect::<Vec<_>>()))
    }

    /// What one of these times shows that the others do not say of it.
    fn own(&self, times: &[Judged], at: usize) -> N {
        let others: Vec<_> = [&times[..at], &times[at + 1..]].concat();
        (times[at].missed - self.said(&others, &times[at])).max(0)
    }

    /// Whether a time shows what others do not say of it.
    pub fn is_news(&self, others: &[Judged], time: &Judged) -> bool {
        time.missed > self.said(others, time)
    }

    /// Of what all these show, what is more than so many units.
    pub fn unjudged(&self, others: &[Judged], time: &Judged, judged: N) -> N {
        (self.shown(&[others, &[*time]].concat()) - judged).max(0)
    }

    /// At most six of these and one more: without those that show nothing by themselves; if that is not enough,
    /// without the lightest, or with two neighbours as one.
    pub fn remembered(&self, others: &[Judged], time: &Judged) -> Vec<Judged> {
        let mut times = [others, &[*time]].concat();
        times.sort_by_key(|time| (time.from, time.to));
        let mut at = 0;
        while at < times.len() {
            if self.own(&times, at) == 0 {
                times.remove(at);
            } else {
                at += 1;
            }
        }
        if times.len() <= 6 {
            return times;
        }
        assert_eq!(times.len(), 7);
        let join = |first: &Judged, second: &Judged| {
            let (from, to) = (first.from, first.to.max(second.to));
            let shared = self.promised_up(second.from, first.to.min(second.to));
            let sum = first.missed + second.missed - shared;
            Judged { from, to, missed: sum.max(first.missed).max(second.missed) }
        };
        let joined = |at: usize| {
            let mut joined = times.clone();
            joined[at] = join(&times[at], &times[at + 1]);
            joined.remove(at + 1);
            joined.sort_by_key(|time| (time.from, time.to));
            joined
        };
        let loses = |at: usize| {
            let both = join(&times[at], &times[at + 1]);
            let room = (self.promised_up(both.from, both.to) - both.missed).max(0);
            let may = room.min(times[at].missed + times[at + 1].missed);
            (self.shown(&times) - self.shown(&joined(at)), may, room)
        };
        let closest = (0..6).min_by_key(|at| loses(*at)).unwrap();
        // One that comes in the order of time is kept.
        let kept = |at: usize| times[at] == *time && times.iter().all(|other| other.to <= time.to);
        let lightest = (0..7).filter(|at| !kept(*at)).min_by_key(|at| self.own(&times, *at)).unwrap();
        if self.own(&times, lightest) * 16 <= loses(closest).1 {
            times.remove(lightest);
            times
        } else {
            joined(closest)
        }
    }
}

impl Job {
    fn rate(&self) -> N {
        N::from(self.terms.order.sla_bps) * N::from(self.terms.order.unit_cap)
    }

    /// Nothing is promised while a penalty waits.
    pub fn standard(&self) -> Standard {
        let begun = self.started_at.max(self.waits_until - 86_400);
        Standard { rate: self.rate(), excused: (begun, self.waits_until.min(self.last_moment())) }
    }

    /// Units promised for a time, rounded down.
    pub fn promised(&self, from: N, to: N) -> N {
        self.standard().promised(from, to)
    }

    /// Units promised from the start to the end, whatever is excused.
    pub fn promised_at_all(&self) -> N {
        Standard { rate: self.rate(), excused: (0, 0) }
            .promised(self.started_at, N::from(self.terms.order.end_by))
    }

    /// Whether the units keep the promise of a time, exactly.
    pub fn kept(&self, units: N, from: N, to: N) -> bool {
        units * 10_000 >= self.standard().scaled(from, to)
    }

    /// What penalties are shares of: the bond, and what they took of it.
    pub fn at_risk(&self) -> N {
        self.bond + self.slashed
    }

    pub fn is_news(&self, time: &Judged) -> bool {
        self.standard().is_news(&self.judged, time)
    }

    /// Units missed, with what a time shows, that were not judged.
    pub fn unjudged(&self, time: &Judged) -> N {
        self.standard().unjudged(&self.judged, time, self.judged_units)
    }

    /// Judges what is new, at most so much, and says how much that is.
    pub fn judge(&mut self, time: &Judged, most: N) -> N {
        let new = self.unjudged(time).min(most);
        if self.is_news(time) {
            self.judged = self.standard().remembered(&self.judged, time);
        }
        self.judged_units += new;
        new
    }
}
