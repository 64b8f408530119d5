//! The stable rail: accepted work is paid in dollars out of the escrow, and no price is involved.

use crate::math::{share_ceil, share_floor};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::PriceMessage;
    use proptest::prelude::*;

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
    }
}
