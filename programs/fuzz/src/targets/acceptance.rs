//! Which receipts count and what they charge, against the design's sentences in 128-bit arithmetic
//! that cannot overflow.

use crate::big::{big, floor, same, ten_to};
use crate::input::Input;
use settlement_interface::rules::{Meters, Progress, Security, accept_receipt, charge, is_secured};
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
        closing_slot: input.amount(),
        receipt_grace: input.up_to(7 * 86_400) as i64,
    };
    let meters = Meters {
        present: &present,
        previous: input.bool().then_some(&previous),
        rotated: (time(&mut input), input.amount()),
    };
    let signer = [&present, &previous, &stranger][usize::from(input.u8() % 3)];
    let more = input.amount();
    let units = if input.bool() { progress.last_units.saturating_add(more) } else { more };
    let (through, now, slot) = (time(&mut input), time(&mut input), input.amount());

    let found = accept_receipt(&progress, &meters, signer, units, through, (now, slot));
    assert_eq!(found.is_ok(), counts(&progress, &meters, signer, (units, through), (now, slot)), "{found:?}");
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
    let (spot, escrow, scale) = (input.amount(), input.amount(), u32::from(input.u8() % 16));
    let security = Security::at(spot, scale);
    assert_eq!(security.is_some(), scale <= 13);
    if let Some(security) = security {
        let covered = big(work) * 10_000 * ten_to(scale) <= big(escrow) * spot * 7_000;
        assert_eq!(security.covers(work, escrow), covered);
    }
}

/// The design: both grow strictly; `through <= min(now, end_by, closing_at)`; `Δunits <= unit_cap *
/// Δthrough`; a previous key counts up to the rotation, for one grace; late receipts for one grace, which
/// is as many slots too.
fn counts(
    p: &Progress,
    m: &Meters,
    signer: &Address,
    (units, through): (u64, i64),
    (now, slot): (i64, u64),
) -> bool {
    let wide = i128::from;
    // No clock reads beyond 63 bits: an end of grace past it never comes.
    let end_of_grace = |since: i64| (wide(since) + wide(p.receipt_grace)).min(wide(i64::MAX));
    let is_present = signer == m.present;
    let is_previous = !is_present && m.previous == Some(signer);
    let closing = p.closing_at != 0;
    // A grace is over in seconds and in slots: time decides, slots prove that the chain ran.
    let end_of_slots = |since: u64| (i128::from(since) + wide(p.receipt_grace)).min(i128::from(u64::MAX));
    let over = |at, since| wide(now) > end_of_grace(at) && i128::from(slot) > end_of_slots(since);
    (is_present || is_previous)
        && (!closing || !over(p.closing_at, p.closing_slot) && through <= p.closing_at)
        && (!is_previous || !over(m.rotated.0, m.rotated.1) && through <= m.rotated.0)
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
