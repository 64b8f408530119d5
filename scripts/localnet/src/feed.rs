//! The price feed: a walk that a seed decides, written as Pyth's receiver would write it.

use crate::chain::Chain;
use crate::cheats;
use crate::failure::{Context, Result};
use crate::network::Time;
use crate::units::mix;
use settlement_interface::Address;
use settlement_interface::oracle::{self, PYTH_RECEIVER, PriceMessage};
use solana_instruction::{AccountMeta, Instruction};

/// Dollars per token are mantissas of `10^EXPONENT`.
pub const EXPONENT: i32 = -8;
/// Shard of the push feed.
pub const SHARD: u16 = 0;
/// The feed's id on this network.
pub const FEED_ID: [u8; 32] = *b"tally compute token / us dollar ";
/// Where the walk starts and what it is drawn back to: 2 USD.
const ANCHOR: u64 = 200_000_000;
/// Rent of an account as long as a price update, rounded up.
const LAMPORTS: u64 = 2_000_000;

/// The walk, minute by minute.
#[derive(Clone, Debug)]
struct Walk {
    seed: u64,
    first: i64,
    minute: i64,
    spot: u64,
    average: u64,
}

impl Walk {
    fn new(seed: u64, start: i64) -> Self {
        let first = minute_of(start);
        Self { seed, first, minute: first, spot: ANCHOR, average: ANCHOR }
    }

    /// Walks to the minute of `now`: up to 20 basis points a minute, drawn back to the anchor, while
    /// the average follows.
    fn advance(&mut self, now: i64) {
        while self.minute < minute_of(now) {
            self.minute = self.minute.saturating_add(1);
            // Minutes since the start decide, so that the same seed walks the same way at any time.
            let step = self.minute.abs_diff(self.first);
            let chance = mix(self.seed.rotate_left(32) ^ step).checked_rem(41).unwrap_or(20);
            let factor = chance.saturating_add(9_980);
            let moved = self.spot.saturating_mul(factor).checked_div(10_000).unwrap_or(ANCHOR);
            self.spot = toward(moved, ANCHOR, 200);
            self.average = toward(self.average, self.spot, 30);
        }
    }

    fn message(&self, now: i64) -> PriceMessage {
        let width = mix(self.seed.rotate_left(16) ^ now.unsigned_abs())
            .checked_rem(20)
            .unwrap_or(0)
            .saturating_add(5);
        PriceMessage {
            spot: i64::try_from(self.spot).unwrap_or(i64::MAX),
            confidence: self.spot.saturating_mul(width).checked_div(10_000).unwrap_or(0),
            exponent: EXPONENT,
            publish_time: now,
            average: i64::try_from(self.average).unwrap_or(i64::MAX),
        }
    }
}

fn minute_of(now: i64) -> i64 {
    now.checked_div(60).unwrap_or(0)
}

/// `from`, one `parts`-th closer to `to`.
fn toward(from: u64, to: u64, parts: u64) -> u64 {
    let step = from.abs_diff(to).checked_div(parts).unwrap_or(0);
    if from < to { from.saturating_add(step) } else { from.saturating_sub(step) }
}

/// The push-feed account and who keeps it fresh.
pub struct Feed {
    walk: Walk,
    silent: bool,
}

impl Feed {
    /// A feed whose walk starts at `start` (Unix seconds).
    pub fn new(seed: u64, start: i64) -> Self {
        Self { walk: Walk::new(seed, start), silent: false }
    }

    /// Its account: the push feed of shard and feed id.
    pub fn address() -> Address {
        oracle::push_feed(SHARD, &FEED_ID)
    }

    /// Stops or resumes publishing.
    pub fn set_silent(&mut self, silent: bool) {
        self.silent = silent;
    }

    /// The account with the price of this moment: address, lamports and data.
    pub fn account(&mut self, time: Time) -> (Address, u64, Vec<u8>) {
        self.walk.advance(time.now);
        let data = oracle::encode(&PYTH_RECEIVER, &FEED_ID, &self.walk.message(time.now), time.slot);
        (Self::address(), LAMPORTS, data)
    }

    /// Publishes the price of this moment, unless it is silent: by the hand of who may write any account, or
    /// by the program that stands in for the oracle's.
    pub fn publish(&mut self, chain: &Chain, time: Time) -> Result<()> {
        if self.silent {
            return Ok(());
        }
        let (address, lamports, data) = self.account(time);
        let published = match chain.bank() {
            None => cheats::set_account(chain.rpc(), &address, &PYTH_RECEIVER, lamports, &data),
            Some(bank) => {
                let accounts = vec![AccountMeta::new(address, false)];
                chain.send(&[bank], &[Instruction { program_id: PYTH_RECEIVER, accounts, data }]).map(drop)
            }
        };
        published.context("cannot publish a price")
    }

    /// The walk's price now, a mantissa of `10^EXPONENT` USD per whole token.
    pub fn spot(&self) -> u64 {
        self.walk.spot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::parameters::Parameters;

    #[test]
    fn every_price_of_a_month_qualifies() {
        let mut walk = Walk::new(7, 1_700_000_000);
        for minute in 0..43_200 {
            let now = 1_700_000_000 + minute * 60;
            walk.advance(now);
            let message = walk.message(now);
            assert!(
                oracle::qualify(&message, &Parameters::DEFAULT.limits(), 9, now, 0).is_ok(),
                "{message:?}"
            );
        }
    }

    #[test]
    fn the_walk_is_the_same_however_it_is_stepped() {
        let (mut a, mut b) = (Walk::new(7, 0), Walk::new(7, 0));
        a.advance(86_400);
        (0..=86_400).step_by(100).for_each(|now| b.advance(now));
        assert_eq!((a.spot, a.average), (b.spot, b.average));
        assert_ne!(a.spot, ANCHOR);
    }
}
