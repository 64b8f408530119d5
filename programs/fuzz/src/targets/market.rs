//! Auctions, standing offers and marks of a halt against the design's sentences.

use crate::big::big;
use crate::input::Input;
use settlement_interface::Address;
use settlement_interface::accounts::{Job, MARK_HALT, Price, StandingOffer};
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::{
    Occasion, beats, check_auction, check_standing, fits, halt_is_over, halt_refuted, rail_bit,
};
use settlement_interface::terms::Order;

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (new, best) = (input.amount(), input.amount());
    assert_eq!(beats(new, best), big(new) * 100 <= big(best) * 99);
    assert!(!beats(new, best) || new < best || best == 0);

    let mut order: Order = bytemuck::Zeroable::zeroed();
    changed(&mut input, bytemuck::bytes_of_mut(&mut order));
    let mut parameters = Parameters::DEFAULT;
    changed(&mut input, bytemuck::bytes_of_mut(&mut parameters));
    let now = i64::from(input.u32());
    if check_auction(&order, &parameters, now).is_ok() && order.bid_end != 0 {
        assert!(now < order.bid_end && order.bid_end < order.offer_by);
        assert!(big(order.offer_by) <= big(order.bid_end) + parameters.accept_window.max(0));
    }
    standing(&mut input, &order, now);
    halts(&mut input, now);
}

fn standing(input: &mut Input, order: &Order, now: i64) {
    let mut offer = StandingOffer::NONE;
    changed(input, bytemuck::bytes_of_mut(&mut offer));
    let hash = offer.parameters;
    let sound = check_standing(&offer, now, &hash).is_ok();
    let on = Occasion {
        now,
        authority: Address::new_from_array([input.u8(); 32]),
        jobs_open: input.amount(),
        parameters: hash,
        bond: input.amount(),
        worth: input.u128() >> (input.u8() % 128),
    };
    if fits(&offer, order, &on).is_ok() {
        assert!(offer.max_budget > 0 && now <= offer.until && on.jobs_open < u64::from(offer.max_jobs));
        assert!(on.bond <= offer.max_bond && order.budget <= offer.max_budget);
        assert!(order.budget >= offer.min_budget && order.unit_cap <= offer.max_unit_cap);
        assert!(order.meter != on.authority, "the provider would sign its own receipts");
        assert!(big(order.rate) * 3_600_000 >= big(offer.floor_rate) * order.unit, "below the floor rate");
        assert!(big(on.worth) * 10_000 >= big(order.budget) * offer.min_cover_bps);
        assert!(rail_bit(order.rail) & offer.rails != 0);
        if sound {
            assert!(offer.min_budget > 0 && order.budget > 0 && matches!(order.rail, 1 | 2));
        }
    }
}

fn halts(input: &mut Input, now: i64) {
    let mut job: Job = bytemuck::Zeroable::zeroed();
    job.terms.parameters = Parameters::DEFAULT;
    (job.mark, job.marked_at, job.marked_slot) = (input.u8() % 4, i64::from(input.u32()), input.amount());
    let price = Price {
        spot: input.amount(),
        confidence: input.amount(),
        average: input.amount(),
        publish_time: i64::from(input.u32()),
        seen_at: i64::from(input.u32()),
        exponent: -i32::from(input.u8() % 16),
        ..bytemuck::Zeroable::zeroed()
    };
    let (decimals, slot) = (input.u8() % 16, input.amount());
    let refuted = halt_refuted(&price, &job.terms.limits(), decimals, job.marked_at);
    assert!(!refuted || price.seen_at > job.marked_at);
    if halt_is_over(&job, &price, decimals, now, slot) {
        assert!(job.mark == MARK_HALT && !refuted);
        assert!(now >= job.marked_at + 7 * 86_400 && slot >= job.marked_slot.saturating_add(3_600));
    }
}

/// Numbers in place of zeros, mostly small.
fn changed(input: &mut Input, bytes: &mut [u8]) {
    for _ in 0..input.u8() % 24 {
        let at = usize::from(input.u16()) % bytes.len();
        bytes[at] = input.u8();
    }
}

/// Any bytes.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![(0..=255u8).map(|i| i.wrapping_mul(31)).collect(), vec![0; 300], vec![0x17; 400]]
}
