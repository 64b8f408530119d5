//! A provider's quality and the rebate that it earns.

use crate::math::{SMALL, share_floor};
use crate::parameters::DAY;

/// Good and bad halve once per this many seconds: 30 days.
pub const HALF_LIFE: i64 = 30 * DAY;
/// Weight of a failure against a success, in the quality.
const BAD_WEIGHT: u64 = 4;
/// Micro-dollars of good work at which a blemish-free newcomer reaches half of the way: 100 USD.
const NEWCOMER: u64 = 100_000_000;

/// Whole half-lives between `since` and `now`, and the time to count from next.
#[inline(always)]
pub fn halvings(since: i64, now: i64) -> (u32, i64) {
    // Unsigned, because the VM has no signed division.
    let elapsed = u64::try_from(now.saturating_sub(since)).unwrap_or(0);
    let count = elapsed.checked_div(HALF_LIFE.unsigned_abs()).unwrap_or(0);
    let counted = i64::try_from(count.wrapping_mul(HALF_LIFE.unsigned_abs())).unwrap_or(i64::MAX);
    (u32::try_from(count).unwrap_or(u32::MAX), since.saturating_add(counted))
}

/// `5,000 + floor(5,000 * good / (good + 4 * bad + 10^8))` basis points; `good` and `bad` in micro-dollars.
#[inline(always)]
pub fn quality(good: u64, bad: u64) -> u16 {
    let share = if good < SMALL && bad < SMALL {
        let all = good.wrapping_add(bad.wrapping_mul(BAD_WEIGHT)).wrapping_add(NEWCOMER);
        good.wrapping_mul(5_000).checked_div(all)
    } else {
        let (good, bad) = (u128::from(good), u128::from(bad));
        let bad = bad.saturating_mul(u128::from(BAD_WEIGHT));
        let all = good.saturating_add(bad).saturating_add(u128::from(NEWCOMER));
        good.saturating_mul(5_000).checked_div(all).and_then(|share| u64::try_from(share).ok())
    };
    u16::try_from(share.unwrap_or(0).saturating_add(5_000)).unwrap_or(5_000)
}

/// `floor(rebate_bps * take / 10^4)` base units that an epoch's rebates may mint together.
pub fn rebate_pool(take: u64, rebate_bps: u16) -> Option<u64> {
    share_floor(take, rebate_bps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_spans_half_to_whole() {
        assert_eq!(quality(0, 0), 5_000);
        assert_eq!(quality(0, u64::MAX), 5_000);
        assert_eq!(quality(100_000_000, 0), 7_500);
        assert_eq!(quality(u64::MAX, 0), 9_999);
        assert_eq!(quality(400_000_000, 100_000_000), 5_000 + 5_000 * 4 / 9);
    }

    #[test]
    fn only_whole_half_lives_count_and_the_rest_is_kept() {
        assert_eq!(halvings(100, 100 + HALF_LIFE - 1), (0, 100));
        assert_eq!(halvings(100, 100 + 2 * HALF_LIFE + 5), (2, 100 + 2 * HALF_LIFE));
        assert_eq!(halvings(100, 50), (0, 100));
    }

    #[test]
    fn self_dealing_gets_back_at_most_half_of_its_take() {
        // Best quality among the worst, alone with one unit of somebody else's take.
        let (own, others) = (1_000_000u64, [1u64, 1_000, 1_000_000, u64::MAX / 4]);
        for other in others {
            let take = own + other;
            let pool = rebate_pool(take, 2_500).unwrap();
            let weight = u128::from(own) * 9_999;
            let total = weight + u128::from(other) * 5_000;
            let back = crate::math::proportion_floor(pool, weight, total).unwrap();
            assert!(back <= own / 2, "{back} of {own} with {other}");
        }
    }
}
