//! Turning accepted work, in micro-dollars, into tokens burned and tokens earned.

use crate::math::{BPS, mul_div_ceil, mul_div_floor, power_of_ten, share_ceil};
use crate::oracle::Quote;

/// `ceil(usd * 10^e / price)` base units; `usd` in micro-dollars, `price` a mantissa of scale `e`.
pub fn tokens_ceil(usd: u64, price: u64, scale: u32) -> Option<u128> {
    mul_div_ceil(u128::from(usd), power_of_ten(scale)?, u128::from(price))
}

/// `floor(tokens * price / 10^e)` micro-dollars; `tokens` in base units, `price` a mantissa of scale `e`.
pub fn usd_floor(tokens: u64, price: u64, scale: u32) -> Option<u128> {
    mul_div_floor(u128::from(tokens), u128::from(price), power_of_ten(scale)?)
}

/// What one conversion moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// Settled by it, micro-dollars (`U'`).
    pub usd: u64,
    /// Base units that leave the escrow and are burned.
    pub burned: u64,
    /// Of these the protocol's take, which nobody mints back.
    pub take: u64,
    /// Base units that the provider may mint.
    pub earned: u64,
}

/// Converts up to `outstanding` micro-dollars out of `escrow` base units (design, section 3):
///
/// ```text
/// burned = min(ceil(tokens(outstanding, burn price)), escrow)
/// usd    = min(outstanding, floor(usd(burned, burn price)))
/// take   = ceil(burned * take_bps / 10^4)
/// earned = min(burned - take, floor(usd * (10^4 - take_bps) * 10^e / (10^4 * mint price)))
/// ```
///
/// So `earned + take <= burned <= escrow` and `usd <= outstanding`, always. `None` if a product
/// leaves 128 bits, which prices that qualified cannot bring about.
#[inline(always)]
pub fn convert(outstanding: u64, escrow: u64, take_bps: u16, quote: &Quote) -> Option<Conversion> {
    let needed = tokens_ceil(outstanding, quote.burn, quote.scale)?;
    let burned = u64::try_from(needed.min(u128::from(escrow))).ok()?;
    let usd = if u128::from(burned) == needed {
        outstanding // as many tokens as it takes, rounded up, are worth that much at least
    } else {
        let worth = usd_floor(burned, quote.burn, quote.scale)?;
        u64::try_from(worth.min(u128::from(outstanding))).ok()?
    };
    let take = share_ceil(burned, take_bps)?;
    let kept = BPS.checked_sub(u64::from(take_bps))?;
    // Below 2^64 * 10^13 * 10^4, so 2^122.
    let worth = u128::from(usd).checked_mul(power_of_ten(quote.scale)?)?.wrapping_mul(u128::from(kept));
    let earned = worth.checked_div(u128::from(BPS).checked_mul(u128::from(quote.mint))?)?;
    let earned = u64::try_from(earned.min(u128::from(burned.checked_sub(take)?))).ok()?;
    Some(Conversion { usd, burned, take, earned })
}

/// What ending in kind moves, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InKind {
    /// Settled by it, micro-dollars.
    pub usd: u64,
    /// Leaves the escrow.
    pub tokens: u64,
    /// Of it burned: the take.
    pub burned: u64,
    /// Of it due to the provider.
    pub provider: u64,
}

/// Pays `outstanding` micro-dollars in tokens at the last price that qualified, nobody minting:
/// `tokens = min(ceil(tokens(outstanding, spot)), escrow)`, of which `ceil(tokens * take_bps / 10^4)` burns.
pub fn settle_in_kind(outstanding: u64, escrow: u64, take_bps: u16, spot: u64, scale: u32) -> Option<InKind> {
    let needed = tokens_ceil(outstanding, spot, scale)?;
    let tokens = u64::try_from(needed.min(u128::from(escrow))).ok()?;
    let burned = share_ceil(tokens, take_bps)?;
    let usd = u64::try_from(usd_floor(tokens, spot, scale)?.min(u128::from(outstanding))).ok()?;
    Some(InKind { usd, tokens, burned, provider: tokens.checked_sub(burned)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::PriceMessage;
    use proptest::prelude::*;

    fn quote(spot: u64, confidence: u64, average: u64, scale: u32) -> Quote {
        let message = PriceMessage {
            spot: spot as i64,
            confidence,
            exponent: 0,
            publish_time: 0,
            average: average as i64,
        };
        Quote { message, spot, burn: spot - confidence, mint: spot.max(average) + confidence, scale }
    }

    prop_compose! {
        fn quotes()(spot in 1_000u64..1 << 40, conf in 0u64..200, drift in 8_500u64..11_500, scale in 0u32..=13) -> Quote {
            quote(spot, spot * conf / 10_000, (spot * (drift / 100) / 100).max(1), scale)
        }
    }

    proptest! {
        #[test]
        fn a_conversion_conserves_and_never_pays_more_than_it_burns(
            outstanding in 0u64..1 << 50, escrow in 0u64..1 << 50, take in 1u16..=2_000, q in quotes(),
        ) {
            let c = convert(outstanding, escrow, take, &q).unwrap();
            prop_assert!(c.burned <= escrow);
            prop_assert!(c.usd <= outstanding);
            prop_assert!(c.earned + c.take <= c.burned);
            // Enough escrow settles everything.
            if c.burned < escrow { prop_assert_eq!(c.usd, outstanding); }
            // What is paid is never worth more, at the mint price, than the provider's share of what is settled.
            let worth = u128::from(c.earned) * u128::from(q.mint) * 10_000;
            prop_assert!(worth <= u128::from(c.usd) * u128::from(10_000 - take) * 10u128.pow(q.scale));
        }

        #[test]
        fn many_small_conversions_burn_at_most_one_unit_more_each_and_pay_no_more(
            parts in prop::collection::vec(1u64..100_000, 1..40), take in 1u16..=2_000, q in quotes(),
        ) {
            let total: u64 = parts.iter().sum();
            let whole = convert(total, u64::MAX, take, &q).unwrap();
            let (mut burned, mut earned, mut usd) = (0u64, 0u64, 0u64);
            for part in &parts {
                let c = convert(*part, u64::MAX, take, &q).unwrap();
                burned += c.burned;
                earned += c.earned;
                usd += c.usd;
            }
            prop_assert_eq!(usd, whole.usd);
            prop_assert!(burned >= whole.burned && burned - whole.burned <= parts.len() as u64);
            // Where the share of the burn binds, rounding up each burn can lift it by less than a unit each.
            prop_assert!(earned <= whole.burned - whole.take + parts.len() as u64);
        }

        #[test]
        fn in_kind_conserves(outstanding: u64, escrow: u64, take in 1u16..=2_000, spot in 1u64.., scale in 0u32..=13) {
            let paid = settle_in_kind(outstanding, escrow, take, spot, scale).unwrap();
            prop_assert!(paid.tokens <= escrow);
            prop_assert_eq!(paid.burned + paid.provider, paid.tokens);
            prop_assert!(paid.usd <= outstanding);
            if paid.tokens < escrow { prop_assert_eq!(paid.usd, outstanding); }
        }
    }

    #[test]
    fn a_plain_conversion_by_hand() {
        // 100 USD at exactly 2 USD a token of 9 decimals (exponent -8): 50 tokens, 5% take, no spread.
        let q = quote(200_000_000, 0, 200_000_000, 9 + 8 - 6);
        let c = convert(100_000_000, u64::MAX, 500, &q).unwrap();
        assert_eq!(
            c,
            Conversion {
                usd: 100_000_000,
                burned: 50_000_000_000,
                take: 2_500_000_000,
                earned: 47_500_000_000
            }
        );
    }

    #[test]
    fn an_escrow_too_small_settles_what_it_is_worth() {
        let q = quote(200_000_000, 0, 200_000_000, 11);
        let c = convert(100_000_000, 10_000_000_000, 500, &q).unwrap();
        assert_eq!((c.usd, c.burned), (20_000_000, 10_000_000_000));
        assert_eq!(convert(100_000_000, 0, 500, &q), Some(Conversion::default()));
    }
}
