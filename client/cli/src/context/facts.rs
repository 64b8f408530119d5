//! Reading the network as it is now.

use super::Context;
use crate::failure::{Failure, Result, refused};
use tally_client::facts::Facts;
use tally_client::interface::accounts::{Config, Price};
use tally_client::interface::pda;
use tally_client::reading::{CLOCK, clock};

/// What of the network a command depends on.
pub(super) async fn read(context: &Context) -> Result<Facts> {
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
    let time = time
        .and_then(|account| clock(&account.data))
        .ok_or_else(|| Failure::Failed("the node gave no clock".into()))?;
    let feed = context.rpc.accounts(&[config.feed]).await?.into_iter().next().flatten();
    Ok(Facts::new(config, price, time, feed))
}

/// A network of 9 decimals at this moment, with the default parameters and no price.
#[cfg(test)]
pub fn sample(now: i64) -> Facts {
    let mut config: Config = bytemuck::Zeroable::zeroed();
    config.parameters = tally_client::interface::parameters::Parameters::DEFAULT;
    config.decimals = 9;
    Facts::new(config, bytemuck::Zeroable::zeroed(), (u64::MAX, now), None)
}
