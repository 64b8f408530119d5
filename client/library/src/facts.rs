//! The network as it is now, as far as what people want to sign depends on it.

use crate::amounts::{USD_DECIMALS, decimal};
use crate::reading::{Account, quote};
use settlement_interface::accounts::{Config, Job, Price};
use settlement_interface::instructions::{Network, StableNetwork};
use settlement_interface::oracle::{self, Halt, Quote};
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address, SettlementError, pda, rules};

/// A mint that people pay with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The mint.
    pub mint: Address,
    /// Its token program.
    pub token_program: Address,
    /// Its decimals.
    pub decimals: u32,
    /// What an amount of it is called.
    pub name: &'static str,
}

impl Currency {
    /// A wallet's associated account.
    pub fn account(&self, wallet: &Address) -> Address {
        pda::associated_token_of(wallet, &self.mint, &self.token_program)
    }

    /// An amount in words.
    pub fn say(&self, amount: u64) -> String {
        format!("{} {}", decimal(amount, self.decimals), self.name)
    }
}

/// What of the network an instruction depends on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its configuration.
    pub config: Config,
    /// The last price that qualified.
    pub price: Price,
    /// What the feed says now, by the program's own judgement and the network's parameters.
    pub quote: Result<Quote, Halt>,
    /// The feed itself.
    pub feed: Option<Account>,
    /// The cluster's time, Unix seconds.
    pub now: i64,
    /// The cluster's slot.
    pub slot: u64,
}

impl Facts {
    /// Of accounts that were read, the clock as slot and Unix seconds, and the account at `config.feed`.
    pub fn new(config: Config, price: Price, (slot, now): (u64, i64), feed: Option<Account>) -> Self {
        let quote = quote(feed.as_ref(), &config, &config.parameters.limits(), &price, now);
        Self { config, price, quote, feed, now, slot }
    }

    /// What the feed says now, within the limits that a job was opened with.
    ///
    /// # Errors
    /// Why no price qualifies for it.
    pub fn quote_for(&self, job: &Job) -> Result<Quote, Halt> {
        quote(self.feed.as_ref(), &self.config, &job.terms.limits(), &self.price, self.now)
    }

    /// Builders of this network's instructions.
    pub fn network(&self) -> Network {
        Network { mint: self.config.mint, feed: self.config.feed }
    }

    /// Builders for the stable rail.
    ///
    /// # Errors
    /// [`SettlementError::NoStableRail`].
    pub fn stable(&self) -> Result<StableNetwork, SettlementError> {
        let Config { stable_mint, stable_program, .. } = self.config;
        if stable_mint == Address::default() {
            return Err(SettlementError::NoStableRail);
        }
        Ok(StableNetwork { network: self.network(), mint: stable_mint, token_program: stable_program })
    }

    /// What jobs of this rail are paid in.
    ///
    /// # Errors
    /// [`SettlementError::NoStableRail`].
    pub fn currency(&self, rail: u8) -> Result<Currency, SettlementError> {
        if rail == RAIL_STABLE {
            let StableNetwork { mint, token_program, .. } = self.stable()?;
            return Ok(Currency { mint, token_program, decimals: USD_DECIMALS, name: "dollars" });
        }
        Ok(self.compute())
    }

    /// The compute token.
    pub fn compute(&self) -> Currency {
        let (mint, token_program) = (self.config.mint, pda::TOKEN_PROGRAM);
        Currency { mint, token_program, decimals: self.decimals(), name: "tokens" }
    }

    /// Decimals of the compute token.
    pub fn decimals(&self) -> u32 {
        u32::from(self.config.decimals)
    }

    /// Index of the present epoch.
    ///
    /// # Errors
    /// [`SettlementError::Arithmetic`] for a clock before 1970, which no cluster has.
    pub fn epoch(&self) -> Result<u64, SettlementError> {
        self.config.epoch_index(self.now).ok_or(SettlementError::Arithmetic)
    }

    /// The compute token.
    pub fn mint(&self) -> &Address {
        &self.config.mint
    }

    /// The bond that a job's terms ask for now, base units of the compute token: on the stable rail at `quote`
    /// or, without one, at the last price that qualified.
    ///
    /// # Errors
    /// [`SettlementError::Arithmetic`].
    pub fn bond_asked(&self, job: &Job, quote: Option<&Quote>) -> Result<u64, SettlementError> {
        self.bond_for(job, job.escrow, quote)
    }

    /// The same for another escrow than the job's present one.
    ///
    /// # Errors
    /// [`SettlementError::Arithmetic`].
    pub fn bond_for(&self, job: &Job, escrow: u64, quote: Option<&Quote>) -> Result<u64, SettlementError> {
        let rail = job.terms.order.rail;
        let (price, scale) = match quote {
            Some(quote) => (quote.burn, quote.scale),
            None if rail == RAIL_TOKEN => (0, 0),
            None => {
                let scale = oracle::scale(self.config.decimals, self.price.exponent);
                (self.price.spot, scale.ok_or(SettlementError::Arithmetic)?)
            }
        };
        rules::bond_asked(rail, escrow, job.terms.parameters.bond_bps, price, scale)
            .ok_or(SettlementError::Arithmetic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::parameters::Parameters;

    fn facts() -> Facts {
        let mut config: Config = bytemuck::Zeroable::zeroed();
        config.parameters = Parameters::DEFAULT;
        config.decimals = 9;
        config.mint = Address::new_from_array([3; 32]);
        Facts::new(config, bytemuck::Zeroable::zeroed(), (5, 86_400), None)
    }

    #[test]
    fn a_network_without_a_stablecoin_has_one_currency() {
        let mut facts = facts();
        assert_eq!(facts.currency(RAIL_TOKEN).unwrap().say(1_500_000_000), "1.5 tokens");
        assert_eq!(facts.currency(RAIL_STABLE), Err(SettlementError::NoStableRail));
        facts.config.stable_mint = Address::new_from_array([4; 32]);
        assert_eq!(facts.currency(RAIL_STABLE).unwrap().say(1_500_000), "1.5 dollars");
    }

    #[test]
    fn a_bond_of_the_token_rail_needs_no_price_and_one_of_the_stable_rail_takes_the_last() {
        let mut facts = facts();
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.terms.parameters = Parameters::DEFAULT;
        job.escrow = 1_000;
        job.terms.order.rail = RAIL_TOKEN;
        assert_eq!(facts.bond_asked(&job, None), Ok(100));
        job.terms.order.rail = RAIL_STABLE;
        assert_eq!(facts.bond_asked(&job, None), Err(SettlementError::Arithmetic));
        (facts.price.spot, facts.price.exponent) = (200_000_000, -8);
        // 10% of 0.001 USD at 2 USD a token of 9 decimals.
        assert_eq!(facts.bond_asked(&job, None), Ok(50_000));
        assert_eq!(facts.bond_for(&job, 2_000, None), Ok(100_000));
        assert_eq!((facts.epoch(), facts.quote), (Ok(1), Err(Halt::Missing)));
    }
}
