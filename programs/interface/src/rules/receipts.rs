//! Which receipts count, and what they charge.

use super::{Moment, SECURED_BPS, has_outlasted};
use crate::math::{BPS, mul_div_floor, small_product};
use crate::{Address, SettlementError};

/// `min(floor(units * rate / unit), budget)` micro-dollars; `rate` micro-dollars per `unit` units.
#[inline(always)]
pub fn charge(units: u64, rate: u64, unit: u64, budget: u64) -> Option<u64> {
    // Where the product fits one word, as it does for all but the largest jobs, so does the division: the
    // VM's 128-bit one is slow.
    if let Some(product) = small_product(units, rate).or_else(|| units.checked_mul(rate)) {
        return Some(product.checked_div(unit)?.min(budget));
    }
    let charge = mul_div_floor(u128::from(units), u128::from(rate), u128::from(unit))?;
    u64::try_from(charge.min(u128::from(budget))).ok()
}

/// Whether unconverted work of `unconverted` micro-dollars stays within 70% of what the escrow is
/// worth (`escrow_usd`, micro-dollars at the last price).
pub fn is_secured(unconverted: u64, escrow_usd: u128) -> bool {
    let limit = escrow_usd.checked_mul(u128::from(SECURED_BPS));
    u128::from(unconverted)
        .checked_mul(u128::from(BPS))
        .is_some_and(|work| limit.is_none_or(|limit| work <= limit))
}

/// How far a job has come, as far as receipts are concerned. Times are Unix seconds.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Units of the last receipt, 0 before the first.
    pub last_units: u64,
    /// `through` of the last receipt, `started_at` before the first.
    pub last_through: i64,
    /// Units that may be counted per second.
    pub unit_cap: u64,
    /// End of the job.
    pub end_by: i64,
    /// When the job began to close; 0 while it runs.
    pub closing_at: i64,
    /// Slot in which it began to close; 0 while it runs.
    pub closing_slot: u64,
    /// Seconds (and slots) for which late receipts count.
    pub receipt_grace: i64,
}

/// The keys that may sign.
#[derive(Clone, Copy, Debug)]
pub struct Meters<'a> {
    /// The present key.
    pub present: &'a Address,
    /// The one before, if it was rotated.
    pub previous: Option<&'a Address>,
    /// When it was rotated.
    pub rotated: Moment,
}

impl Progress {
    /// Whether late receipts count no more: the grace after closing has passed in seconds and in slots, so
    /// that a chain that stood still voids nothing.
    #[inline(always)]
    pub fn is_over(&self, now: i64, slot: u64) -> bool {
        let closing = (self.closing_at, self.closing_slot);
        self.closing_at != 0 && has_outlasted(closing, self.receipt_grace, (now, slot))
    }
}

/// Accepts a receipt of `units` through `through` signed by `signer` at `now` in `slot`, or says why not.
#[inline(always)]
pub fn accept_receipt(
    progress: &Progress,
    meters: &Meters<'_>,
    signer: &Address,
    units: u64,
    through: i64,
    (now, slot): Moment,
) -> Result<(), SettlementError> {
    let closing = progress.closing_at != 0;
    if progress.is_over(now, slot) {
        return Err(SettlementError::ReceiptTooLate);
    }
    if units <= progress.last_units || through <= progress.last_through {
        return Err(SettlementError::ReceiptNotNewer);
    }
    let mut latest = now.min(progress.end_by);
    if closing {
        latest = latest.min(progress.closing_at);
    }
    if signer != meters.present {
        if meters.previous != Some(signer) {
            return Err(SettlementError::ReceiptSigner);
        }
        if has_outlasted(meters.rotated, progress.receipt_grace, (now, slot)) {
            return Err(SettlementError::ReceiptTooLate);
        }
        latest = latest.min(meters.rotated.0);
    }
    if through > latest {
        return Err(SettlementError::ReceiptTime);
    }
    let seconds = u64::try_from(through.saturating_sub(progress.last_through)).unwrap_or(0);
    let cap = match small_product(progress.unit_cap, seconds) {
        Some(cap) => u128::from(cap),
        None => u128::from(progress.unit_cap).saturating_mul(u128::from(seconds)),
    };
    if u128::from(units.saturating_sub(progress.last_units)) > cap {
        return Err(SettlementError::ReceiptTooFast);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use SettlementError::*;

    const NEW: Address = Address::new_from_array([1; 32]);
    const OLD: Address = Address::new_from_array([2; 32]);

    fn progress() -> Progress {
        Progress {
            last_units: 100,
            last_through: 1_000,
            unit_cap: 10,
            end_by: 5_000,
            closing_at: 0,
            closing_slot: 0,
            receipt_grace: 600,
        }
    }

    fn accept(
        p: &Progress,
        signer: &Address,
        units: u64,
        through: i64,
        now: i64,
    ) -> Result<(), SettlementError> {
        accept_receipt(
            p,
            &Meters { present: &NEW, previous: Some(&OLD), rotated: (1_500, 999_000) },
            signer,
            units,
            through,
            (now, 1_000_000),
        )
    }

    #[test]
    fn both_sides_of_every_boundary() {
        let running = progress();
        assert_eq!(accept(&running, &NEW, 101, 1_001, 1_001), Ok(()));
        assert_eq!(accept(&running, &NEW, 100, 1_001, 1_001), Err(ReceiptNotNewer));
        assert_eq!(accept(&running, &NEW, 101, 1_000, 1_001), Err(ReceiptNotNewer));
        assert_eq!(accept(&running, &NEW, 101, 1_002, 1_001), Err(ReceiptTime));
        assert_eq!(accept(&running, &NEW, 110, 1_001, 1_001), Ok(()));
        assert_eq!(accept(&running, &NEW, 111, 1_001, 1_001), Err(ReceiptTooFast));
        assert_eq!(accept(&running, &NEW, 101, 5_000, 9_000), Ok(()));
        assert_eq!(accept(&running, &NEW, 101, 5_001, 9_000), Err(ReceiptTime));
        assert_eq!(
            accept(&running, &Address::new_from_array([9; 32]), 101, 1_001, 1_001),
            Err(ReceiptSigner)
        );
    }

    #[test]
    fn the_previous_key_counts_up_to_its_rotation_for_one_grace() {
        let running = progress();
        assert_eq!(accept(&running, &OLD, 101, 1_500, 2_100), Ok(()));
        assert_eq!(accept(&running, &OLD, 101, 1_501, 2_100), Err(ReceiptTime));
        assert_eq!(accept(&running, &OLD, 101, 1_500, 2_101), Err(ReceiptTooLate));
        // The chain stood still since: not the previous key's fault.
        let still = Meters { present: &NEW, previous: Some(&OLD), rotated: (1_500, 999_400) };
        assert_eq!(accept_receipt(&running, &still, &OLD, 101, 1_500, (9_000, 1_000_000)), Ok(()));
        assert_eq!(
            accept_receipt(&running, &still, &OLD, 101, 1_500, (9_000, 1_000_001)),
            Err(ReceiptTooLate)
        );
    }

    #[test]
    fn closing_bounds_time_and_ends_with_its_grace() {
        let closing = Progress { closing_at: 2_000, ..progress() };
        assert_eq!(accept(&closing, &NEW, 101, 2_000, 2_600), Ok(()));
        assert_eq!(accept(&closing, &NEW, 101, 2_001, 2_600), Err(ReceiptTime));
        assert_eq!(accept(&closing, &NEW, 101, 2_000, 2_601), Err(ReceiptTooLate));
        // The chain stood still: the time is over, the slots are not.
        let still = Progress { closing_slot: 1_000_000 - 600, ..closing };
        assert_eq!(accept(&still, &NEW, 101, 2_000, 9_000), Ok(()));
        let ran = Progress { closing_slot: 1_000_000 - 601, ..closing };
        assert_eq!(accept(&ran, &NEW, 101, 2_000, 9_000), Err(ReceiptTooLate));
    }

    #[test]
    fn a_charge_is_floored_and_cut_at_the_budget() {
        assert_eq!(charge(3_599_999, 1_000_000, 3_600_000, 10_000_000), Some(999_999));
        assert_eq!(charge(u64::MAX, u64::MAX, 1, 5), Some(5));
        assert_eq!(charge(1, 1, 0, 5), None);
    }

    #[test]
    fn seventy_percent_is_secured_and_no_more() {
        assert!(is_secured(70, 100));
        assert!(!is_secured(71, 100));
        assert!(!is_secured(1, 0));
        assert!(is_secured(u64::MAX, u128::MAX));
    }
}
