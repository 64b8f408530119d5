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

    /// Units missed, by all these, and by so many that were judged up to some time.
    pub fn known(&self, others: &[Judged], time: &Judged, (judged, until): (N, N)) -> N {
        let apart = if time.from >= until { judged + time.missed } else { 0 };
        self.shown(&[others, &[*time]].concat()).max(apart)
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
        let loses = |at: usize| {
            let both = join(&times[at], &times[at + 1]);
            let room = (self.promised_up(both.from, both.to) - both.missed).max(0);
            room.min(times[at].missed + times[at + 1].missed)
        };
        let joined = (0..6).find(|at| loses(*at) == 0).unwrap_or(0);
        let in_order = times.iter().all(|other| other.to <= time.to);
        let lightest = (0..7).min_by_key(|at| self.own(&times, *at)).unwrap();
        if !in_order && self.own(&times, lightest) * 16 <= loses(joined) {
            times.remove(lightest);
        } else {
            times[joined] = join(&times[joined], &times[joined + 1]);
            times.remove(joined + 1);
        }
        times.sort_by_key(|time| (time.from, time.to));
        times
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

    /// Units missed, with what a time shows.
    pub fn known(&self, time: &Judged) -> N {
        self.standard().known(&self.judged, time, (self.judged_units, self.judged_until))
    }

    /// Of what is known with a time, or was when it was reported, what was not judged; at most what it shows.
    pub fn unjudged(&self, time: &Judged, known: N) -> N {
        (self.known(time).max(known) - self.judged_units).max(0).min(time.missed)
    }

    /// Judges what is new and says how much that is.
    pub fn judge(&mut self, time: &Judged, known: N) -> N {
        let new = self.unjudged(time, known);
        if self.is_news(time) {
            self.judged = self.standard().remembered(&self.judged, time);
        }
        self.judged_until = self.judged_until.max(time.to);
        self.judged_units += new;
        new
    }
}
