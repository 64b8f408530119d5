//! Which jobs a standing offer takes in the provider's name.

use crate::accounts::StandingOffer;
use crate::math::BPS;
use crate::terms::{METER_REGISTERED, METER_SESSION, Order, RAIL_STABLE, RAIL_TOKEN};
use crate::{Address, SettlementError};

/// Units that `floor_rate` is quoted for: an hour of one GPU in milliseconds.
pub const FLOOR_UNIT: u64 = 3_600_000;

/// The bit of a rail in [`StandingOffer::rails`]; none for an unknown rail.
pub const fn rail_bit(rail: u8) -> u8 {
    match rail {
        RAIL_TOKEN => 1,
        RAIL_STABLE => 2,
        _ => 0,
    }
}

/// What an acceptance adds to a job's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// Unix seconds.
    pub now: i64,
    /// Who signs for the provider: must not sign the receipts as well.
    pub authority: Address,
    /// Jobs that the provider has open, this one not included.
    pub jobs_open: u64,
    /// `sha256` of the job's parameters.
    pub parameters: [u8; 32],
    /// Bond that the job would lock, base units.
    pub bond: u64,
    /// What the job's escrow is worth, micro-dollars.
    pub worth: u128,
}

/// Refuses an offer that contradicts itself, that has expired, or whose parameters are not those
/// in force (by their `sha256`). All zero, the offer of nothing, is in order.
pub fn check_standing(offer: &StandingOffer, now: i64, parameters: &[u8; 32]) -> Result<(), SettlementError> {
    if *offer == StandingOffer::NONE {
        return Ok(());
    }
    let known = rail_bit(RAIL_TOKEN) | rail_bit(RAIL_STABLE);
    let in_form = offer.floor_rate > 0
        && offer.min_budget > 0
        && offer.min_budget <= offer.max_budget
        && offer.max_unit_cap > 0
        && offer.max_bond > 0
        && offer.min_lead >= 0
        && offer.max_duration > 0
        && offer.until > now
        && offer.max_jobs > 0
        && u64::from(offer.max_sla_bps) <= BPS
        && offer.rails != 0
        && offer.rails & !known == 0
        && offer.reserved == [0; 5];
    if !in_form {
        return Err(SettlementError::StandingOfferForm);
    }
    if offer.parameters != *parameters {
        return Err(SettlementError::ParametersChanged);
    }
    Ok(())
}

/// Whether the rate reaches the floor: `rate / unit >= floor_rate / 3,600,000`, by multiplication.
fn reaches_floor(order: &Order, floor_rate: u64) -> bool {
    let asked = u128::from(floor_rate).saturating_mul(u128::from(order.unit));
    u128::from(order.rate).saturating_mul(u128::from(FLOOR_UNIT)) >= asked
}

/// Whether the escrow is worth its share of the budget.
fn is_covered(order: &Order, min_cover_bps: u16, worth: u128) -> bool {
    let asked = u128::from(order.budget).saturating_mul(u128::from(min_cover_bps));
    worth.saturating_mul(u128::from(BPS)) >= asked
}

/// Whether the receipts come from somebody whom the offer names: any session key of the consumer, or
/// precisely its registered meter; never the provider itself.
fn takes_meter(offer: &StandingOffer, order: &Order, authority: &Address) -> bool {
    let kind = match order.meter_kind {
        METER_SESSION => true,
        METER_REGISTERED => offer.meter != Address::default() && order.meter == offer.meter,
        _ => false,
    };
    kind && order.meter != *authority
}

/// Refuses a job that lies outside of what the provider stated. A job that fits needs no other consent.
pub fn fits(offer: &StandingOffer, order: &Order, on: &Occasion) -> Result<(), SettlementError> {
    if offer.max_budget == 0 || on.now > offer.until {
        return Err(SettlementError::NoStandingOffer);
    }
    if on.jobs_open >= u64::from(offer.max_jobs) {
        return Err(SettlementError::StandingOfferFull);
    }
    if on.parameters != offer.parameters {
        return Err(SettlementError::ParametersChanged);
    }
    if on.bond > offer.max_bond {
        return Err(SettlementError::BondTooHigh);
    }
    let verified = order.verifiable == 0 || (offer.panel != [0; 32] && order.panel == offer.panel);
    // A minimum price delays what the provider is paid, until `convert_by` at the latest.
    let paid_at_any_price = order.min_price == 0 || order.convert_by <= on.now;
    let inside = order.budget >= offer.min_budget
        && order.budget <= offer.max_budget
        && order.unit_cap <= offer.max_unit_cap
        && order.hardware == offer.hardware
        && order.sla_bps <= offer.max_sla_bps
        && rail_bit(order.rail) & offer.rails != 0
        && order.start_by >= on.now.saturating_add(offer.min_lead)
        && order.end_by <= on.now.saturating_add(offer.max_duration)
        && verified
        && paid_at_any_price
        && reaches_floor(order, offer.floor_rate)
        && is_covered(order, offer.min_cover_bps, on.worth)
        && takes_meter(offer, order, &on.authority);
    if inside { Ok(()) } else { Err(SettlementError::OutsideStandingOffer) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    const NOW: i64 = 1_000_000;
    const METER: Address = Address::new_from_array([3; 32]);
    const SESSION: Address = Address::new_from_array([4; 32]);

    fn offer() -> StandingOffer {
        StandingOffer {
            parameters: [7; 32],
            floor_rate: 1_000,
            min_budget: 100,
            max_budget: 200,
            max_unit_cap: 8_000,
            max_bond: 50,
            min_lead: 60,
            max_duration: 600,
            until: NOW + 10,
            max_jobs: 2,
            hardware: 1,
            max_sla_bps: 9_000,
            min_cover_bps: 10_000,
            rails: 1,
            ..StandingOffer::NONE
        }
    }

    fn order() -> Order {
        Order {
            meter: SESSION,
            budget: 150,
            rate: 1_000,
            unit: FLOOR_UNIT,
            unit_cap: 8_000,
            start_by: NOW + 60,
            end_by: NOW + 600,
            hardware: 1,
            rail: RAIL_TOKEN,
            meter_kind: METER_SESSION,
            ..Order::zeroed()
        }
    }

    fn occasion() -> Occasion {
        let authority = Address::new_from_array([9; 32]);
        Occasion { now: NOW, authority, jobs_open: 1, parameters: [7; 32], bond: 50, worth: 150 }
    }

    fn judge(
        edit: impl FnOnce(&mut StandingOffer, &mut Order, &mut Occasion),
    ) -> Result<(), SettlementError> {
        let (mut offer, mut order, mut on) = (offer(), order(), occasion());
        edit(&mut offer, &mut order, &mut on);
        fits(&offer, &order, &on)
    }

    #[test]
    fn a_job_at_every_bound_fits_and_one_step_beyond_each_does_not() {
        use SettlementError as E;
        assert_eq!(judge(|_, _, _| {}), Ok(()));
        let outside = Err(E::OutsideStandingOffer);
        assert_eq!(judge(|_, order, _| order.budget = 99), outside);
        assert_eq!(judge(|_, order, on| (order.budget, on.worth) = (100, 100)), Ok(()));
        assert_eq!(judge(|_, order, on| (order.budget, on.worth) = (200, 200)), Ok(()));
        assert_eq!(judge(|_, order, on| (order.budget, on.worth) = (201, 201)), outside);
        assert_eq!(judge(|_, _, on| on.worth = 149), outside);
        assert_eq!(judge(|offer, _, on| (offer.min_cover_bps, on.worth) = (0, 0)), Ok(()));
        assert_eq!(judge(|_, order, _| order.unit_cap = 8_001), outside);
        assert_eq!(judge(|_, order, _| order.rate = 999), outside);
        assert_eq!(judge(|_, order, _| order.unit += 1), outside);
        assert_eq!(judge(|_, order, _| (order.rate, order.unit) = (1, 3_600)), Ok(()));
        assert_eq!(judge(|_, order, _| order.hardware = 2), outside);
        assert_eq!(judge(|_, order, _| order.sla_bps = 9_000), Ok(()));
        assert_eq!(judge(|_, order, _| order.sla_bps = 9_001), outside);
        assert_eq!(judge(|_, order, _| order.start_by -= 1), outside);
        assert_eq!(judge(|_, order, _| order.end_by += 1), outside);
        assert_eq!(judge(|_, order, _| order.min_price = 1), Ok(()));
        assert_eq!(judge(|_, order, _| (order.min_price, order.convert_by) = (1, NOW)), Ok(()));
        assert_eq!(judge(|_, order, _| (order.min_price, order.convert_by) = (1, NOW + 1)), outside);
        assert_eq!(judge(|offer, _, _| offer.until = NOW), Ok(()));
        assert_eq!(judge(|offer, _, _| offer.until = NOW - 1), Err(E::NoStandingOffer));
        assert_eq!(judge(|offer, _, _| *offer = StandingOffer::NONE), Err(E::NoStandingOffer));
        assert_eq!(judge(|_, _, on| on.jobs_open = 2), Err(E::StandingOfferFull));
        assert_eq!(judge(|_, _, on| on.bond = 51), Err(E::BondTooHigh));
        assert_eq!(judge(|_, _, on| on.parameters = [8; 32]), Err(E::ParametersChanged));
    }

    #[test]
    fn rails_meters_and_panels_are_those_that_the_offer_names() {
        let outside = Err(SettlementError::OutsideStandingOffer);
        assert_eq!(judge(|_, order, _| order.rail = RAIL_STABLE), outside);
        assert_eq!(judge(|offer, order, _| (offer.rails, order.rail) = (3, RAIL_STABLE)), Ok(()));
        assert_eq!(judge(|offer, order, _| (offer.rails, order.rail) = (3, 0)), outside);
        // A session key is never the provider's, whatever meter the offer names.
        assert_eq!(judge(|_, order, on| order.meter = on.authority), outside);
        assert_eq!(judge(|offer, _, _| offer.meter = METER), Ok(()));
        let registered = |named: Address, found: Address| {
            judge(|offer, order, _| {
                (order.meter_kind, order.meter, offer.meter) = (METER_REGISTERED, found, named);
            })
        };
        assert_eq!(registered(METER, METER), Ok(()));
        assert_eq!(registered(METER, SESSION), outside);
        assert_eq!(registered(Address::default(), METER), outside);
        assert_eq!(registered(Address::default(), Address::default()), outside);
        assert_eq!(judge(|_, order, _| order.meter_kind = 0), outside);
        let verifiable = |named: [u8; 32], found: [u8; 32]| {
            judge(|offer, order, _| (order.verifiable, order.panel, offer.panel) = (1, found, named))
        };
        assert_eq!(verifiable([5; 32], [5; 32]), Ok(()));
        assert_eq!(verifiable([5; 32], [6; 32]), outside);
        assert_eq!(verifiable([0; 32], [0; 32]), outside);
        assert_eq!(judge(|offer, _, _| offer.panel = [5; 32]), Ok(()));
    }

    #[test]
    fn an_offer_states_every_limit_or_nothing_at_all() {
        use SettlementError as E;
        let check = |edit: fn(&mut StandingOffer)| {
            let mut offer = offer();
            edit(&mut offer);
            check_standing(&offer, NOW, &[7; 32])
        };
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|offer| *offer = StandingOffer::NONE), Ok(()));
        assert_eq!(check(|offer| offer.parameters = [8; 32]), Err(E::ParametersChanged));
        assert_eq!(check(|offer| offer.until = NOW + 1), Ok(()));
        assert_eq!(check(|offer| (offer.min_budget, offer.rails, offer.min_lead) = (200, 3, 0)), Ok(()));
        assert_eq!(check(|offer| offer.max_sla_bps = 10_000), Ok(()));
        let bad: [fn(&mut StandingOffer); 15] = [
            |offer| offer.floor_rate = 0,
            |offer| offer.min_budget = 0,
            |offer| offer.min_budget = 201,
            |offer| offer.max_budget = 0,
            |offer| offer.max_unit_cap = 0,
            |offer| offer.max_bond = 0,
            |offer| offer.min_lead = -1,
            |offer| offer.max_duration = 0,
            |offer| offer.until = NOW,
            |offer| offer.max_jobs = 0,
            |offer| offer.max_sla_bps = 10_001,
            |offer| offer.rails = 0,
            |offer| offer.rails = 4,
            |offer| offer.reserved = [0, 0, 0, 0, 1],
            |offer| *offer = StandingOffer { until: NOW + 1, ..StandingOffer::NONE },
        ];
        for edit in bad {
            assert_eq!(check(edit), Err(E::StandingOfferForm));
        }
    }

    proptest! {
        #[test]
        fn a_job_that_fits_is_within_every_limit_by_exact_arithmetic(
            rate: u64, unit in 1u64.., floor in 1u64.., budget: u64, cover: u16, worth in 0u128..1 << 80,
        ) {
            let offer = StandingOffer {
                floor_rate: floor, min_budget: 1, max_budget: u64::MAX, min_cover_bps: cover, ..offer()
            };
            let order = Order { rate, unit, budget, ..order() };
            let on = Occasion { worth, ..occasion() };
            let fit = fits(&offer, &order, &on).is_ok();
            let floor_met = u128::from(rate) * 3_600_000 >= u128::from(floor) * u128::from(unit);
            let covered = worth * 10_000 >= u128::from(budget) * u128::from(cover);
            prop_assert_eq!(fit, floor_met && covered && budget > 0);
        }
    }
}
