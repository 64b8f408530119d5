//! A buyback round up to this moment: shared by `tick_buyback` and `buyback`.

use crate::guards::{add, oracle, whole};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Buyback, Config, Price};
use settlement_interface::events::Quoted;
use settlement_interface::oracle::Quote;
use settlement_interface::rules::buyback::{FALL, MIN_LOT, counted, factor_bps};

/// What is asked at this moment.
pub struct Asked {
    /// The price that qualifies.
    pub quote: Quote,
    /// The same for an event.
    pub quoted: Quoted,
    /// Asking price, basis points of what the oracle says.
    pub factor_bps: u64,
}

/// Counts the round's time, or starts one if nothing is left of the last lot. Needs a price that
/// qualifies within the network's limits, and records it.
pub fn advance(
    auction: &mut Buyback,
    config: &Config,
    price: &mut Price,
    feed: &AccountView,
    vault: &TokenAccount,
    (now, slot): (i64, u64),
) -> Result<Asked> {
    // A frozen vault cannot sell, so its round must not grow cheaper meanwhile.
    require!(!vault.is_frozen(), SettlementError::BuybackFrozen);
    let quote = oracle::read(config, price, feed, &config.parameters.limits(), now)?;
    let quote = quote.map_err(|_| SettlementError::NoPrice)?;
    if auction.left == 0 {
        let lot = vault.amount();
        require!(lot >= MIN_LOT, SettlementError::LotTooSmall);
        (auction.lot, auction.left) = (lot, lot);
        (auction.started_at, auction.elapsed) = (now, 0);
        add(&mut auction.rounds, 1)?;
    } else {
        let seconds = counted(auction.ticked_at, price.seen_at, now);
        auction.elapsed = whole(auction.elapsed.checked_add(seconds))?.min(FALL);
    }
    auction.ticked_at = now;
    let factor_bps = whole(factor_bps(auction.elapsed))?;
    let quoted = oracle::record(price, &quote, now, slot);
    Ok(Asked { quote, quoted, factor_bps })
}
