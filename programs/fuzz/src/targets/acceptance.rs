//! Which receipts count and what they charge, against the design's sentences in 128-bit arithmetic
//! that cannot overflow.

use crate::big::{big, floor, same};
use crate::input::Input;
use settlement_interface::rules::{Meters, Progress, accept_receipt, charge, is_secured};
use settlement_interface::{Address, SettlementError as E};

/// A time near the others mostly, and any at all sometimes.
fn time(input: &mut Input) -> i64 {
    if input.u8() < 250 { 1_000 + i64::from(input.u16()) } else { input.i64() }
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let [present, previous, stranger] = [1, 2, 3].map(|byte| Address::new_from_array([byte; 32]));
    let progress = Progress {
        last_units: input.amount(),
        last_through: time(&mut input),
        unit_cap: input.amount(),
        end_by: time(&mut input),
        closing_at: if input.bool() { time(&mut input) } else { 0 },
        receipt_grace: input.up_to(7 * 86_400) as i64,
    };
    let meters = Meters {
        present: &present,
        previous: input.bool().then_some(&previous),
        rotated_at: time(&mut input),
    };
    let signer = [&present, &previous, &stranger][usize::from(input.u8() % 3)];
    let more = input.amount();
    let units = if input.bool() { progress.last_units.saturating_add(more) } else { more };
    let (through, now) = (time(&mut input), time(&mut input));

    let found = accept_receipt(&progress, &meters, signer, units, through, now);
    assert_eq!(found.is_ok(), counts(&progress, &meters, signer, units, through, now), "{found:?}");
    if signer == &stranger {
        assert!(found.is_err());
    }
    if let Err(error) = found {
        let known = matches!(
            error,
            E::ReceiptTooLate | E::ReceiptNotNewer | E::ReceiptSigner | E::ReceiptTime | E::ReceiptTooFast
        );
        assert!(known, "{error:?}");
    }

    let (units, rate, unit, budget) = (input.amount(), input.amount(), input.amount(), input.amount());
    let exact = (unit > 0).then(|| floor(&(big(units) * rate), &big(unit)).min(big(budget)));
    same(charge(units, rate, unit, budget), exact);
    let fewer = units - input.up_to(units).min(units);
    assert!(charge(fewer, rate, unit, budget) <= charge(units, rate, unit, budget), "more units cost less");

    let (work, worth) = (input.amount(), input.u128() >> (input.u8() % 128));
    assert_eq!(is_secured(work, worth), big(work) * 10_000 <= big(worth) * 7_000);
}

/// The design: both grow strictly; `through <= min(now, end_by, closing_at)`; `Δunits <= unit_cap *
/// Δthrough`; a previous key counts up to the rotation, for one grace; late receipts for one grace.
fn counts(p: &Progress, m: &Meters, signer: &Address, units: u64, through: i64, now: i64) -> bool {
    let wide = i128::from;
    // No clock reads beyond 63 bits: an end of grace past it never comes.
    let end_of_grace = |since: i64| (wide(since) + wide(p.receipt_grace)).min(wide(i64::MAX));
    let is_present = signer == m.present;
    let is_previous = !is_present && m.previous == Some(signer);
    let closing = p.closing_at != 0;
    (is_present || is_previous)
        && (!closing || wide(now) <= end_of_grace(p.closing_at) && through <= p.closing_at)
        && (!is_previous || wide(now) <= end_of_grace(m.rotated_at) && through <= m.rotated_at)
        && units > p.last_units
        && through > p.last_through
        && through <= now
        && through <= p.end_by
        // The span of two times is cut at 63 bits: a stricter limit, far beyond any clock.
        && i128::from(units - p.last_units)
            <= i128::from(p.unit_cap) * (wide(through) - wide(p.last_through)).min(wide(i64::MAX))
}

/// Any bytes will do.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![(0..180u8).map(|i| i.wrapping_mul(7)).collect(), vec![0; 180]]
}
