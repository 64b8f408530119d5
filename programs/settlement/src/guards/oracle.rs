//! The pinned feed: whether its price qualifies at this moment.

use super::same;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Price};
use settlement_interface::events::Quoted;
use settlement_interface::oracle::{self, Halt, Limits, PYTH_RECEIVER, Quote};

/// Reads the feed account. Another address than the pinned one is an error; anything else that is
/// wrong with it is a halt, since nobody can keep the pinned account from being closed or replaced.
#[inline(always)]
pub fn read(
    config: &Config,
    price: &Price,
    feed: &AccountView,
    limits: &Limits,
    now: i64,
) -> Result<core::result::Result<Quote, Halt>> {
    same(feed.address(), &config.feed, SettlementError::WrongFeed)?;
    if !feed.owned_by(&PYTH_RECEIVER) {
        return Ok(Err(Halt::Missing));
    }
    let data = feed.try_borrow()?;
    Ok(oracle::parse(&data, &config.feed_id)
        .and_then(|message| oracle::qualify(&message, limits, config.decimals, now, price.publish_time)))
}

/// Records a price that qualified and describes it for an event.
#[inline(always)]
pub fn record(price: &mut Price, quote: &Quote, now: i64, slot: u64) -> Quoted {
    price.spot = quote.spot;
    price.confidence = quote.message.confidence;
    // It qualified, so it is positive.
    price.average = u64::try_from(quote.message.average).unwrap_or_default();
    price.exponent = quote.message.exponent;
    price.publish_time = quote.message.publish_time;
    price.slot = slot;
    price.seen_at = now;
    Quoted {
        spot: quote.spot,
        confidence: quote.message.confidence,
        average: price.average,
        burn: quote.burn,
        mint: quote.mint,
        publish_time: quote.message.publish_time,
        slot,
        exponent: quote.message.exponent,
        scale: quote.scale,
    }
}

/// Scale of the last recorded price.
pub fn last_scale(config: &Config, price: &Price) -> Result<u32> {
    oracle::scale(config.decimals, price.exponent).ok_or(SettlementError::NoPrice.into())
}
