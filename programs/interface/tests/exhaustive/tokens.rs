//! Quotients, and the rail of compute tokens: conversions, charges, penalties, epochs and prices.

use crate::{SHARES, is_ceil, is_floor, wide};
use settlement_interface::math::{
    mul_div_ceil, mul_div_floor, power_of_ten, proportion_floor, share_ceil, share_floor,
};
use settlement_interface::oracle::{Limits, PriceMessage, Quote, qualify};
use settlement_interface::rules::{
    charge, convert, is_secured, quality, rebate_pool, settle_in_kind, split_penalty, tokens_ceil, usd_floor,
};

/// A quote of these prices; `burn <= mint` unless the caller wants otherwise.
fn quote(burn: u64, mint: u64, scale: u32) -> Quote {
    let message = PriceMessage { spot: 1, confidence: 0, exponent: 0, publish_time: 0, average: 1 };
    Quote { message, spot: burn, burn, mint, scale }
}

#[test]
fn floors_and_ceilings_of_all_small_quotients() {
    for (a, b) in (0..=255u128).flat_map(|a| (0..=255u128).map(move |b| (a, b))) {
        assert_eq!(mul_div_floor(a, b, 0), None);
        assert_eq!(mul_div_ceil(a, b, 0), None);
        for d in 1..=63 {
            assert!(is_floor(mul_div_floor(a, b, d).unwrap(), a * b, d), "{a} * {b} / {d}");
            assert!(is_ceil(mul_div_ceil(a, b, d).unwrap(), a * b, d), "{a} * {b} / {d}");
        }
    }
}

#[test]
fn every_share_of_every_small_amount_and_of_the_largest() {
    // 2^50 is where products are made in 128 bits.
    let amounts = (0..=400).chain((1 << 50) - 100..=(1 << 50) + 100).chain(u64::MAX - 100..=u64::MAX);
    for amount in amounts {
        for bps in 0..=10_000 {
            let (low, high) = (share_floor(amount, bps).unwrap(), share_ceil(amount, bps).unwrap());
            let product = wide(amount) * u128::from(bps);
            assert!(is_floor(wide(low), product, 10_000) && is_ceil(wide(high), product, 10_000));
            // What a ceiling takes leaves the floor of the rest.
            assert_eq!(amount - high, share_floor(amount, 10_000 - bps).unwrap());
        }
        assert_eq!(share_floor(amount, 10_001), None);
    }
}

#[test]
fn every_small_proportion() {
    for whole in 0..=127u128 {
        for part in 0..=whole {
            for amount in 0..=127 {
                let found = wide(proportion_floor(amount, part, whole).unwrap());
                assert!(if whole == 0 { found == 0 } else { is_floor(found, wide(amount) * part, whole) });
            }
        }
        assert_eq!(proportion_floor(1, whole + 1, whole), None);
    }
}

/// Every conversion of 6 bits a quantity, at two scales, mint price not below the burn price.
#[test]
fn every_small_conversion() {
    let shares = [1u16, 500, 1_999, 2_000, 10_000];
    for scale in [0, 1] {
        let s = power_of_ten(scale).unwrap();
        for (burn, mint) in (1..=24u64).flat_map(|burn| (burn..=24).map(move |mint| (burn, mint))) {
            let q = quote(burn, mint, scale);
            for (outstanding, escrow) in (0..40u64).flat_map(|o| (0..40u64).map(move |e| (o, e))) {
                for take_bps in shares {
                    conversion(outstanding, escrow, take_bps, &q, s);
                }
            }
        }
    }
}

fn conversion(outstanding: u64, escrow: u64, take_bps: u16, q: &Quote, s: u128) {
    let c = convert(outstanding, escrow, take_bps, q).unwrap();
    let (burn, mint, kept) = (wide(q.burn), wide(q.mint), 10_000 - u128::from(take_bps));
    let needed = tokens_ceil(outstanding, q.burn, q.scale).unwrap();
    let worth = usd_floor(c.burned, q.burn, q.scale).unwrap();
    // The definitions that conversion.smt2 starts from.
    assert!(is_ceil(needed, wide(outstanding) * s, burn));
    assert_eq!(wide(c.burned), needed.min(wide(escrow)));
    assert!(is_floor(worth, wide(c.burned) * burn, s));
    assert_eq!(wide(c.usd), worth.min(wide(outstanding)));
    assert!(is_ceil(wide(c.take), wide(c.burned) * u128::from(take_bps), 10_000));
    // With burn <= mint the provider's part of the burn never binds.
    assert!(is_floor(wide(c.earned), wide(c.usd) * kept * s, 10_000 * mint));
    // And its conclusions.
    assert!(c.earned + c.take <= c.burned && c.burned <= escrow && c.usd <= outstanding);
    assert!(wide(c.burned) * burn >= wide(c.usd) * s);
    if needed <= wide(escrow) {
        assert_eq!(c.usd, outstanding);
    } else {
        assert_eq!(c.burned, escrow);
        assert!(wide(c.usd + 1) * s > wide(escrow) * burn);
    }

    let kind = settle_in_kind(outstanding, escrow, take_bps, q.burn, q.scale).unwrap();
    assert_eq!((kind.tokens, kind.usd, kind.burned), (c.burned, c.usd, c.take));
    assert_eq!(kind.burned + kind.provider, kind.tokens);
}

/// Prices the wrong way round never qualify; even so nothing is conserved less.
#[test]
fn every_small_conversion_at_a_mint_price_below_the_burn_price() {
    for (burn, mint) in (1..=24u64).flat_map(|burn| (1..burn).map(move |mint| (burn, mint))) {
        let q = quote(burn, mint, 1);
        for (outstanding, escrow) in (0..32u64).flat_map(|o| (0..32u64).map(move |e| (o, e))) {
            let c = convert(outstanding, escrow, 500, &q).unwrap();
            assert!(c.earned + c.take <= c.burned && c.burned <= escrow && c.usd <= outstanding);
        }
    }
}

/// Work settled in two steps, whatever is left of the escrow after the first.
#[test]
fn every_small_split_settles_and_mints_no_more() {
    for (burn, mint) in (1..=12u64).flat_map(|burn| (burn..=12).map(move |mint| (burn, mint))) {
        let q = quote(burn, mint, 1);
        for (first, second) in (0..20u64).flat_map(|a| (0..20u64).map(move |b| (a, b))) {
            for escrow in 0..48 {
                let whole = convert(first + second, escrow, 500, &q).unwrap();
                let one = convert(first, escrow, 500, &q).unwrap();
                let left = first - one.usd + second;
                let two = convert(left, escrow - one.burned, 500, &q).unwrap();
                assert!(one.usd + two.usd <= whole.usd);
                assert!(one.earned + two.earned <= whole.earned);
                let burned = one.burned + two.burned;
                assert!(whole.burned <= burned && burned <= whole.burned + 1);
            }
        }
    }
}

#[test]
fn every_small_charge() {
    for (rate, unit) in (0..=40u64).flat_map(|rate| (1..=24u64).map(move |unit| (rate, unit))) {
        for budget in [0, 1, 7, 100, u64::MAX] {
            let mut last = 0;
            for units in 0..=60 {
                let found = charge(units, rate, unit, budget).unwrap();
                let exact = wide(units) * wide(rate);
                assert!(found == budget || is_floor(wide(found), exact, wide(unit)));
                assert!(last <= found && found <= budget && wide(found) * wide(unit) <= exact);
                last = found;
            }
        }
    }
}

#[test]
fn every_small_penalty_at_shares_up_to_95_percent() {
    for bond in (0..=300).chain([u64::MAX - 1, u64::MAX]) {
        for (harmed, reporter) in SHARES.iter().flat_map(|h| SHARES.iter().map(move |r| (*h, *r))) {
            if u32::from(harmed) + u32::from(reporter) > 9_500 {
                continue;
            }
            for (penalty, has) in SHARES.iter().flat_map(|p| [(*p, true), (*p, false)]) {
                let split = split_penalty(bond, penalty, harmed, reporter, has).unwrap();
                assert!(is_ceil(wide(split.slashed), wide(bond) * u128::from(penalty), 10_000));
                assert_eq!(split.harmed + split.reporter + split.burned, split.slashed);
                assert!(split.slashed <= bond && wide(split.burned) * 20 >= wide(split.slashed));
            }
        }
    }
}

/// Two providers' takes at the best and the worst quality, and everything an epoch can pay them.
#[test]
fn every_small_epoch_pays_within_its_pool_and_less_than_half_to_whoever_traded_with_himself() {
    for (own, other) in (0..=160u64).flat_map(|own| (0..=160u64).map(move |other| (own, other))) {
        for rebate_bps in [0, 1, 2_499, 2_500] {
            let pool = rebate_pool(own + other, rebate_bps).unwrap();
            assert!(is_floor(wide(pool), wide(own + other) * u128::from(rebate_bps), 10_000));
            let (mine, theirs) = (wide(own) * 9_999, wide(other) * 5_000);
            let whole = mine + theirs;
            let back = proportion_floor(pool, mine, whole).unwrap();
            let rest = proportion_floor(pool, theirs, whole).unwrap();
            assert!(back + rest <= pool);
            assert!(own == 0 || back * 2 < own, "{back} of {own} with {other}");
        }
    }
}

#[test]
fn quality_is_within_its_bounds_for_records_of_every_magnitude() {
    let amounts = || (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit]).chain([u64::MAX]);
    for (good, bad) in amounts().flat_map(|good| amounts().map(move |bad| (good, bad))) {
        let found = u128::from(quality(good, bad)) - 5_000;
        assert!(is_floor(found, 5_000 * wide(good), wide(good) + 4 * wide(bad) + 100_000_000));
        assert!(found <= 4_999);
    }
}

/// Every price of a small grid that qualifies bounds its burn and mint price, and secured work converts.
#[test]
fn every_small_price_that_qualifies_is_bounded_and_what_is_secured_converts_in_full() {
    let mut qualified = 0;
    for (spot, average) in (1..=120i64).flat_map(|spot| (1..=150i64).map(move |average| (spot, average))) {
        for confidence in 0..=7 {
            for (k, max_conf_bps) in [(0u8, 500u16), (1, 500), (4, 500), (4, 200)] {
                let limits = Limits { max_age: 60, max_conf_bps, max_deviation_bps: 2_000, k };
                let message = PriceMessage { spot, confidence, exponent: -4, publish_time: 100, average };
                let Ok(q) = qualify(&message, &limits, 3, 100, 0) else { continue };
                qualified += 1;
                assert!(0 < q.burn && q.burn * 5 >= q.spot * 4 && q.burn <= q.spot && q.spot <= q.mint);
                assert!(q.mint * 20 <= q.spot * 29 && q.mint as i64 >= average);
                for escrow in [1, 10, 999, 54_321] {
                    let worth = usd_floor(escrow, q.spot, q.scale).unwrap();
                    let secured = u64::try_from(worth * 7_000 / 10_000).unwrap();
                    assert!(is_secured(secured, worth) && !is_secured(secured + 1, worth));
                    assert_eq!(convert(secured, escrow, 500, &q).unwrap().usd, secured);
                }
            }
        }
    }
    assert!(qualified > 10_000, "only {qualified} prices of the grid qualified");
}

/// What is computed in one word where it fits equals what 128 bits give, on both sides of the border.
#[test]
fn nothing_changes_where_products_leave_a_word() {
    const BORDERS: [u64; 2] = [1 << 32, 1 << 50];
    let near =
        || BORDERS.into_iter().flat_map(|border| border - 2..=border + 2).chain([1, 9_999, u64::MAX / 8]);
    for (a, b) in near().flat_map(|a| near().map(move |b| (a, b))) {
        for unit in [1, 7, 3_600_000, 1 << 40] {
            let expected = (wide(a) * wide(b) / wide(unit)).min(wide(u64::MAX));
            assert_eq!(charge(a, b, unit, u64::MAX).map(wide), Some(expected), "{a} * {b} / {unit}");
        }
        let share = 5_000 * wide(a) / (wide(a) + 4 * wide(b) + 100_000_000);
        assert_eq!(u128::from(quality(a, b)), 5_000 + share, "{a} good, {b} bad");
        for bps in [1, 199, 200, 10_000, 1 << 14, u16::MAX] {
            let limits = Limits { max_age: 60, max_conf_bps: bps, max_deviation_bps: bps, k: 0 };
            let (spot, average) = (i64::try_from(a).unwrap(), i64::try_from(b).unwrap());
            for confidence in
                [0, (a / 10_000 * u64::from(bps)).saturating_sub(1), a / 10_000 * u64::from(bps) + 1]
            {
                let message = PriceMessage { spot, confidence, exponent: -4, publish_time: 100, average };
                let certain = wide(confidence) * 10_000 <= wide(a) * u128::from(bps);
                let near = wide(a.abs_diff(b)) * 10_000 <= wide(b) * u128::from(bps);
                assert_eq!(
                    qualify(&message, &limits, 3, 100, 0).is_ok(),
                    certain && near,
                    "{message:?} {bps}"
                );
            }
        }
    }
}

/// The corners of the stated ranges: every function has a result where each input is at an edge.
#[test]
fn no_corner_of_the_stated_ranges_overflows() {
    const HALF: u64 = 1 << 32;
    const SMALL: u64 = 1 << 50;
    let edges =
        [0, 1, 2, 9_999, HALF - 1, HALF, SMALL - 1, SMALL, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX];
    let prices = [1, 2, 10_000, 1 << 32, (1 << 63) - 1, u64::MAX];
    for (amount, escrow) in edges.iter().flat_map(|a| edges.iter().map(move |e| (*a, *e))) {
        for (burn, mint) in prices.iter().flat_map(|b| prices.iter().map(move |m| (*b, *m))) {
            for scale in 0..=13 {
                for take_bps in SHARES {
                    let c = convert(amount, escrow, take_bps, &quote(burn, mint, scale)).unwrap();
                    assert!(wide(c.earned) + wide(c.take) <= wide(c.burned) && c.burned <= escrow);
                    assert!(settle_in_kind(amount, escrow, take_bps, burn, scale).is_some());
                }
            }
            for budget in edges {
                assert!(charge(amount, burn, mint, budget).is_some_and(|usd| usd <= budget));
            }
        }
        assert!(is_secured(0, wide(amount) * wide(escrow)));
        let weights = (wide(amount) * 9_999, wide(amount) * 9_999 + wide(escrow) * 9_999);
        assert!(proportion_floor(amount, weights.0, weights.1).is_some_and(|share| share <= amount));
    }
    assert_eq!(convert(1, 1, 500, &quote(1, 1, 14)), None);
    assert_eq!(convert(1, 1, 10_001, &quote(1, 1, 0)), None);
    assert_eq!(convert(1, 1, 500, &quote(0, 1, 0)), None);
    assert_eq!(convert(1, 1, 500, &quote(1, 0, 0)), None);
}
