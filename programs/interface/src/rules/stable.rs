//! The stable rail: accepted work is paid in dollars out of the escrow, and no price is involved
//! but for the bond, which is in compute tokens.

use crate::math::{BPS, mul_div_ceil, power_of_ten, share_ceil, share_floor};
use crate::oracle::Quote;

/// What was taken of a job so far, micro-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Settled, the take included.
    pub settled: u64,
    /// Of it the protocol's take.
    pub take: u64,
    /// Of the take the treasury's share.
    pub treasury: u64,
}

/// What one settling moves out of the escrow, micro-dollars, which are the stablecoin's base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Settled by it: the sum of the next three.
    pub usd: u64,
    /// Due to the provider.
    pub earned: u64,
    /// Due to the buyback vault.
    pub buyback: u64,
    /// Due to the treasury.
    pub treasury: u64,
}

/// Settles up to `outstanding` micro-dollars out of `escrow`:
///
/// ```text
/// usd      = min(outstanding, escrow)
/// take     = ceil((settled + usd) * take_bps / 10^4)       in total, what was taken before included
/// treasury = floor(take * treasury_bps / 10^4)             in total
/// ```
///
/// Both shares are of the total, so that settling in many parts takes exactly what settling at once
/// does. `None` if `taken` cannot have come about at these rates.
pub fn settle_stable(
    outstanding: u64,
    escrow: u64,
    taken: &Taken,
    take_bps: u16,
    treasury_bps: u16,
) -> Option<Settled> {
    let usd = outstanding.min(escrow);
    let take = share_ceil(taken.settled.checked_add(usd)?, take_bps)?;
    let treasury = share_floor(take, treasury_bps)?.checked_sub(taken.treasury)?;
    let take = take.checked_sub(taken.take)?;
    let buyback = take.checked_sub(treasury)?;
    Some(Settled { usd, earned: usd.checked_sub(take)?, buyback, treasury })
}

/// The bond of a job in base units of the compute token, for an escrow in micro-dollars:
/// `ceil(escrow * bond_bps * 10^e / (10^4 * m_b))`, rounded once.
pub fn stable_bond(escrow: u64, bond_bps: u16, quote: &Quote) -> Option<u64> {
    if u64::from(bond_bps) > BPS {
        return None;
    }
    // 64 + 14 + 44 bits.
    let dollars = u128::from(escrow).checked_mul(u128::from(bond_bps))?;
    let price = u128::from(quote.burn).checked_mul(u128::from(BPS))?;
    u64::try_from(mul_div_ceil(dollars, power_of_ten(quote.scale)?, price)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::PriceMessage;
    use proptest::prelude::*;

    fn quote(burn: u64, scale: u32) -> Quote {
        let message = PriceMessage { spot: 1, confidence: 0, exponent: 0, publish_time: 0, average: 1 };
        Quote { message, spot: burn, burn, mint: burn, scale }
    }

    proptest! {
        #[test]
        fn settling_in_parts_moves_exactly_what_settling_at_once_does(
            parts in prop::collection::vec(0u64..1 << 40, 1..30),
            escrow in 0u64..1 << 45, take_bps in 1u16..=2_000, treasury_bps in 0u16..=5_000,
        ) {
            let total: u64 = parts.iter().sum();
            let whole = settle_stable(total, escrow, &Taken::default(), take_bps, treasury_bps).unwrap();
            let (mut left, mut taken, mut earned) = (escrow, Taken::default(), 0);
            for part in parts {
                let s = settle_stable(part, left, &taken, take_bps, treasury_bps).unwrap();
                prop_assert_eq!(s.earned + s.buyback + s.treasury, s.usd);
                prop_assert!(s.usd == part.min(left));
                left -= s.usd;
                taken.settled += s.usd;
                taken.take += s.buyback + s.treasury;
                taken.treasury += s.treasury;
                earned += s.earned;
            }
            prop_assert_eq!(taken.settled, whole.usd);
            prop_assert_eq!(earned, whole.earned);
            prop_assert_eq!(taken.take, whole.buyback + whole.treasury);
            prop_assert_eq!(taken.treasury, whole.treasury);
        }

        #[test]
        fn a_bond_in_tokens_is_worth_its_share_and_no_unit_more(
            escrow in 0u64..1 << 50, bps in 100u16..=5_000, price in 1_000u64..1 << 40, scale in 5u32..=13,
        ) {
            let Some(bond) = stable_bond(escrow, bps, &quote(price, scale)) else { return Ok(()) };
            let owed = u128::from(escrow) * u128::from(bps) * 10u128.pow(scale);
            let worth = |tokens: u64| u128::from(tokens) * u128::from(price) * 10_000;
            prop_assert!(worth(bond) >= owed);
            prop_assert!(bond == 0 || worth(bond - 1) < owed);
        }
    }

    #[test]
    fn five_percent_of_two_dollars_by_hand() {
        let settled = settle_stable(2_000_001, u64::MAX, &Taken::default(), 500, 2_000).unwrap();
        // take = ceil(100,000.05), treasury = floor(20,000.2)
        assert_eq!(settled, Settled { usd: 2_000_001, earned: 1_900_000, buyback: 80_001, treasury: 20_000 });
    }

    #[test]
    fn the_extremes_neither_overflow_nor_contradict() {
        let all = settle_stable(u64::MAX, u64::MAX, &Taken::default(), 2_000, 5_000).unwrap();
        assert_eq!(all.usd, u64::MAX);
        let over = Taken { settled: 1, ..Taken::default() };
        assert_eq!(settle_stable(u64::MAX, u64::MAX, &over, 500, 0), None);
        let forged = Taken { settled: 0, take: 10, treasury: 0 };
        assert_eq!(settle_stable(1, 1, &forged, 500, 0), None);
        assert_eq!(stable_bond(u64::MAX, 5_000, &quote(1, 13)), None);
        assert_eq!(stable_bond(1, 10_001, &quote(1, 0)), None);
        // 10% of 60 USD at 1.999 USD a token of 9 decimals.
        assert_eq!(stable_bond(60_000_000, 1_000, &quote(199_900_000, 11)), Some(3_001_500_751));
    }
}
