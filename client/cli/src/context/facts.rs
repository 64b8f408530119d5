//! The network as it is now.

use super::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::accounts::{Config, Job, Price};
use tally_client::interface::instructions::{Network, StableNetwork};
use tally_client::interface::oracle::{Halt, Quote};
use tally_client::interface::terms::RAIL_STABLE;
use tally_client::interface::{Address, SettlementError, pda};
use tally_client::reading::{Account, CLOCK, clock, quote};

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

/// What of the network a command depends on.
#[derive(Debug)]
pub struct Facts {
    /// Its configuration.
    pub config: Config,
    /// The last price that qualified.
    pub price: Price,
    /// What the feed says now, by the program's own judgement and the network's parameters.
    pub quote: std::result::Result<Quote, Halt>,
    /// The feed itself.
    pub feed: Option<Account>,
    /// The cluster's time, Unix seconds.
    pub now: i64,
    /// The cluster's slot.
    pub slot: u64,
}

impl Facts {
    /// Reads it.
    pub(super) async fn read(context: &Context) -> Result<Self> {
        let addresses = [pda::config(), pda::price(), CLOCK];
        let mut found = context.rpc.accounts(&addresses).await?.into_iter();
        let mut next = || found.next().flatten();
        let (config, price, time) = (next(), next(), next());
        let config = config.and_then(|account| account.layout::<Config>());
        let price = price.and_then(|account| account.layout::<Price>());
        let (Some(config), Some(price)) = (config, price) else {
            return refused(
                "the settlement network does not exist on this cluster; check the URL, or initialise it with \
                 \"tally network initialize\"",
            );
        };
        let (slot, now) = time
            .and_then(|account| clock(&account.data))
            .ok_or_else(|| Failure::Failed("the node gave no clock".into()))?;
        let feed = context.rpc.accounts(&[config.feed]).await?.into_iter().next().flatten();
        let limits = config.parameters.limits();
        Ok(Self {
            quote: quote(feed.as_ref(), &config, &limits, &price, now),
            feed,
            config,
            price,
            now,
            slot,
        })
    }

    /// What the feed says now, within the limits that a job was opened with.
    pub fn quote_for(&self, job: &Job) -> std::result::Result<Quote, Halt> {
        quote(self.feed.as_ref(), &self.config, &job.terms.limits(), &self.price, self.now)
    }

    /// Builders of this network's instructions.
    pub fn network(&self) -> Network {
        Network { mint: self.config.mint, feed: self.config.feed }
    }

    /// Builders for the stable rail.
    pub fn stable(&self) -> Result<StableNetwork> {
        let Config { stable_mint, stable_program, .. } = self.config;
        if stable_mint == Address::default() {
            return Err(program_refuses(SettlementError::NoStableRail));
        }
        Ok(StableNetwork { network: self.network(), mint: stable_mint, token_program: stable_program })
    }

    /// What jobs of this rail are paid in.
    pub fn currency(&self, rail: u8) -> Result<Currency> {
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
    pub fn epoch(&self) -> Result<u64> {
        let index = self.config.epoch_index(self.now);
        index.ok_or_else(|| Failure::Failed("the cluster's clock is before 1970".into()))
    }

    /// The compute token.
    pub fn mint(&self) -> &Address {
        &self.config.mint
    }
}

#[cfg(test)]
impl Facts {
    /// A network of 9 decimals at this moment, with the default parameters and no price.
    pub fn sample(now: i64) -> Self {
        let mut config: Config = bytemuck::Zeroable::zeroed();
        config.parameters = tally_client::interface::parameters::Parameters::DEFAULT;
        config.decimals = 9;
        let price: Price = bytemuck::Zeroable::zeroed();
        Self { config, price, quote: Err(Halt::Missing), feed: None, now, slot: u64::MAX }
    }
}
