//! Bonds, fees and how a penalty is divided.

use crate::math::{share_ceil, share_floor};

/// The bond of a job, base units: `ceil(escrow * bond_bps / 10^4)`.
pub fn bond(escrow: u64, bond_bps: u16) -> Option<u64> {
    share_ceil(escrow, bond_bps)
}

/// What a consumer owes for cancelling after acceptance, base units: `floor(escrow * cancel_bps / 10^4)`.
pub fn cancellation_fee(escrow: u64, cancel_bps: u16) -> Option<u64> {
    share_floor(escrow, cancel_bps)
}

/// How a penalty is divided, base units; the parts sum to `slashed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Taken from the bond.
    pub slashed: u64,
    /// To the harmed consumer.
    pub harmed: u64,
    /// To the reporter, if there is one who is no party.
    pub reporter: u64,
    /// Burned: the rest.
    pub burned: u64,
}

/// Divides a penalty of `slashed` base units: consumer and reporter get their shares rounded down, the
/// rest is burned. Without a reporter that share burns too.
pub fn split(slashed: u64, harmed_bps: u16, reporter_bps: u16, has_reporter: bool) -> Option<Split> {
    let harmed = share_floor(slashed, harmed_bps)?;
    let reporter = if has_reporter { share_floor(slashed, reporter_bps)? } else { 0 };
    let burned = slashed.checked_sub(harmed)?.checked_sub(reporter)?;
    Some(Split { slashed, harmed, reporter, burned })
}

/// Takes `ceil(bond * penalty_bps / 10^4)` and divides it as [`split`] does.
pub fn split_penalty(
    bond: u64,
    penalty_bps: u16,
    harmed_bps: u16,
    reporter_bps: u16,
    has_reporter: bool,
) -> Option<Split> {
    split(share_ceil(bond, penalty_bps)?, harmed_bps, reporter_bps, has_reporter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_penalty_is_within_the_bond_and_its_parts_are_the_whole(
            locked: u64, penalty in 0u16..=10_000, harmed in 0u16..=9_500, reporter in 0u16..=9_500, has: bool,
        ) {
            prop_assume!(harmed + reporter <= 9_500);
            let split = split_penalty(locked, penalty, harmed, reporter, has).unwrap();
            prop_assert!(split.slashed <= locked);
            prop_assert_eq!(split.harmed + split.reporter + split.burned, split.slashed);
            prop_assert!(has || split.reporter == 0);
        }
    }

    #[test]
    fn half_a_bond_goes_mostly_to_the_consumer() {
        let split = split_penalty(1_001, 5_000, 8_000, 500, true).unwrap();
        assert_eq!(split, Split { slashed: 501, harmed: 400, reporter: 25, burned: 76 });
        assert_eq!(split_penalty(1_001, 5_000, 8_000, 500, false).unwrap().burned, 101);
    }
}
