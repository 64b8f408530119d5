//! Shares, penalties, quality and the 256-bit proportion against integers without a width.

use crate::big::{big, ceil, floor, same};
use crate::input::Input;
use settlement_interface::math::{
    Wide, mul_div_ceil, mul_div_floor, power_of_ten, proportion_floor, share_ceil, share_floor,
};
use settlement_interface::rules::{bond, cancellation_fee, halvings, quality, rebate_pool, split_penalty};

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    match input.u8() % 4 {
        0 => products(&mut input),
        1 => shares(&mut input),
        2 => proportions(&mut input),
        _ => records(&mut input),
    }
}

fn products(input: &mut Input) {
    let cut = |input: &mut Input| input.u128() >> (input.u8() % 128);
    let (a, b, d) = (cut(input), cut(input), cut(input));
    let product = big(a) * big(b);
    // A product above 128 bits has no result, even where the quotient would fit: as documented.
    let exact = (d != 0 && product <= big(u128::MAX)).then(|| (product, big(d)));
    same(mul_div_floor(a, b, d), exact.as_ref().map(|(p, d)| floor(p, d)));
    same(mul_div_ceil(a, b, d), exact.as_ref().map(|(p, d)| ceil(p, d)));
    assert_eq!(Wide::from(a).get(), a);
    let e = input.u8() % 20;
    same(power_of_ten(u32::from(e)), (e <= 13).then(|| big(10).pow(u32::from(e))));
}

fn shares(input: &mut Input) {
    let (amount, bps) = (input.amount(), input.u16());
    let product = (bps <= 10_000).then(|| big(amount) * bps);
    same(share_floor(amount, bps), product.as_ref().map(|p| floor(p, &big(10_000))));
    same(share_ceil(amount, bps), product.as_ref().map(|p| ceil(p, &big(10_000))));
    assert_eq!(bond(amount, bps), share_ceil(amount, bps));
    assert_eq!(cancellation_fee(amount, bps), share_floor(amount, bps));
    assert_eq!(rebate_pool(amount, bps), share_floor(amount, bps));

    let harmed = input.up_to(11_000) as u16;
    let reporter = input.up_to(11_000) as u16;
    let has_reporter = input.bool();
    let split = split_penalty(amount, bps, harmed, reporter, has_reporter);
    let within = bps <= 10_000 && harmed.saturating_add(reporter) <= 10_000;
    assert!(split.is_some() || !within, "a penalty in range has a result");
    if let Some(split) = split {
        assert!(split.slashed <= amount);
        assert_eq!(split.harmed + split.reporter + split.burned, split.slashed);
        assert_eq!(Some(split.harmed), share_floor(split.slashed, harmed));
        assert!(has_reporter || split.reporter == 0);
    }
}

fn proportions(input: &mut Input) {
    let amount = input.amount();
    let whole = input.u128() >> (input.u8() % 128);
    let part = input.u128() >> (input.u8() % 128);
    let part = if input.bool() { part } else { part.min(whole) };
    let within = part <= whole && whole < 1 << 126;
    let expected = within.then(|| match whole {
        0 => big(0),
        _ => floor(&(big(amount) * part), &big(whole)),
    });
    same(proportion_floor(amount, part, whole), expected);
}

fn records(input: &mut Input) {
    let (good, bad) = (input.amount(), input.amount());
    let expected = big(5_000) + floor(&(big(good) * 5_000), &(big(good) + big(bad) * 4 + 100_000_000));
    same(Some(quality(good, bad)), Some(expected));
    assert!((5_000..10_000).contains(&quality(good, bad)));

    let (since, now) = (input.i64(), input.i64());
    let (count, next) = halvings(since, now);
    let period = 30i128 * 86_400;
    let elapsed = (i128::from(now) - i128::from(since)).max(0);
    // No clock reads that far: past it the difference is cut, so that it counts less, never more.
    let elapsed = elapsed.min(i128::from(i64::MAX));
    assert_eq!(i128::from(count), (elapsed / period).min(i128::from(u32::MAX)));
    assert_eq!(i128::from(next), i128::from(since) + elapsed / period * period);
}

/// One for each part.
pub fn seeds() -> Vec<Vec<u8>> {
    (0..4u8).map(|part| (0..60u8).map(|i| if i == 0 { part } else { i.wrapping_mul(37) }).collect()).collect()
}
