//! The limit of unconverted work, by multiplication alone: a batch checks it for every job.

use super::SECURED_BPS;
use crate::math::{BPS, power_of_ten};

/// 70% of what an escrow is worth at one price.
#[derive(Clone, Copy, Debug)]
pub struct Security {
    worth: u128,
    unit: u128,
}

impl Security {
    /// At a price of mantissa `spot` and scale `e`; `None` for a scale that no price has.
    pub fn at(spot: u64, scale: u32) -> Option<Self> {
        let worth = u128::from(spot).checked_mul(u128::from(SECURED_BPS))?;
        Some(Self { worth, unit: power_of_ten(scale)?.checked_mul(u128::from(BPS))? })
    }

    /// Whether `usd` micro-dollars are at most that of `escrow` base units:
    /// `usd * 10^4 * 10^e <= 7,000 * escrow * spot`, exactly.
    pub fn covers(&self, usd: u64, escrow: u64) -> bool {
        let Some(work) = u128::from(usd).checked_mul(self.unit) else { return false };
        // What leaves 128 bits is more than any work.
        self.worth.checked_mul(u128::from(escrow)).is_none_or(|worth| work <= worth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{is_secured, usd_floor};
    use proptest::prelude::*;

    #[test]
    fn seventy_percent_and_not_a_micro_dollar_more() {
        // 60 tokens of 9 decimals at 2 USD: 120 USD, of which 84.
        let limit = Security::at(200_000_000, 11).unwrap();
        assert!(limit.covers(84_000_000, 60_000_000_000));
        assert!(!limit.covers(84_000_001, 60_000_000_000));
        assert!(limit.covers(0, 0) && !limit.covers(1, 0));
        assert!(!Security::at(0, 11).unwrap().covers(1, u64::MAX));
        assert!(Security::at(1, 14).is_none());
    }

    proptest! {
        #[test]
        fn whatever_the_division_allows_the_product_does(
            usd: u64, escrow: u64, spot in 1u64.., scale in 0u32..=13,
        ) {
            if let Some(worth) = usd_floor(escrow, spot, scale) {
                let limit = Security::at(spot, scale).unwrap();
                prop_assert!(!is_secured(usd, worth) || limit.covers(usd, escrow));
                // And never a whole micro-dollar of worth more.
                prop_assert!(is_secured(usd, worth.saturating_add(1)) || !limit.covers(usd, escrow));
            }
        }
    }
}
