//! The promised service level: what a gap in it is and what it costs. Units are compute
//! units, times Unix seconds; all that is promised fits 64 bits because the order was checked.

use crate::SettlementError;
use crate::accounts::Judged;
use crate::math::{BPS, mul_div_ceil, mul_div_floor, share_ceil};

/// In place of a receipt's index: the start of the job, at which nothing was counted.
pub const START: u16 = u16::MAX;
/// In place of a receipt's index: the last words that were accepted of the job, which are in its account.
pub const LAST: u16 = u16::MAX - 1;

/// What a job promises: `sla_bps` of `unit_cap` units a second, but in a time that is excused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Share of the cap, basis points.
    pub sla_bps: u16,
    /// Units that may be counted per second.
    pub unit_cap: u64,
    /// When nothing is promised, from and until; if it ends before it begins, there is no such time.
    pub excused: (i64, i64),
}

impl Promise {
    /// A promise that nothing is excused of.
    pub const fn new(sla_bps: u16, unit_cap: u64) -> Self {
        Self { sla_bps, unit_cap, excused: (0, 0) }
    }

    /// Ten thousand times the units promised for a time; zero for a time that runs backwards.
    fn scaled(&self, from: i64, to: i64) -> Option<u128> {
        let seconds = |from: i64, to: i64| Some(u64::try_from(to.checked_sub(from)?).unwrap_or(0));
        let (first, last) = self.excused;
        let excused = seconds(from.max(first), to.min(last))?;
        let seconds = seconds(from, to)?.checked_sub(excused)?;
        u128::from(self.unit_cap).checked_mul(u128::from(seconds))?.checked_mul(u128::from(self.sla_bps))
    }

    /// `floor(sla_bps * unit_cap * (to - from) / 10^4)`.
    pub fn units(&self, from: i64, to: i64) -> Option<u64> {
        u64::try_from(self.scaled(from, to)?.checked_div(u128::from(BPS))?).ok()
    }

    /// `ceil(sla_bps * unit_cap * (to - from) / 10^4)`.
    pub fn units_ceil(&self, from: i64, to: i64) -> Option<u64> {
        let scaled = self.scaled(from, to)?;
        match u64::try_from(scaled) {
            // The usual case, without 128-bit division.
            Ok(scaled) => Some(scaled.div_ceil(BPS)),
            Err(_) => u64::try_from(mul_div_ceil(scaled, 1, u128::from(BPS))?).ok(),
        }
    }

    /// What so many units counted in a time show to be missed in it: what was promised, rounded down, less them.
    pub fn shows(&self, from: i64, to: i64, units: u64) -> Option<Judged> {
        Some(Judged { from, to, missed: self.units(from, to)?.saturating_sub(units) })
    }

    /// Whether `units` are at least what was promised from one time to the other, exactly.
    pub fn is_kept(&self, units: u64, from: i64, to: i64) -> Option<bool> {
        Some(u128::from(units).checked_mul(u128::from(BPS))? >= self.scaled(from, to)?)
    }
}

/// A time in which a meter counted fewer units than were promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its beginning.
    pub from: i64,
    /// Its end.
    pub to: i64,
    /// Units counted in it.
    pub units: u64,
}

/// Within which bounds a gap counts.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// Not before this: the start.
    pub earliest: i64,
    /// Not after this: now, the end of the job, its closing.
    pub latest: i64,
    /// Least length, seconds.
    pub grace: i64,
}

/// Units missed in a gap, rounded down, or why it is none.
pub fn missed(promise: &Promise, watch: &Watch, gap: &Gap) -> Result<u64, SettlementError> {
    if gap.from < watch.earliest || gap.to > watch.latest {
        return Err(SettlementError::GapOutside);
    }
    if gap.to.saturating_sub(gap.from) < watch.grace {
        return Err(SettlementError::GapTooShort);
    }
    let kept = promise.is_kept(gap.units, gap.from, gap.to).ok_or(SettlementError::Arithmetic)?;
    if promise.sla_bps == 0 || kept {
        return Err(SettlementError::NoGap);
    }
    let promised = promise.units(gap.from, gap.to).ok_or(SettlementError::Arithmetic)?;
    Ok(promised.saturating_sub(gap.units))
}

/// Whether `units` counted from `first` to `second` prove that the promise was kept in all of the gap: then the
/// meter contradicted itself.
///
/// The two may lie within the gap or around it. No second counts more than `unit_cap`, so that of the units
/// counted all but `unit_cap` for each second outside of the gap were counted within it: that much is proved.
pub fn contradicts(promise: &Promise, gap: &Gap, first: i64, second: i64, units: u64) -> Option<bool> {
    let (from, to) = (first.max(gap.from), second.min(gap.to));
    if from >= to {
        return Some(false);
    }
    let outside = from.checked_sub(first)?.checked_add(second.checked_sub(to)?)?;
    let most = u128::from(promise.unit_cap).checked_mul(u128::from(u64::try_from(outside).ok()?))?;
    let proved = u64::try_from(u128::from(units).saturating_sub(most)).ok()?;
    promise.is_kept(proved, gap.from, gap.to)
}

/// What one unanswered outage takes, base units, in two roundings up:
/// `ceil(ceil(bond * outage_bps / 10^4) * missed / promised)`, with the units missed in it and those that
/// the job promised from its start to its end. `bond` is the bond before any penalty, and what is taken ends
/// with what is left of it. So gaps cost by what was missed in them: a gap costs what its parts cost together,
/// but for one base unit for each, and all of a job's gaps at most their share of the bond.
pub fn outage_penalty(bond: u64, outage_bps: u16, missed: u64, promised: u64) -> Option<u64> {
    service_credit(bond, outage_bps, missed, promised)
}

/// What a report must put down, base units: `max(1, ceil(pledged * report_bond_bps / 10^4))`, a share of what
/// the meter pledges for its words.
pub fn report_bond(pledged: u64, report_bond_bps: u16) -> Option<u64> {
    Some(share_ceil(pledged, report_bond_bps)?.max(1))
}

/// What a missed service level takes from the bond, base units, in two roundings up:
/// `ceil(ceil(bond * sla_penalty_bps / 10^4) * missed / promised)`; nothing if nothing was promised.
pub fn service_credit(bond: u64, sla_penalty_bps: u16, missed: u64, promised: u64) -> Option<u64> {
    if missed == 0 || promised == 0 {
        return Some(0);
    }
    let most = share_ceil(bond, sla_penalty_bps)?;
    let credit = mul_div_ceil(u128::from(most), u128::from(missed.min(promised)), u128::from(promised))?;
    u64::try_from(credit).ok()
}

/// What missed units weigh in the provider's record, micro-dollars: `floor(budget * missed / promised)`.
pub fn missed_budget(budget: u64, missed: u64, promised: u64) -> Option<u64> {
    if promised == 0 {
        return Some(0);
    }
    let share = mul_div_floor(u128::from(budget), u128::from(missed.min(promised)), u128::from(promised))?;
    u64::try_from(share).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROMISE: Promise = Promise::new(9_000, 8_000);
    const WATCH: Watch = Watch { earliest: 1_000, latest: 10_000, grace: 3_600 };

    #[test]
    fn both_sides_of_every_boundary_of_a_gap() {
        let gap = Gap { from: 1_000, to: 4_600, units: 0 };
        assert_eq!(missed(&PROMISE, &WATCH, &gap), Ok(25_920_000));
        assert_eq!(missed(&PROMISE, &WATCH, &Gap { from: 999, ..gap }), Err(SettlementError::GapOutside));
        assert_eq!(missed(&PROMISE, &WATCH, &Gap { to: 10_001, ..gap }), Err(SettlementError::GapOutside));
        assert!(missed(&PROMISE, &WATCH, &Gap { to: 10_000, ..gap }).is_ok());
        assert_eq!(missed(&PROMISE, &WATCH, &Gap { to: 4_599, ..gap }), Err(SettlementError::GapTooShort));
        assert_eq!(missed(&PROMISE, &WATCH, &Gap { units: 25_919_999, ..gap }), Ok(1));
        assert_eq!(missed(&PROMISE, &WATCH, &Gap { units: 25_920_000, ..gap }), Err(SettlementError::NoGap));
        let none = Promise { sla_bps: 0, ..PROMISE };
        assert_eq!(missed(&none, &WATCH, &gap), Err(SettlementError::NoGap));
        let back = Gap { from: 5_000, to: 4_000, units: 0 };
        assert_eq!(missed(&PROMISE, &WATCH, &back), Err(SettlementError::GapTooShort));
    }

    #[test]
    fn only_words_that_prove_that_all_of_the_gap_was_kept_contradict() {
        let gap = Gap { from: 1_000, to: 4_600, units: 0 };
        let answers = |first, second, units| contradicts(&PROMISE, &gap, first, second, units).unwrap();
        assert!(answers(1_000, 4_600, 25_920_000));
        assert!(answers(2_000, 4_000, 25_920_000));
        assert!(!answers(1_000, 4_600, 25_919_999));
        assert!(!answers(2_000, 2_000, 25_920_000) && !answers(4_600, 9_000, u64::MAX));
        // Each second outside may have counted the cap.
        assert!(!answers(999, 4_600, 25_927_999) && answers(999, 4_600, 25_928_000));
        assert!(!answers(1_000, 4_601, 25_927_999) && answers(1_000, 4_601, 25_928_000));
        assert!(!answers(0, 4_700, 25_920_000 + 8_000 * 1_100 - 1));
        assert!(answers(0, 4_700, 25_920_000 + 8_000 * 1_100));
    }

    #[test]
    fn a_report_costs_at_least_one_unit() {
        assert_eq!(report_bond(0, 2_000), Some(1));
        assert_eq!(report_bond(1_000, 2_000), Some(200));
        assert_eq!(report_bond(1_001, 2_000), Some(201));
    }

    proptest! {
        #[test]
        fn a_credit_is_within_its_share_of_the_bond_and_grows_with_what_was_missed(
            bond: u64, bps in 0u16..=10_000, missed: u64, promised: u64,
        ) {
            let credit = service_credit(bond, bps, missed, promised).unwrap();
            prop_assert!(credit <= share_ceil(bond, bps).unwrap());
            let less = service_credit(bond, bps, missed / 2, promised).unwrap();
            prop_assert!(less <= credit);
            prop_assert!(missed == 0 || promised == 0 || bps == 0 || bond == 0 || credit > 0);
        }

        #[test]
        fn disjoint_gaps_never_miss_more_than_was_promised_in_all(
            cap in 1u64..1 << 40, bps in 1u16..=10_000, cuts in prop::collection::vec(0i64..1_000_000, 2..20),
        ) {
            let promise = Promise::new(bps, cap);
            let watch = Watch { earliest: 0, latest: 1_000_000, grace: 1 };
            let mut cuts = cuts;
            cuts.sort_unstable();
            let sum: u64 = cuts.windows(2)
                .filter_map(|w| missed(&promise, &watch, &Gap { from: w[0], to: w[1], units: 0 }).ok())
                .sum();
            prop_assert!(sum <= promise.units(0, 1_000_000).unwrap());
        }

        #[test]
        fn no_true_words_contradict_a_true_gap_and_no_gap_of_a_kept_time_survives_words_at_its_ends(
            counted in prop::collection::vec(0u64..=10, 40), a in 0usize..39, b in 1usize..40,
            first in 0usize..39, second in 1usize..40, bps in 1u16..=10_000,
        ) {
            prop_assume!(a < b && first < second);
            let promise = Promise::new(bps, 10);
            let sum = |from: usize, to: usize| counted[from..to].iter().sum::<u64>();
            let gap = Gap { from: a as i64, to: b as i64, units: sum(a, b) };
            let kept = promise.is_kept(gap.units, gap.from, gap.to).unwrap();
            let answered =
                contradicts(&promise, &gap, first as i64, second as i64, sum(first, second)).unwrap();
            prop_assert!(kept || !answered, "true words refuted a true gap");
            prop_assert_eq!(contradicts(&promise, &gap, gap.from, gap.to, gap.units).unwrap(), kept);
        }

        #[test]
        fn the_weight_of_what_was_missed_is_within_the_budget(budget: u64, missed: u64, promised: u64) {
            prop_assert!(missed_budget(budget, missed, promised).unwrap() <= budget);
        }
    }
}
