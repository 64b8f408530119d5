//! Reading and judging a Pyth price update, as the Pyth receiver program stores it
//! (`PriceUpdateV2`; source: the `pyth-solana-receiver-sdk` crate).
//!
//! A price *qualifies* only if it is the pinned feed's, fully verified, fresh, certain, near its
//! average and not older than the last one that was used. What does not qualify is a [`Halt`] with
//! its reason; halts never fail an instruction that can go on without a price.

use crate::Address;
use crate::math::{BPS, MAX_SCALE, SMALL};

/// The Pyth receiver program, owner of every price update account.
pub const PYTH_RECEIVER: Address = Address::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// The Pyth push-oracle program, whose addresses are the feeds that anyone keeps fresh.
pub const PYTH_PUSH_ORACLE: Address = Address::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");

/// First eight bytes of a `PriceUpdateV2`: `sha256("account:PriceUpdateV2")[..8]`.
pub const DISCRIMINATOR: [u8; 8] = [34, 241, 35, 99, 157, 126, 244, 205];
/// The tag of full verification; a partly verified update has 0 and a count of signatures here.
const FULLY_VERIFIED: u8 = 1;
/// Discriminator, write authority.
const VERIFICATION: usize = 8 + 32;
/// Where the message starts in a fully verified update (its tag carries no payload).
const MESSAGE: usize = VERIFICATION + 1;
/// feed_id, price, conf, exponent, publish_time, prev_publish_time, ema_price, ema_conf, posted_slot.
const MESSAGE_LEN: usize = 32 + 8 + 8 + 4 + 8 + 8 + 8 + 8 + 8;
/// Farthest in the future that a publish time may lie, in seconds.
pub const MAX_AHEAD: i64 = 30;

/// What of a price update matters here. Prices are mantissas of `10^exponent` USD per whole token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceMessage {
    /// Price.
    pub spot: i64,
    /// Half-width of the confidence interval.
    pub confidence: u64,
    /// Decimal exponent of all three mantissas.
    pub exponent: i32,
    /// Unix seconds.
    pub publish_time: i64,
    /// Exponentially weighted moving average of the price.
    pub average: i64,
}

/// Limits within which a price qualifies; a job keeps the ones that it was opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Seconds.
    pub max_age: u32,
    /// Basis points of the price.
    pub max_conf_bps: u16,
    /// Basis points of the average.
    pub max_deviation_bps: u16,
    /// Confidence intervals given away.
    pub k: u8,
}

/// Why no price qualifies. Codes are part of events and never change.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The account is not one of the Pyth receiver's price updates: closed, replaced or too short.
    Missing = 1,
    /// It is not fully verified.
    NotVerified = 2,
    /// It is another feed's.
    OtherFeed = 3,
    /// Published more than 30 seconds in the future.
    Ahead = 4,
    /// Older than `max_age`.
    Stale = 5,
    /// Older than the last price that was used.
    Older = 6,
    /// Zero or negative, or so once confidence is taken off.
    NotPositive = 7,
    /// Its confidence interval is too wide.
    Uncertain = 8,
    /// Too far from its average.
    Deviates = 9,
    /// Its exponent cannot be scaled to the mint's decimals.
    Scale = 10,
}

impl Halt {
    /// Every reason, in order of code.
    pub const ALL: [Self; 10] = [
        Self::Missing,
        Self::NotVerified,
        Self::OtherFeed,
        Self::Ahead,
        Self::Stale,
        Self::Older,
        Self::NotPositive,
        Self::Uncertain,
        Self::Deviates,
        Self::Scale,
    ];

    /// A word for it, as the API serves it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotVerified => "not_verified",
            Self::OtherFeed => "other_feed",
            Self::Ahead => "ahead",
            Self::Stale => "stale",
            Self::Older => "older",
            Self::NotPositive => "not_positive",
            Self::Uncertain => "uncertain",
            Self::Deviates => "deviates",
            Self::Scale => "scale",
        }
    }
}

/// A price that qualified, with the two that conversions use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// As published.
    pub message: PriceMessage,
    /// `spot`, positive.
    pub spot: u64,
    /// `spot - k * confidence`: what the payer's tokens are valued at when burned.
    pub burn: u64,
    /// `max(spot, average) + k * confidence`: what the provider's tokens are valued at when minted.
    pub mint: u64,
    /// `e = decimals - exponent - 6`, 0 to 13.
    pub scale: u32,
}

fn bytes<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
    data.get(offset..)?.first_chunk().copied()
}

/// Reads a price update's bytes; refuses another kind of account, feed or verification.
#[inline(always)]
pub fn parse(data: &[u8], feed_id: &[u8; 32]) -> Result<PriceMessage, Halt> {
    if bytes(data, 0) != Some(DISCRIMINATOR) {
        return Err(Halt::Missing);
    }
    match data.get(VERIFICATION) {
        Some(&FULLY_VERIFIED) => {}
        Some(_) => return Err(Halt::NotVerified),
        None => return Err(Halt::Missing),
    }
    let message =
        data.get(MESSAGE..).and_then(|rest| rest.first_chunk::<MESSAGE_LEN>()).ok_or(Halt::Missing)?;
    if message.first_chunk() != Some(feed_id) {
        return Err(Halt::OtherFeed);
    }
    let read = || {
        Some(PriceMessage {
            spot: i64::from_le_bytes(bytes(message, 32)?),
            confidence: u64::from_le_bytes(bytes(message, 40)?),
            exponent: i32::from_le_bytes(bytes(message, 48)?),
            publish_time: i64::from_le_bytes(bytes(message, 52)?),
            average: i64::from_le_bytes(bytes(message, 68)?),
        })
    };
    read().ok_or(Halt::Missing)
}

/// The scale `e = decimals - exponent - 6` if it lies in 0 to 13.
#[inline(always)]
pub fn scale(decimals: u8, exponent: i32) -> Option<u32> {
    let e = i64::from(decimals).checked_sub(i64::from(exponent))?.checked_sub(6)?;
    u32::try_from(e).ok().filter(|e| *e <= MAX_SCALE)
}

/// Judges a price at `now` (Unix seconds): see the module. `last_publish_time` is that of the last
/// price used, 0 for none.
#[inline(always)]
pub fn qualify(
    message: &PriceMessage,
    limits: &Limits,
    decimals: u8,
    now: i64,
    last_publish_time: i64,
) -> Result<Quote, Halt> {
    let age = now.checked_sub(message.publish_time).ok_or(Halt::Stale)?;
    if age < -MAX_AHEAD {
        return Err(Halt::Ahead);
    }
    if age > i64::from(limits.max_age) {
        return Err(Halt::Stale);
    }
    if message.publish_time < last_publish_time {
        return Err(Halt::Older);
    }
    let spot = u64::try_from(message.spot).ok().filter(|p| *p > 0).ok_or(Halt::NotPositive)?;
    let average = u64::try_from(message.average).ok().filter(|p| *p > 0).ok_or(Halt::NotPositive)?;
    let within = |part: u64, whole: u64, bps: u16| {
        if part < SMALL && whole < SMALL && u64::from(bps) <= BPS {
            return Some(part.wrapping_mul(BPS) <= whole.wrapping_mul(u64::from(bps)));
        }
        Some(
            u128::from(part).checked_mul(u128::from(BPS))?
                <= u128::from(whole).checked_mul(u128::from(bps))?,
        )
    };
    if within(message.confidence, spot, limits.max_conf_bps) != Some(true) {
        return Err(Halt::Uncertain);
    }
    if within(spot.abs_diff(average), average, limits.max_deviation_bps) != Some(true) {
        return Err(Halt::Deviates);
    }
    let scale = scale(decimals, message.exponent).ok_or(Halt::Scale)?;
    let margin = message.confidence.checked_mul(u64::from(limits.k)).ok_or(Halt::Uncertain)?;
    let burn = spot.checked_sub(margin).filter(|p| *p > 0).ok_or(Halt::NotPositive)?;
    let mint = spot.max(average).checked_add(margin).ok_or(Halt::Uncertain)?;
    Ok(Quote { message: *message, spot, burn, mint, scale })
}

/// Whether a price reaches a minimum of `min_price` (1e-8 USD per whole token); 0 is no minimum.
pub fn reaches_minimum(price: u64, exponent: i32, min_price: u64) -> bool {
    if min_price == 0 {
        return true;
    }
    // price * 10^exponent >= min_price * 10^-8, without a division.
    let shift = exponent.saturating_add(8);
    let factor = 10u128.checked_pow(shift.unsigned_abs());
    match (factor, shift >= 0) {
        // Too large a factor means an absurd exponent; the side that it multiplies is the greater.
        (None, raised) => raised,
        (Some(f), true) => u128::from(price).checked_mul(f).is_none_or(|p| p >= u128::from(min_price)),
        (Some(f), false) => u128::from(min_price).checked_mul(f).is_some_and(|m| u128::from(price) >= m),
    }
}

/// The push-feed address of a shard and a feed id.
#[cfg(feature = "std")]
pub fn push_feed(shard: u16, feed_id: &[u8; 32]) -> Address {
    Address::find_program_address(&[&shard.to_le_bytes(), feed_id], &PYTH_PUSH_ORACLE).0
}

/// The bytes of a fully verified price update, for local networks and tests.
#[cfg(feature = "std")]
pub fn encode(
    write_authority: &Address,
    feed_id: &[u8; 32],
    message: &PriceMessage,
    slot: u64,
) -> std::vec::Vec<u8> {
    let mut data = std::vec::Vec::with_capacity(134);
    data.extend_from_slice(&DISCRIMINATOR);
    data.extend_from_slice(write_authority.as_ref());
    data.push(FULLY_VERIFIED);
    data.extend_from_slice(feed_id);
    data.extend_from_slice(&message.spot.to_le_bytes());
    data.extend_from_slice(&message.confidence.to_le_bytes());
    data.extend_from_slice(&message.exponent.to_le_bytes());
    data.extend_from_slice(&message.publish_time.to_le_bytes());
    data.extend_from_slice(&message.publish_time.saturating_sub(1).to_le_bytes());
    data.extend_from_slice(&message.average.to_le_bytes());
    data.extend_from_slice(&message.confidence.to_le_bytes());
    data.extend_from_slice(&slot.to_le_bytes());
    data.resize(134, 0); // the account is as long as its partly verified form
    data
}
