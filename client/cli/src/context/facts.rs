//! The network as it is now.

use super::Context;
use crate::failure::{Failure, Result, refused};
use tally_client::interface::accounts::{Config, Job, Price};
use tally_client::interface::instructions::Network;
use tally_client::interface::oracle::{Halt, Quote};
use tally_client::interface::{Address, pda};
use tally_client::reading::{Account, CLOCK, clock, quote};

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
