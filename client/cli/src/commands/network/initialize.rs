//! Starting the network.

use super::parameters::{Setting, figures, with};
use crate::arguments::{Digest, Key};
use crate::commands::checks::missing;
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::decimal;
use tally_client::interface::accounts::{Config, Layout, Price, Totals};
use tally_client::interface::instructions::Network;
use tally_client::interface::parameters::{Genesis, Parameters};
use tally_client::interface::{Address, ID, SettlementError, oracle, pda};
use tally_client::tokens::{Mint, TOKEN_ACCOUNT_LEN};

/// Decimals that the program takes.
const DECIMALS: std::ops::RangeInclusive<u8> = 6..=11;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Initialize {
    /// The compute token; its mint authority must be the program's config address already
    #[arg(long, value_name = "MINT")]
    mint: Key,
    /// Pyth feed id of the compute token in USD
    #[arg(long, value_name = "HEX")]
    feed_id: Digest,
    /// Shard of the push feed
    #[arg(long, default_value_t = 0)]
    feed_shard: u16,
    /// Wallet of the treasury
    #[arg(long, value_name = "ADDRESS")]
    treasury: Key,
    /// Who may pause besides the admin [default: nobody]
    #[arg(long, value_name = "ADDRESS")]
    guardian: Option<Key>,
    /// A parameter, such as take_bps=500 or grace=1h; many times [default: the program's defaults]
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<Setting>,
}

/// The upgrade authority that the program's data account names: tag (4), slot (8), Some (1), key (32).
fn upgrade_authority(data: &[u8]) -> Option<Address> {
    let named = data.strip_prefix(&[3, 0, 0, 0])?.get(8..)?.strip_prefix(&[1])?;
    named.first_chunk().copied().map(Address::new_from_array)
}

/// Refuses a mint that the program refuses.
fn check_mint(mint: &Mint) -> Result<()> {
    if mint.authority != Some(pda::config()) {
        return refused(format!(
            "the mint's authority must be the program's config address {}; hand it over first, with spl-token authorize",
            pda::config()
        ));
    }
    if mint.freezer.is_some() {
        return Err(program_refuses(SettlementError::FreezeAuthority));
    }
    if !DECIMALS.contains(&mint.decimals) {
        return Err(program_refuses(SettlementError::MintDecimals));
    }
    Ok(())
}

impl Doing for Initialize {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let parameters = with(Parameters::DEFAULT, &self.settings)?;
        let (owner, payer) = (context.owner()?, context.payer()?);
        let found = context.rpc.accounts(&[pda::config(), pda::program_data(), self.mint.0]).await?;
        let [config, program, mint] = found.as_slice() else { return Err(missing("the program")) };
        if config.as_ref().and_then(|config| config.layout::<Config>()).is_some() {
            return refused("the network is initialised already; see it with \"tally network show\"");
        }
        let Some(program) = program.as_ref().filter(|account| account.owner == pda::UPGRADEABLE_LOADER)
        else {
            return refused(format!("the settlement program {ID} is not deployed on this cluster"));
        };
        match upgrade_authority(&program.data) {
            Some(authority) => context.must_be(&authority, "the program's upgrade authority")?,
            None => {
                return refused(
                    "the program has no upgrade authority, so that nobody can initialise it any more",
                );
            }
        }
        let mint = mint.as_ref().filter(|account| account.owner == pda::TOKEN_PROGRAM);
        let Some(mint) = mint.and_then(|account| Mint::read(&account.data)) else {
            return refused(format!("{} is no mint of the SPL Token program", self.mint.0));
        };
        check_mint(&mint)?;
        let cluster = context.rpc.genesis_hash().await?;
        let genesis = Genesis {
            parameters,
            guardian: self.guardian.map_or_else(Address::default, |key| key.0),
            treasury: self.treasury.0,
            cluster: cluster.to_bytes(),
            feed_id: self.feed_id.0,
            feed_shard: self.feed_shard,
        };
        let feed = oracle::push_feed(self.feed_shard, &self.feed_id.0);
        let decimals = u32::from(mint.decimals);
        let network = Network { mint: self.mint.0, feed };
        let shown = figures(&parameters, decimals);
        let values = serde_json::to_value(&shown).map_err(|error| Failure::Failed(error.to_string()))?;
        let text: Vec<_> = shown.shown().map(|(label, value)| format!("{label} {value}")).collect();
        let record = Record::new()
            .text("mint", self.mint.0)
            .tokens("supply", mint.supply, decimals)
            .text("feed", feed)
            .text("treasury", self.treasury.0)
            .maybe("guardian", self.guardian.map(|key| key.0))
            .text("cluster", cluster)
            .with("parameters", text.join(", "), values);
        Ok(Plan::new(vec![network.initialize(&owner, &payer, &genesis)])
            .say(format!("Starts the network for the compute token {}, with you as its admin.", self.mint.0))
            .say(format!(
                "Its {} tokens are the genesis supply. Mint, feed, cluster and length of an epoch are fixed for good.",
                decimal(mint.supply, decimals)
            ))
            .figures(record)
            .creates("config", Config::LEN)
            .creates("price", Price::LEN)
            .creates("totals", Totals::LEN)
            .creates("stake vault", TOKEN_ACCOUNT_LEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mint_that_somebody_else_controls_is_refused() {
        let good = Mint { authority: Some(pda::config()), supply: 1, decimals: 9, freezer: None };
        assert_eq!(check_mint(&good), Ok(()));
        let told = |mint: Mint| check_mint(&mint).unwrap_err().sentence().to_owned();
        assert!(told(Mint { authority: None, ..good }).contains(&pda::config().to_string()));
        assert!(told(Mint { freezer: Some(pda::config()), ..good }).contains("freeze"));
        assert!(told(Mint { decimals: 5, ..good }).contains("6 to 11"));
        assert!(told(Mint { decimals: 12, ..good }).contains("6 to 11"));
    }

    #[test]
    fn the_upgrade_authority_is_read_or_there_is_none() {
        let mut data = vec![3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        data.extend_from_slice(&[7; 32]);
        assert_eq!(upgrade_authority(&data), Some(Address::new_from_array([7; 32])));
        data[12] = 0;
        assert_eq!(upgrade_authority(&data), None);
        assert_eq!(upgrade_authority(&[]), None);
    }
}
