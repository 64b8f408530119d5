//! The stable rail against integers without a width: what a settling moves, settled in any parts, and the bond.

use crate::big::{big, ceil, floor, same, ten_to};
use crate::input::Input;
use settlement_interface::rules::{Taken, bond_asked, escrow_worth, is_depleted, settle_stable};
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (take_bps, treasury_bps) = (input.up_to(10_000) as u16, input.up_to(10_000) as u16);
    let escrow = input.amount();
    let parts: Vec<u64> = (0..1 + input.u8() % 16).map(|_| input.amount() >> 5).collect();
    let total: u64 = parts.iter().sum();

    let usd = total.min(escrow);
    let take = ceil(&(big(usd) * take_bps), &big(10_000));
    let treasury = floor(&(&take * treasury_bps), &big(10_000));
    let whole = settle_stable(total, escrow, &Taken::default(), take_bps, treasury_bps).expect("in range");
    assert_eq!(big(whole.earned), big(usd) - &take);
    assert_eq!((big(whole.treasury), big(whole.buyback)), (treasury.clone(), &take - &treasury));

    let (mut left, mut taken, mut outstanding, mut earned) = (escrow, Taken::default(), 0, 0);
    for part in parts {
        outstanding += part;
        let moved = settle_stable(outstanding, left, &taken, take_bps, treasury_bps).expect("in range");
        assert_eq!(moved.earned + moved.buyback + moved.treasury, moved.usd);
        assert_eq!(moved.usd, outstanding.min(left));
        left -= moved.usd;
        outstanding -= moved.usd;
        earned += moved.earned;
        taken.settled += moved.usd;
        taken.take += moved.buyback + moved.treasury;
        taken.treasury += moved.treasury;
    }
    assert_eq!(big(taken.take), take, "parts take what the whole does");
    assert_eq!((big(taken.treasury), earned), (treasury, whole.earned));

    // Anything at all as what was taken before: refused or conserved, never a panic.
    let before = Taken { settled: input.amount(), take: input.amount(), treasury: input.amount() };
    if let Some(moved) = settle_stable(input.amount(), escrow, &before, input.u16(), input.u16()) {
        assert_eq!(
            u128::from(moved.earned) + u128::from(moved.buyback) + u128::from(moved.treasury),
            u128::from(moved.usd)
        );
    }
    bonds(&mut input, escrow);
}

fn bonds(input: &mut Input, escrow: u64) {
    let (rail, bps, price, scale) = (input.u8() % 4, input.u16(), input.amount(), u32::from(input.u8() % 16));
    let scaled = (price > 0 && scale <= 13).then(|| big(escrow) * bps * ten_to(scale));
    let expected = match rail {
        RAIL_TOKEN => (bps <= 10_000).then(|| ceil(&(big(escrow) * bps), &big(10_000))),
        RAIL_STABLE => scaled.map(|dollars| ceil(&dollars, &(big(price) * 10_000))),
        _ => None,
    };
    same(bond_asked(rail, escrow, bps, price, scale), expected);
    let worth = match rail {
        RAIL_TOKEN => (scale <= 13).then(|| floor(&(big(escrow) * price), &ten_to(scale))),
        RAIL_STABLE => Some(big(escrow)),
        _ => None,
    };
    same(escrow_worth(rail, escrow, price, scale), worth);
    let bond = input.amount();
    assert_eq!(is_depleted(bond, escrow), big(bond) * 2 < big(escrow));
}

/// Two parts out of an escrow that suffices, and out of one that does not.
pub fn seeds() -> Vec<Vec<u8>> {
    [0u8, 40].map(|shift| (0..160u8).map(|i| if i == 16 { shift } else { i.wrapping_mul(3) }).collect()).into()
}
