//! The promised service level, and what of it was judged.

use super::arithmetic::N;
use super::entities::{Job, Judged};

impl Job {
    /// Units promised for a time, rounded down.
    pub fn promised(&self, from: N, to: N) -> N {
        let order = &self.terms.order;
        N::from(order.sla_bps) * N::from(order.unit_cap) * (to - from).max(0) / 10_000
    }

    /// Whether the units keep the promise of a time, exactly.
    pub fn kept(&self, units: N, from: N, to: N) -> bool {
        let order = &self.terms.order;
        units * 10_000 >= N::from(order.sla_bps) * N::from(order.unit_cap) * (to - from).max(0)
    }

    /// What penalties are shares of: the bond, and what they took of it.
    pub fn at_risk(&self) -> N {
        self.bond + self.slashed
    }

    /// Units judged already within a time: of each earlier time what it counted, at most what was promised
    /// where the two overlap, rounded up.
    pub fn judged_within(&self, from: N, to: N) -> N {
        let order = &self.terms.order;
        let rate = N::from(order.sla_bps) * N::from(order.unit_cap);
        let promised = |time: &Judged| (rate * (time.to.min(to) - time.from.max(from)) + 9_999) / 10_000;
        let overlap = |time: &&Judged| time.from < to && from < time.to;
        self.judged.iter().filter(overlap).map(|time| time.missed.min(promised(time))).sum()
    }

    /// Remembers that so many units were judged within a time. Times that touch become one; of more than
    /// four, the two that are closest do.
    pub fn judge(&mut self, from: N, to: N, missed: N) {
        if from >= to {
            return;
        }
        self.judged.push(Judged { from, to, missed });
        self.judged.sort_by_key(|time| (time.from, time.to));
        let join = |times: &mut Vec<Judged>, at: usize| {
            let next = times.remove(at + 1);
            let time = &mut times[at];
            (time.to, time.missed) = (time.to.max(next.to), time.missed + next.missed);
        };
        while let Some(at) = self.judged.windows(2).position(|pair| pair[1].from <= pair[0].to) {
            join(&mut self.judged, at);
        }
        if self.judged.len() > 4 {
            let between = |at: &usize| self.judged[*at + 1].from - self.judged[*at].to;
            let closest = (0..self.judged.len() - 1).min_by_key(between).unwrap();
            join(&mut self.judged, closest);
        }
    }
}
