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

    /// How much of what an earlier time counted may lie within another: at most what was promised where the two
    /// overlap, rounded up.
    fn shared(&self, time: &Judged, from: N, to: N) -> N {
        let order = &self.terms.order;
        let seconds = (time.to.min(to) - time.from.max(from)).max(0);
        time.missed.min((N::from(order.sla_bps) * N::from(order.unit_cap) * seconds + 9_999) / 10_000)
    }

    /// Units judged already within a time, at most.
    pub fn judged_within(&self, from: N, to: N) -> N {
        self.judged.iter().map(|time| self.shared(time, from, to)).sum()
    }

    /// Judges a time and says how many of the units missed in it are new. If any are, it is remembered with
    /// all of them, and earlier times keep only what cannot lie in it. Of more than four, the two neighbours
    /// that carry least together become one.
    pub fn judge(&mut self, from: N, to: N, missed: N) -> N {
        let fresh = missed - self.judged_within(from, to);
        if fresh <= 0 {
            return 0;
        }
        let mut times = self.judged.clone();
        times.iter_mut().for_each(|time| time.missed -= self.shared(&time.clone(), from, to));
        times.retain(|time| time.missed > 0);
        times.push(Judged { from, to, missed });
        times.sort_by_key(|time| (time.from, time.to));
        if times.len() > 4 {
            let together = |at: &usize| times[*at].missed + times[*at + 1].missed;
            let least = (0..times.len() - 1).min_by_key(together).unwrap();
            let next = times.remove(least + 1);
            let time = &mut times[least];
            (time.to, time.missed) = (time.to.max(next.to), time.missed + next.missed);
        }
        self.judged = times;
        fresh
    }
}
