//! Parameters and orders made of any bytes: those that pass are within the bounds that the design
//! states, and nothing that depends on them overflows.

use crate::input::Input;
use settlement_interface::Address;
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::{bond, cancellation_fee, charge, split_penalty};
use settlement_interface::terms::{Order, RAIL_TOKEN, Terms};

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let parameters = parameters(&mut input);
    let order = order(&mut input);
    let now = if input.bool() { 1_700_000_000 } else { input.i64() };
    if parameters.validate().is_ok() {
        bounded(&parameters);
        let (escrow, penalty) = (input.amount(), input.up_to(10_000) as u16);
        let locked = bond(escrow, parameters.bond_bps).expect("within range");
        assert!(locked <= escrow && u128::from(locked) * 10_000 >= u128::from(escrow) * 100);
        assert!(cancellation_fee(escrow, parameters.cancel_bps).is_some_and(|fee| fee <= escrow / 10));
        let (harmed, reporter) = (parameters.harmed_bps, parameters.reporter_bps);
        let split = split_penalty(locked, penalty, harmed, reporter, true).expect("within range");
        // A twentieth of what is slashed burns, so that nobody profits by failing himself.
        assert!(u128::from(split.burned) * 20 >= u128::from(split.slashed));
        assert!(split.slashed <= locked);
    } else {
        assert!(parameters.first_out_of_bounds().is_some());
    }
    if order.validate(now).is_ok() {
        let wide = i128::from;
        assert!(order.budget > 0 && order.rate > 0 && order.unit > 0 && order.unit_cap > 0);
        assert!(now < order.offer_by && order.offer_by <= order.start_by && order.start_by < order.end_by);
        assert!(wide(order.end_by) <= wide(now) + 365 * 86_400);
        assert!(wide(order.convert_by) <= wide(order.end_by) + 7 * 86_400);
        assert!((300..=7 * 86_400).contains(&order.silence_max));
        let units = input.u64();
        assert!(charge(units, order.rate, order.unit, order.budget).is_some_and(|usd| usd <= order.budget));
    }
    let terms = Terms {
        consumer: Address::new_from_array(input.bytes()),
        provider: Address::new_from_array(input.bytes()),
        mint: Address::new_from_array(input.bytes()),
        order,
        parameters,
    };
    let job = Address::new_from_array([9; 32]);
    let mut other = terms;
    other.order.budget = other.order.budget.wrapping_add(1);
    assert_ne!(terms.hash(&job, now), other.hash(&job, now));
    assert_ne!(terms.hash(&job, now), terms.hash(&Address::new_from_array([8; 32]), now));
}

/// The defaults with some bytes changed, or any bytes.
fn parameters(input: &mut Input) -> Parameters {
    let mut parameters = Parameters::DEFAULT;
    let bytes = bytemuck::bytes_of_mut(&mut parameters);
    changed(input, bytes);
    parameters
}

/// A plain order with some bytes changed.
fn order(input: &mut Input) -> Order {
    let mut order: Order = bytemuck::Zeroable::zeroed();
    order.rail = RAIL_TOKEN;
    order.meter_kind = 1;
    (order.budget, order.rate, order.unit, order.unit_cap) = (1_000_000, 1, 1, 1_000);
    (order.offer_by, order.start_by, order.end_by) = (1_700_000_001, 1_700_000_100, 1_700_009_000);
    order.silence_max = 300;
    changed(input, bytemuck::bytes_of_mut(&mut order));
    order
}

fn changed(input: &mut Input, bytes: &mut [u8]) {
    for _ in 0..input.u8() % 16 {
        let at = usize::from(input.u16()) % bytes.len();
        bytes[at] = input.u8();
    }
}

/// The table of the design, written down a second time.
fn bounded(p: &Parameters) {
    let (minute, hour, day) = (60, 3_600, 86_400);
    assert!((10 * minute..=day).contains(&p.grace));
    assert!((hour..=7 * day).contains(&p.receipt_grace));
    assert!((0..=day).contains(&p.min_lead));
    assert!((hour..=7 * day).contains(&p.case_window) && (hour..=7 * day).contains(&p.accept_window));
    assert!(p.case_window >= p.receipt_grace);
    assert!(p.outage_bps == 0 || p.outage_bps >= p.sla_penalty_bps);
    assert!((hour..=14 * day).contains(&p.dispute_window));
    assert!((day..=30 * day).contains(&p.unbonding));
    assert!((day..=14 * day).contains(&p.halt_max));
    assert!((10..=600).contains(&p.max_age));
    assert!(p.epoch_len >= 60 && p.timelock >= hour && p.change_expiry <= 30 * day);
    assert!((0..=7 * day).contains(&p.pause_max));
    assert!((1..=2_000).contains(&p.take_bps));
    assert!(p.rebate_bps <= 2_500 && (100..=5_000).contains(&p.bond_bps) && p.no_show_bps <= 10_000);
    assert!(p.harmed_bps + p.reporter_bps <= 9_500 && p.cancel_bps <= 1_000);
    assert!((1..=500).contains(&p.max_conf_bps) && (100..=2_000).contains(&p.max_deviation_bps));
    assert!(p.k <= 4 && u16::from(p.k) * p.max_conf_bps <= 2_000);
    assert!(p.treasury_bps <= 5_000);
}

/// Nothing changed, and a few bytes.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![vec![0; 140], (0..200u8).map(|i| i.wrapping_mul(5)).collect()]
}
