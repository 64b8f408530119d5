//! What bond a job's terms ask for, on either rail, and when it has become too small.

use super::{bond, usd_floor};
use crate::math::{BPS, mul_div_ceil, power_of_ten};
use crate::terms::{RAIL_STABLE, RAIL_TOKEN};

/// The bond that terms ask for, base units of the compute token. On the token rail `ceil(escrow *
/// bond_bps / 10^4)`, whatever the price; on the stable rail, where the escrow is micro-dollars, as much as that
/// share is worth at `price`, a mantissa of scale `e`: `ceil(escrow * bond_bps * 10^e / (10^4 * price))`.
pub fn bond_asked(rail: u8, escrow: u64, bond_bps: u16, price: u64, scale: u32) -> Option<u64> {
    match rail {
        RAIL_TOKEN => bond(escrow, bond_bps),
        RAIL_STABLE => {
            // 64 + 14 + 44 bits; rounded once.
            let dollars = u128::from(escrow).checked_mul(u128::from(bond_bps))?;
            let price = u128::from(price).checked_mul(u128::from(BPS))?;
            u64::try_from(mul_div_ceil(dollars, power_of_ten(scale)?, price)?).ok()
        }
        _ => None,
    }
}

/// The largest escrow that a bond is enough for at `price`, the inverse of [`bond_asked`], rounded down and
/// at most `most`.
pub fn escrow_covered(rail: u8, bond: u64, bond_bps: u16, price: u64, scale: u32, most: u64) -> Option<u64> {
    let bond = u128::from(bond).checked_mul(u128::from(BPS))?;
    let escrow = match rail {
        RAIL_TOKEN => bond.checked_div(u128::from(bond_bps))?,
        RAIL_STABLE => {
            let unit = power_of_ten(scale)?.checked_mul(u128::from(bond_bps))?;
            // What leaves 128 bits covers more than there is.
            bond.checked_mul(u128::from(price)).map_or(Some(u128::MAX), |worth| worth.checked_div(unit))?
        }
        _ => return None,
    };
    Some(u64::try_from(escrow).unwrap_or(u64::MAX).min(most))
}

/// The bond that terms would ask for an escrow worth the work that is pending, base units of the compute
/// token; `pending` in micro-dollars. On the token rail at most what they ask for the escrow that is left,
/// which is all that the work can be paid from.
pub fn pending_bond(
    rail: u8,
    pending: u64,
    escrow: u64,
    bond_bps: u16,
    price: u64,
    scale: u32,
) -> Option<u64> {
    let worth = bond_asked(RAIL_STABLE, pending, bond_bps, price, scale);
    match rail {
        RAIL_TOKEN => bond(escrow, bond_bps).map(|most| worth.map_or(most, |worth| worth.min(most))),
        _ => worth,
    }
}

/// What an escrow is worth, micro-dollars, rounded down; `price` a mantissa of scale `e`. A stablecoin of
/// 6 decimals counts at its face.
pub fn escrow_worth(rail: u8, escrow: u64, price: u64, scale: u32) -> Option<u128> {
    match rail {
        RAIL_TOKEN => usd_floor(escrow, price, scale),
        RAIL_STABLE => Some(u128::from(escrow)),
        _ => None,
    }
}

/// Whether a bond has fallen below half of what the terms ask for: then it is topped up, or the
/// consumer may leave without a fee.
pub fn is_depleted(bond: u64, asked: u64) -> bool {
    u128::from(bond).saturating_mul(2) < u128::from(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stable_bond_is_worth_its_share_and_one_unit_less_is_not(
            escrow in 1u64..1 << 50, bond_bps in 100u16..=5_000, price in 1u64 << 10..1 << 50,
        ) {
            let Some(bond) = bond_asked(RAIL_STABLE, escrow, bond_bps, price, 11) else { return Ok(()) };
            let worth = |tokens: u64| u128::from(tokens) * u128::from(price) * 10_000;
            let asked = u128::from(escrow) * u128::from(bond_bps) * 10u128.pow(11);
            prop_assert!(worth(bond) >= asked);
            prop_assert!(worth(bond - 1) < asked);
        }
    }

    #[test]
    fn a_token_bond_needs_no_price_and_an_unknown_rail_has_none() {
        assert_eq!(bond_asked(RAIL_TOKEN, 1_001, 1_000, 0, 99), Some(101));
        assert_eq!(bond_asked(RAIL_STABLE, 1_001, 1_000, 0, 11), None);
        assert_eq!(bond_asked(0, 1_001, 1_000, 1, 1), None);
        assert_eq!(bond_asked(RAIL_STABLE, u64::MAX, 5_000, 1, 13), None);
        // 10% of 60 USD at 1.999 USD a token of 9 decimals.
        assert_eq!(bond_asked(RAIL_STABLE, 60_000_000, 1_000, 199_900_000, 11), Some(3_001_500_751));
    }

    proptest! {
        #[test]
        fn what_a_bond_covers_asks_for_no_more_than_it_and_one_unit_more_does(
            rail in RAIL_TOKEN..=RAIL_STABLE, bond in 0u64..1 << 50, bond_bps in 100u16..=5_000,
            price in 1u64 << 10..1 << 50,
        ) {
            let covered = escrow_covered(rail, bond, bond_bps, price, 11, u64::MAX).unwrap();
            let asked = |escrow| bond_asked(rail, escrow, bond_bps, price, 11);
            prop_assert!(asked(covered).unwrap() <= bond);
            prop_assert!(covered == u64::MAX || asked(covered + 1).is_none_or(|asked| asked > bond));
            prop_assert_eq!(escrow_covered(rail, bond, bond_bps, price, 11, 7), Some(covered.min(7)));
        }
    }

    #[test]
    fn pending_work_asks_for_what_an_escrow_of_its_worth_does() {
        // 2 USD at 2 USD a token of 9 decimals: a tenth of a token; on the token rail no more than the escrow's.
        assert_eq!(pending_bond(RAIL_STABLE, 2_000_000, 0, 1_000, 200_000_000, 11), Some(100_000_000));
        assert_eq!(
            pending_bond(RAIL_TOKEN, 2_000_000, 60_000_000_000, 1_000, 200_000_000, 11),
            Some(100_000_000)
        );
        assert_eq!(pending_bond(RAIL_TOKEN, 2_000_000, 1_000, 1_000, 200_000_000, 11), Some(100));
        assert_eq!(pending_bond(RAIL_TOKEN, u64::MAX, 1_000, 1_000, 1, 13), Some(100));
        assert_eq!(pending_bond(RAIL_STABLE, u64::MAX, 0, 1_000, 1, 13), None);
    }

    #[test]
    fn half_of_a_bond_is_enough_and_less_is_not() {
        assert!(!is_depleted(50, 100));
        assert!(is_depleted(49, 100));
        assert!(!is_depleted(51, 101));
        assert!(is_depleted(50, 101));
        assert!(!is_depleted(0, 0));
        assert!(!is_depleted(u64::MAX, u64::MAX));
    }

    #[test]
    fn an_escrow_is_worth_its_price_rounded_down_or_its_face() {
        // 3 tokens of 9 decimals at 2 USD with 8 places: scale 9 + 8 - 6 = 11.
        assert_eq!(escrow_worth(RAIL_TOKEN, 3_000_000_000, 200_000_000, 11), Some(6_000_000));
        assert_eq!(escrow_worth(RAIL_TOKEN, 499, 200_000_000, 11), Some(0));
        assert_eq!(escrow_worth(RAIL_STABLE, 6_000_000, 0, 99), Some(6_000_000));
        assert_eq!(escrow_worth(9, 1, 1, 1), None);
    }
}
