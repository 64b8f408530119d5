//! Which prices qualify, against the design's sentences in integers without a width, and what holds
//! of every price that does.

use crate::big::{big, ten_to};
use crate::input::Input;
use settlement_interface::oracle::{Halt, Limits, PriceMessage, Quote, qualify, reaches_minimum, scale};

fn near(input: &mut Input, around: i64) -> i64 {
    match input.u8() {
        250.. => input.i64(),
        _ => around.saturating_add(i64::from(input.u16() as i16)),
    }
}

/// A mantissa within a share of another one, or any.
fn mantissa(input: &mut Input, around: i64) -> i64 {
    match input.u8() {
        200.. => input.i64(),
        _ => (i128::from(around) * i128::from(8_000 + input.up_to(4_000)) / 10_000) as i64,
    }
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let now = 1_700_000_000;
    let now = near(&mut input, now);
    let spot = if input.u8() < 250 { (input.amount() >> 1) as i64 } else { input.i64() };
    let message = PriceMessage {
        spot,
        confidence: if input.bool() { input.amount() } else { spot.unsigned_abs() / (1 + input.up_to(400)) },
        exponent: if input.u8() < 250 { -(i32::from(input.u8() % 20)) } else { input.i32() },
        publish_time: near(&mut input, now),
        average: mantissa(&mut input, spot),
    };
    let wild = input.u8() > 200;
    let limits = Limits {
        max_age: if wild { input.u32() } else { 10 + input.up_to(590) as u32 },
        max_conf_bps: if wild { input.u16() } else { 1 + input.up_to(499) as u16 },
        max_deviation_bps: if wild { input.u16() } else { 100 + input.up_to(1_900) as u16 },
        k: if wild { input.u8() } else { input.up_to(4) as u8 },
    };
    let decimals = input.u8() % 20;
    let last = if input.bool() { 0 } else { near(&mut input, now) };

    let found = qualify(&message, &limits, decimals, now, last);
    let expected = reference(&message, &limits, decimals, now, last);
    assert_eq!(found.is_ok(), expected, "{found:?} of {message:?} {limits:?} {decimals} {now} {last}");
    if let Ok(quote) = found {
        holds(&quote, &message, &limits, decimals, now, last);
    }
    for halt in Halt::ALL {
        assert!(!halt.name().is_empty());
    }

    let price = input.amount().max(1);
    let minimum = input.amount();
    let exponent = if input.bool() { i32::from(input.u8() as i8) } else { input.i32() };
    assert_eq!(reaches_minimum(price, exponent, minimum), reaches(price, exponent, minimum));
    let e = i128::from(decimals) - i128::from(exponent) - 6;
    assert_eq!(scale(decimals, exponent).map(i128::from), Some(e).filter(|e| (0..=13).contains(e)));
}

fn reference(m: &PriceMessage, l: &Limits, decimals: u8, now: i64, last: i64) -> bool {
    let wide = i128::from;
    let age = wide(now) - wide(m.publish_time);
    let e = i128::from(decimals) - i128::from(m.exponent) - 6;
    let margin = i128::from(m.confidence) * i128::from(l.k);
    let mint = wide(m.spot.max(m.average)) + margin;
    age >= -30
        && age.max(0) <= i128::from(l.max_age)
        && m.publish_time >= last
        && m.spot > 0
        && m.average > 0
        && big(m.confidence) * 10_000 <= big(m.spot) * l.max_conf_bps
        && big((wide(m.spot) - wide(m.average)).abs()) * 10_000 <= big(m.average) * l.max_deviation_bps
        && (0..=13).contains(&e)
        && wide(m.spot) > margin
        && margin <= i128::from(u64::MAX)
        && mint <= i128::from(u64::MAX)
}

fn holds(q: &Quote, m: &PriceMessage, l: &Limits, decimals: u8, now: i64, last: i64) {
    assert_eq!(q.message, *m);
    assert_eq!(i128::from(q.spot), i128::from(m.spot));
    assert!(0 < q.burn && q.burn <= q.spot && q.spot <= q.mint);
    assert!(i128::from(q.mint) >= i128::from(m.average));
    assert_eq!(q.spot - q.burn, m.confidence * u64::from(l.k));
    assert!(q.scale <= 13);
    assert_eq!(i64::from(q.scale), i64::from(decimals) - i64::from(m.exponent) - 6);
    assert!(m.publish_time >= last && i128::from(m.publish_time) <= i128::from(now) + 30);
    // Within the parameters' bounds what is burned is valued at four fifths of the price at least,
    // and what is minted at 3/2 of it at most.
    if l.max_conf_bps.checked_mul(u16::from(l.k)).is_some_and(|product| product <= 2_000) {
        assert!(big(q.burn) * 5 >= big(q.spot) * 4);
        if l.max_deviation_bps <= 2_000 {
            assert!(big(q.mint) * 2 <= big(q.spot) * 3);
        }
    }
}

/// `price * 10^exponent >= minimum * 10^-8`, exactly; exponents beyond reason are cut where the
/// outcome no longer changes.
fn reaches(price: u64, exponent: i32, minimum: u64) -> bool {
    let shift = exponent.saturating_add(8).clamp(-60, 60);
    let power = ten_to(shift.unsigned_abs());
    if shift >= 0 { big(price) * power >= big(minimum) } else { big(price) >= big(minimum) * power }
}

/// A price of 2 USD, fresh.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seed = vec![0, 0, 0, 0, 0];
    seed.extend_from_slice(&400_000_000u64.to_le_bytes());
    seed.extend_from_slice(&[0; 8]);
    seed.extend_from_slice(&[0, 8, 0, 0, 0, 0]);
    seed.extend_from_slice(&2_000u64.to_le_bytes());
    seed.extend_from_slice(&[0; 100]);
    vec![seed, (0..200u8).map(|i| i.wrapping_mul(11)).collect()]
}
