//! Whether a price qualifies, and at which prices a conversion burns and mints.

use super::Spec;
use super::arithmetic::{N, WHOLE};
use super::entities::Price;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::Parameters;

/// A price that qualified. Mantissas; `scale` is `10^e`.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    pub spot: N,
    pub confidence: N,
    pub average: N,
    pub publish_time: N,
    pub exponent: N,
    /// `spot - k * confidence`.
    pub burn: N,
    /// `max(spot, average) + k * confidence`.
    pub mint: N,
    pub scale: N,
}

/// Decimals of the compute token in these networks.
const DECIMALS: N = 9;

/// `10^e` with `e = decimals - exponent - 6`, if `e` is 0 to 13.
fn scale(exponent: N) -> Option<N> {
    let e = u32::try_from(DECIMALS - exponent - 6).ok().filter(|e| *e <= 13)?;
    Some(N::from(10).pow(e))
}

/// Whether this message would qualify within these limits at `now`, none older than `since` being used.
fn qualify(message: &PriceMessage, limits: &Parameters, now: N, since: N) -> Option<Quote> {
    let (spot, average) = (N::from(message.spot), N::from(message.average));
    let (confidence, published) = (N::from(message.confidence), N::from(message.publish_time));
    let scale = scale(message.exponent.into())?;
    let fresh = published <= now + 30 && now - published <= N::from(limits.max_age) && published >= since;
    let positive = spot > 0 && average > 0;
    let certain = confidence * WHOLE <= N::from(limits.max_conf_bps) * spot;
    let near = (spot - average).abs() * WHOLE <= N::from(limits.max_deviation_bps) * average;
    let burn = spot - N::from(limits.k) * confidence;
    let mint = spot.max(average) + N::from(limits.k) * confidence;
    (fresh && positive && certain && near && burn > 0).then_some(Quote {
        spot,
        confidence,
        average,
        publish_time: published,
        exponent: message.exponent.into(),
        burn,
        mint,
        scale,
    })
}

impl Spec {
    /// The price that qualifies at this moment within these limits.
    pub fn quote(&self, limits: &Parameters) -> Option<Quote> {
        qualify(self.feed.as_ref()?, limits, self.now, self.price.publish_time)
    }

    /// Writes the price on record.
    pub fn record(&mut self, quote: &Quote) {
        self.price = Price {
            spot: quote.spot,
            confidence: quote.confidence,
            average: quote.average,
            publish_time: quote.publish_time,
            slot: self.slot,
            seen_at: self.now,
            exponent: quote.exponent,
        };
    }

    /// `10^e` of the price on record.
    pub fn last_scale(&self) -> Option<N> {
        scale(self.price.exponent)
    }

    /// Whether the price on record was seen after `marked_at` and lay within these limits when it was seen.
    pub fn refuted(&self, limits: &Parameters, marked_at: N) -> bool {
        let Price { spot, confidence, average, publish_time, seen_at, exponent, .. } = self.price.clone();
        let message = PriceMessage {
            spot: i64::try_from(spot).unwrap(),
            confidence: u64::try_from(confidence).unwrap(),
            exponent: i32::try_from(exponent).unwrap(),
            publish_time: i64::try_from(publish_time).unwrap(),
            average: i64::try_from(average).unwrap(),
        };
        seen_at > marked_at && qualify(&message, limits, seen_at, 0).is_some()
    }
}
