//! Slots and the time that belongs to them.
//!
//! Surfpool derives the time of most slots from their distance to the first one. Every jump here
//! keeps to that line, so that all times that it answers agree with the clock that programs see.

use crate::failure::{Context, Result};
use solana_clock::Clock;

/// Length of a slot, as on the public clusters.
pub const SLOT_MS: u64 = 400;
/// Slots after which the line meets a whole second again: 5 slots of 400 ms are 2 seconds.
const STRIDE: u64 = 5;
const STRIDE_SECONDS: u64 = 2;

/// A moment of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Slot.
    pub slot: u64,
    /// Unix seconds, as programs see them.
    pub now: i64,
}

/// The first slot and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    slot: u64,
    seconds: u64,
}

impl Origin {
    /// The line through `slot` at `seconds` (Unix).
    pub fn new(slot: u64, seconds: i64) -> Result<Self> {
        let seconds = u64::try_from(seconds).context("the network cannot start before 1970")?;
        Ok(Self { slot, seconds })
    }

    /// Unix milliseconds of the first slot.
    pub fn milliseconds(&self) -> u64 {
        self.seconds.saturating_mul(1_000)
    }

    /// The first slot at which the clock reads `seconds` or later and a jump can land.
    pub fn slot_at(&self, seconds: i64) -> u64 {
        let ahead = u64::try_from(seconds).unwrap_or(0).saturating_sub(self.seconds);
        let strides = ahead.div_ceil(STRIDE_SECONDS);
        self.slot.saturating_add(strides.saturating_mul(STRIDE))
    }

    /// Unix seconds at a slot.
    pub fn seconds_at(&self, slot: u64) -> i64 {
        let ahead = slot.saturating_sub(self.slot).saturating_mul(SLOT_MS);
        let milliseconds = self.milliseconds().saturating_add(ahead);
        i64::try_from(milliseconds.checked_div(1_000).unwrap_or(0)).unwrap_or(i64::MAX)
    }

    /// The clock at a slot.
    pub(super) fn clock(&self, slot: u64) -> Clock {
        Clock {
            slot,
            epoch_start_timestamp: 0,
            epoch: slot.checked_div(432_000).unwrap_or(0),
            leader_schedule_epoch: 0,
            unix_timestamp: self.seconds_at(slot),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_lands_on_the_line_at_a_whole_second() -> Result<()> {
        let origin = Origin::new(7, 1_000_000)?;
        for wanted in 1_000_000..1_000_050 {
            let slot = origin.slot_at(wanted);
            let landed = origin.seconds_at(slot);
            assert!(landed >= wanted && landed <= wanted + 1, "{wanted} {landed}");
            assert_eq!(slot.saturating_sub(7).saturating_mul(SLOT_MS) % 1_000, 0);
        }
        assert_eq!(origin.slot_at(0), 7);
        Ok(())
    }
}
