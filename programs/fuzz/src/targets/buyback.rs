//! The buyback's auction against integers without a width, and whole rounds of it.

use crate::big::{big, ceil, same, ten_to};
use crate::input::Input;
use settlement_interface::oracle::{PriceMessage, Quote};
use settlement_interface::rules::buyback::{
    FALL, FLOOR_BPS, SIGHT, START_BPS, asked, counted, factor_bps, fill, is_within, worth,
};

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (first, second) = (input.amount(), input.amount());
    let (early, late) = (first.min(second), first.max(second));
    let (high, low) = (factor_bps(early).unwrap(), factor_bps(late).unwrap());
    assert!(FLOOR_BPS <= low && low <= high && high <= START_BPS);
    assert_eq!(high, START_BPS - 1_300 * early.min(FALL) / FALL);

    let (dollars, price, scale) = (input.amount(), input.amount(), u32::from(input.u8() % 16));
    let factor = if input.bool() { low } else { input.u64() };
    // Past 128 bits there is no result; no factor of the auction leads there.
    let fits = big(dollars) * factor * ten_to(scale) < big(1) << 128;
    let expected = (price > 0 && scale <= 13 && fits)
        .then(|| ceil(&(big(dollars) * factor * ten_to(scale)), &(big(price) * 10_000)));
    assert!(fits || factor > START_BPS);
    same(asked(dollars, factor, price, scale), expected);

    clock(&mut input);
    round(&mut input, price.max(1), scale.min(13));

    let (tokens, filled, max, wanted) = (input.amount(), input.amount(), input.amount(), input.amount());
    let within = wanted > 0 && big(tokens) <= ceil(&(big(max) * filled), &big(wanted));
    assert_eq!(is_within(tokens, filled, max, wanted), within);
    let (spot, average) = (input.amount(), input.i64());
    let message = PriceMessage { spot: 0, confidence: 0, exponent: 0, publish_time: 0, average };
    let quote = Quote { message, spot, burn: spot, mint: spot, scale: 0 };
    assert_eq!(worth(&quote), u64::try_from(average).ok().map(|average| average.min(spot)));
}

/// No more time counts than passed, and none more than an hour after a price was seen.
fn clock(input: &mut Input) {
    let near = |input: &mut Input| if input.u8() < 250 { i64::from(input.u16()) } else { input.i64() };
    let (ticked, seen, now) = (near(input), near(input), near(input));
    let found = i128::from(counted(ticked, seen, now));
    let (sight, passed) = (i128::from(SIGHT), (i128::from(now) - i128::from(ticked)).max(0));
    assert!(found <= passed.min(2 * sight));
    let between = ticked < seen && seen < now;
    let from_seen = (i128::from(now) - i128::from(seen)).min(sight);
    let to_seen = (i128::from(seen) - i128::from(ticked)).min(sight);
    assert_eq!(found, if between { to_seen + from_seen } else { passed.min(sight) });
}

/// A lot sold in fills of any size at one price: conserved, over after ten, no cheaper than at once.
fn round(input: &mut Input, price: u64, scale: u32) {
    let lot = input.amount();
    let (mut left, mut fills, mut burned) = (lot, 0, Some(0u128));
    for _ in 0..40 {
        let wanted = input.amount();
        let least = lot.div_ceil(10).min(left);
        let Some(filled) = fill(wanted, lot, left) else {
            assert!(wanted < least || left == 0);
            continue;
        };
        assert!(filled > 0 && filled >= least && filled <= left && filled <= wanted);
        left -= filled;
        fills += 1;
        burned = burned.zip(asked(filled, FLOOR_BPS, price, scale)).map(|(sum, next)| sum + u128::from(next));
    }
    assert!(fills <= 10);
    if let (0, Some(burned)) = (left, burned) {
        let floor = ceil(&(big(lot) * FLOOR_BPS * ten_to(scale)), &(big(price) * 10_000));
        assert!(big(burned) >= floor, "splitting a lot burns less");
    }
    assert!(left == 0 || fill(left, lot, left) == Some(left), "what is left can be taken whole");
}

/// A plain round.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![(0..250u8).map(|i| i.wrapping_mul(17)).collect(), vec![0x20; 400]]
}
