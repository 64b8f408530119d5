//! The stable rail: what a settling divides, and the bond that its terms ask for.

use crate::{SHARES, is_ceil, is_floor, wide};
use settlement_interface::math::power_of_ten;
use settlement_interface::rules::{Settled, Taken, bond_asked, settle_stable};
use settlement_interface::terms::RAIL_STABLE;

/// What must have been taken of so much, as `stable.smt2` defines it: its ceiling and its floor are found by
/// trying, so that nothing of the code is in them.
fn taken(settled: u64, take_bps: u16, treasury_bps: u16) -> Taken {
    let near = |n: u128| ((n / 10_000).saturating_sub(2)..).take(5);
    let product = wide(settled) * u128::from(take_bps);
    let take = near(product).find(|take| is_ceil(*take, product, 10_000)).unwrap();
    let share = take * u128::from(treasury_bps);
    let treasury = near(share).find(|treasury| is_floor(*treasury, share, 10_000)).unwrap();
    let [take, treasury] = [take, treasury].map(|amount| u64::try_from(amount).unwrap());
    Taken { settled, take, treasury }
}

/// Small amounts, and some at which a share of one basis point is a whole micro-dollar or almost.
fn amounts() -> impl Iterator<Item = u64> {
    (0..=24).chain(9_998..=10_002).chain(19_999..=20_001).chain([123_456])
}

/// One settling of `outstanding` after `before`, and what it leaves.
fn settling(before: &Taken, outstanding: u64, escrow: u64, take_bps: u16, treasury_bps: u16) -> Taken {
    let s = settle_stable(outstanding, escrow, before, take_bps, treasury_bps).unwrap();
    let after = Taken {
        settled: before.settled + s.usd,
        take: before.take + s.buyback + s.treasury,
        treasury: before.treasury + s.treasury,
    };
    // The definitions that stable.smt2 starts from, of all that was settled so far.
    assert_eq!(s.usd, outstanding.min(escrow));
    assert!(is_ceil(wide(after.take), wide(after.settled) * u128::from(take_bps), 10_000));
    assert!(is_floor(wide(after.treasury), wide(after.take) * u128::from(treasury_bps), 10_000));
    // And its conclusions: amounts without a sign that sum.
    assert_eq!(wide(s.earned) + wide(s.buyback) + wide(s.treasury), wide(s.usd));
    assert!(s.earned <= s.usd && s.buyback + s.treasury <= s.usd && s.treasury <= s.buyback + s.treasury);
    after
}

#[test]
fn every_small_settling_after_every_other_takes_what_one_of_both_does() {
    for (take_bps, treasury_bps) in SHARES.iter().flat_map(|t| SHARES.iter().map(move |q| (*t, *q))) {
        for (first, second) in amounts().flat_map(|first| amounts().map(move |second| (first, second))) {
            let before = taken(first, take_bps, treasury_bps);
            for escrow in [0, 1, 7, second, u64::MAX] {
                let after = settling(&before, second, escrow, take_bps, treasury_bps);
                let at_once = settling(&Taken::default(), after.settled, u64::MAX, take_bps, treasury_bps);
                assert_eq!(after, at_once, "{first} and {second} of {escrow}");
            }
        }
    }
}

#[test]
fn no_corner_of_a_settling_overflows_and_what_cannot_have_been_taken_has_no_result() {
    let edges = [0, 1, 9_999, 10_000, (1 << 50) - 1, 1 << 50, 1 << 63, u64::MAX - 1, u64::MAX];
    for (take_bps, treasury_bps) in SHARES.iter().flat_map(|t| SHARES.iter().map(move |q| (*t, *q))) {
        for (first, second) in
            edges.iter().flat_map(|first| edges.iter().map(move |second| (*first, *second)))
        {
            let before = taken(first, take_bps, treasury_bps);
            for escrow in edges {
                if first.checked_add(second.min(escrow)).is_some() {
                    settling(&before, second, escrow, take_bps, treasury_bps);
                } else {
                    assert_eq!(settle_stable(second, escrow, &before, take_bps, treasury_bps), None);
                }
            }
            // More than the total allows, of either share.
            let more = Taken { take: u64::MAX, ..before };
            let known = Taken { treasury: u64::MAX, ..before };
            for forged in [more, known] {
                let found = settle_stable(0, 0, &forged, take_bps, treasury_bps);
                assert_eq!(found.is_some(), forged == before, "{forged:?}");
            }
        }
    }
    assert_eq!(settle_stable(1, 1, &Taken::default(), 10_001, 0), None);
    assert_eq!(settle_stable(1, 1, &Taken::default(), 500, 10_001), None);
    assert_eq!(settle_stable(0, 0, &Taken::default(), 500, 500), Some(Settled::default()));
}

#[test]
fn every_small_bond_is_worth_its_share_and_no_base_unit_more() {
    for (price, scale) in (1..=40u64).flat_map(|price| (0..=2).map(move |scale| (price, scale))) {
        let s = power_of_ten(scale).unwrap();
        for (escrow, bps) in (0..=120u64).flat_map(|escrow| SHARES.iter().map(move |bps| (escrow, *bps))) {
            let bond = wide(bond_asked(RAIL_STABLE, escrow, bps, price, scale).unwrap());
            // The theorem's dollars and price, both times 10^4: the code rounds once.
            let (dollars, price) = (wide(escrow) * u128::from(bps), wide(price) * 10_000);
            assert!(is_ceil(bond, dollars * s, price));
            assert!(bond * price >= dollars * s && (bond == 0 || (bond - 1) * price < dollars * s));
        }
    }
}
