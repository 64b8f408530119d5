//! The buyback's Dutch auction: dollars of the take for compute tokens that burn.

use super::arithmetic::{HOUR, N, ceil, floor};
use super::oracle::Quote;
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::{Address, pda};

/// Least lot: 10 USD.
const MIN_LOT: N = 10_000_000;
/// The asking price falls from 110% to 97% of the oracle's within six hours that count.
const START: N = 11_000;
const FLOOR: N = 9_700;
const FALL: N = 6 * HOUR;

impl Spec {
    /// Counts the round's time, or starts a round. Returns the price and what is asked of it, in basis points.
    fn round(&mut self) -> Result<(Quote, N), Refused> {
        let vault = self.tokens.get(&pda::buyback_vault()).ok_or(ELSEWHERE)?.clone();
        let quote = self.quote(&self.config.parameters);
        all(&[(!vault.frozen, E::BuybackFrozen), (quote.is_some(), E::NoPrice)])?;
        let quote = quote.unwrap();
        let (now, seen) = (self.now, self.price.seen_at);
        let round = &mut self.buyback;
        if round.left == 0 {
            all(&[(vault.amount >= MIN_LOT, E::LotTooSmall)])?;
            (round.lot, round.left) = (vault.amount, vault.amount);
            (round.started_at, round.elapsed) = (now, 0);
            round.rounds += 1;
        } else {
            // Each moment at which a price is known to have qualified counts for an hour after it.
            let between = seen.clamp(round.ticked_at, now);
            let counted = (between - round.ticked_at).min(HOUR) + (now - between).min(HOUR);
            round.elapsed = (round.elapsed + counted).min(FALL);
        }
        round.ticked_at = now;
        let factor = START - floor((START - FLOOR) * round.elapsed, FALL);
        self.record(&quote);
        Ok((quote, factor))
    }

    pub fn tick_buyback(&mut self) -> Verdict {
        self.round().map(|_| ())
    }

    pub fn buy_back(&mut self, by: Address, destination: Address, amount: N, max_tokens: N) -> Verdict {
        let source = self.associated(&by);
        if !self.tokens.contains_key(&destination) {
            return Err(ELSEWHERE);
        }
        all(&[(amount > 0, E::ZeroAmount)])?;
        let (quote, factor) = self.round()?;
        let round = &self.buyback;
        let filled = amount.min(round.left);
        let least = ceil(round.lot, 10).min(round.left);
        all(&[(filled >= least, E::FillTooSmall)])?;
        let worth = quote.spot.min(quote.average);
        let burned = ceil(filled * quote.scale * factor, 10_000 * worth);
        all(&[(burned <= ceil(max_tokens * filled, amount), E::FillTooDear)])?;
        let round = &mut self.buyback;
        round.left -= filled;
        round.sold += filled;
        round.burned += burned;
        if self.tokens.get(&source).is_none_or(|account| account.frozen || account.owner != by) {
            return Err(ELSEWHERE);
        }
        self.burn(&source, burned)?;
        self.transfer(&pda::buyback_vault(), &destination, filled)
    }
}
