//! Reverse auctions: when they are held and which bid leads.

use crate::SettlementError;
use crate::parameters::Parameters;
use crate::terms::Order;

/// A bid replaces the best one only if it is lower by at least 1%: `new * 100 <= best * 99`. What
/// undercuts by less is kept without leading, so that nobody wins by one micro-dollar at the last second.
pub fn beats(new: u64, best: u64) -> bool {
    u128::from(new).saturating_mul(100) <= u128::from(best).saturating_mul(99)
}

/// Refuses an order whose bidding contradicts its other times, at `now`; an order without an auction
/// needs none, and then nothing that belongs to one. An auction that could end too late for anybody to
/// start in time would lock bonds for nothing.
pub fn check_auction(order: &Order, parameters: &Parameters, now: i64) -> Result<(), SettlementError> {
    if order.open_acceptance > 1 || (order.bid_end == 0 && order.open_acceptance != 0) {
        return Err(SettlementError::UnsupportedTerms);
    }
    let in_order = order.bid_end == 0
        || (now < order.bid_end
            && order.bid_end < order.offer_by
            && order.offer_by <= order.bid_end.saturating_add(parameters.accept_window)
            && order.bid_end.saturating_add(parameters.min_lead) <= order.start_by);
    if in_order { Ok(()) } else { Err(SettlementError::AuctionTimes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_beats_a_bid_is_lower_by_a_hundredth_of_it(new: u64, best: u64) {
            let lower = i128::from(best) * 99 - i128::from(new) * 100;
            prop_assert_eq!(beats(new, best), lower >= 0);
            prop_assert!(!(beats(new, best) && beats(best, new)) || (new, best) == (0, 0));
        }
    }

    #[test]
    fn a_hundredth_is_enough_and_less_is_not() {
        assert!(beats(99, 100));
        assert!(!beats(991, 1_000));
        assert!(!beats(100, 100));
        assert!(beats(1, 2));
        assert!(!beats(1, 1));
        assert!(!beats(u64::MAX, u64::MAX));
    }

    #[test]
    fn times_hold_on_both_sides_of_each_bound() {
        let parameters = Parameters { accept_window: 100, min_lead: 10, ..Parameters::DEFAULT };
        let check = |bid_end, offer_by, start_by| {
            let order = Order { bid_end, offer_by, start_by, ..Order::zeroed() };
            check_auction(&order, &parameters, 1_000)
        };
        assert_eq!(check(1_001, 1_002, 1_011), Ok(()));
        let wrong = Err(SettlementError::AuctionTimes);
        assert_eq!(check(1_000, 1_002, 1_011), wrong);
        assert_eq!(check(1_001, 1_001, 1_011), wrong);
        assert_eq!(check(1_001, 1_101, 1_200), Ok(()));
        assert_eq!(check(1_001, 1_102, 1_200), wrong);
        assert_eq!(check(1_001, 1_002, 1_010), wrong);
        assert_eq!(check(-1, 1_002, 1_011), wrong);
        assert_eq!(check(i64::MAX, i64::MAX, i64::MAX), wrong);
        assert_eq!(check(0, 1_002, 1_002), Ok(()));
    }

    #[test]
    fn open_acceptance_belongs_to_auctions() {
        let check = |bid_end, open_acceptance| {
            let order = Order { bid_end, offer_by: 12, start_by: 9_999, open_acceptance, ..Order::zeroed() };
            check_auction(&order, &Parameters::DEFAULT, 10)
        };
        assert_eq!(check(11, 1), Ok(()));
        assert_eq!(check(11, 2), Err(SettlementError::UnsupportedTerms));
        assert_eq!(check(0, 1), Err(SettlementError::UnsupportedTerms));
    }
}
