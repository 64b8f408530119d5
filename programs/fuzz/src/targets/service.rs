//! The promised service level against integers without a width.

use crate::big::{big, ceil, floor, same};
use crate::input::Input;
use bytemuck::Zeroable;
use settlement_interface::accounts::Totals;
use settlement_interface::rules::{
    Gap, MASS_COUNT, Promise, Watch, contradicts, missed, missed_budget, outage_penalty, report_bond,
    service_credit, split,
};

fn time(input: &mut Input) -> i64 {
    if input.u8() < 250 { 1_000 + i64::from(input.u16()) } else { input.i64() }
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let promise = Promise::new(input.up_to(10_000) as u16, input.amount());
    let gap = Gap { from: time(&mut input), to: time(&mut input), units: input.amount() };
    let watch =
        Watch { earliest: time(&mut input), latest: time(&mut input), grace: input.up_to(86_400) as i64 };

    let seconds = (i128::from(gap.to) - i128::from(gap.from)).max(0);
    let exact = big(promise.unit_cap) * seconds * promise.sla_bps;
    let promised = floor(&exact, &big(10_000));
    // A product past 128 bits or a span past 63 has no result: an error, never a wrong gap.
    let computable = exact < big(1) << 128 && gap.to.checked_sub(gap.from).is_some();
    same(promise.units(gap.from, gap.to), computable.then(|| promised.clone()));
    assert_eq!(
        promise.is_kept(gap.units, gap.from, gap.to),
        computable.then(|| big(gap.units) * 10_000 >= exact)
    );

    let found = missed(&promise, &watch, &gap);
    if let Ok(units) = found {
        assert!(gap.from >= watch.earliest && gap.to <= watch.latest);
        assert!(i128::from(gap.to) - i128::from(gap.from) >= i128::from(watch.grace));
        assert!(promise.sla_bps > 0 && big(gap.units) * 10_000 < exact);
        assert_eq!(big(units), promised.clone() - big(gap.units).min(promised));
    } else if computable && gap.from >= watch.earliest && gap.to <= watch.latest {
        let long = i128::from(gap.to) - i128::from(gap.from) >= i128::from(watch.grace);
        let fits = u64::try_from(floor(&exact, &big(10_000))).is_ok();
        assert!(!long || !fits || big(gap.units) * 10_000 >= exact, "a gap is denied: {found:?}");
    }
    let (first, second, units) = (time(&mut input), time(&mut input), input.amount());
    if let Some(found) = contradicts(&promise, &gap, first, second, units) {
        let (from, to) = (first.max(gap.from), second.min(gap.to));
        let outside = i128::from(from) - i128::from(first) + i128::from(second) - i128::from(to);
        let proved = big(units) - big(promise.unit_cap) * outside.max(0);
        assert_eq!(found, from < to && proved.max(big(0)) * 10_000 >= exact);
    }

    money(&mut input);
}

fn money(input: &mut Input) {
    let (bond, bps, lost, whole) = (input.amount(), input.up_to(10_000) as u16, input.amount(), input.amount());
    let most = ceil(&(big(bond) * bps), &big(10_000));
    same(report_bond(bond, bps), Some(most.clone().max(big(1))));
    let credit = service_credit(bond, bps, lost, whole).expect("in range");
    let expected =
        if lost == 0 || whole == 0 { big(0) } else { ceil(&(&most * lost.min(whole)), &big(whole)) };
    assert_eq!(big(credit), expected);
    assert_eq!(outage_penalty(bond, bps, lost, whole), Some(credit));
    assert!(credit <= bond);
    let weighs = if whole == 0 { big(0) } else { floor(&(big(bond) * lost.min(whole)), &big(whole)) };
    same(missed_budget(bond, lost, whole), Some(weighs));

    let harmed = input.up_to(9_500);
    let reporter = input.up_to(9_500 - harmed) as u16;
    let parts = split(bond, harmed as u16, reporter, input.bool()).expect("in range");
    assert_eq!(parts.harmed + parts.reporter + parts.burned, bond);
    assert!(u128::from(parts.burned) * 20 >= u128::from(bond));

    let (burned, locked, count) = (input.amount(), input.amount(), input.u64() % 9);
    let (mass, burns) = (input.up_to(10_000) as u16, input.up_to(10_000) as u16);
    let totals = Totals { locked, burned, penalties: count, counted_from: 1_000, ..Totals::zeroed() };
    let expected = count >= MASS_COUNT && big(burned) * 10_000 * 10_000 > big(locked) * mass * burns;
    // 128 bits hold both products.
    assert_eq!(totals.is_mass(mass, burns, 1_000), expected);
}

/// A gap of a day, and any bytes.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![(0..200u8).map(|i| i.wrapping_mul(23)).collect(), vec![1; 200]]
}
