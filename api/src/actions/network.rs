//! The network as the chain has it now, as far as a transaction depends on it.

use super::chain::Chain;
use super::rent::{self, Rent};
use crate::error::{Kind, Problem, Result};
use settlement_interface::accounts::{Config, Consumer, Layout, Price, Provider};
use settlement_interface::instructions::Network as Instructions;
use settlement_interface::oracle::{Halt, Quote};
use settlement_interface::{Address, SettlementError, pda};
use tally_client::reading::{self, Account, CLOCK};

/// What a wallet's transaction depends on, read in two slots at most.
#[derive(Debug)]
pub struct Scene {
    /// The network's configuration.
    pub config: Config,
    /// What the pinned feed says now, by the program's own judgement.
    pub quote: Result<Quote, Halt>,
    /// The cluster's time, Unix seconds.
    pub now: i64,
    /// What accounts cost.
    pub rent: Rent,
    /// The wallet's `Consumer`, if it is registered.
    pub consumer: Option<Consumer>,
    /// The provider named: its account's address and content.
    pub provider: (Address, Provider),
    /// What is at the wallet's associated address; nothing of it is checked yet.
    source: Option<Account>,
    /// Whether the provider's own token account exists.
    pub provider_can_be_paid: bool,
}

impl Scene {
    /// Reads what concerns a wallet and a provider, named by its account or by its authority.
    ///
    /// # Errors
    /// [`Kind::RpcUnavailable`], or [`Kind::Refused`] if network or provider do not exist.
    pub async fn read(chain: &Chain, wallet: &Address, provider: &Address) -> Result<Self> {
        let derived = pda::provider(provider);
        let addresses =
            [pda::config(), pda::price(), CLOCK, rent::SYSVAR, pda::consumer(wallet), *provider, derived];
        let [config, price, clock, rent, consumer, named, by_authority] = chain.accounts(addresses).await?;
        let (Some(config), Some(price)) =
            (layout::<Config>(config.as_ref()), layout::<Price>(price.as_ref()))
        else {
            return Err(refused(
                "The settlement network does not exist on this cluster yet; it has not been initialised.",
            ));
        };
        let now = clock.as_ref().and_then(|account| reading::clock(&account.data)).map(|(_, now)| now);
        let now = now.ok_or_else(|| Problem::internal("the RPC node gave no clock"))?;
        let rent = rent.as_ref().and_then(|rent| Rent::read(&rent.data));
        let rent = rent.ok_or_else(|| Problem::internal("the RPC node gave no rent that can be read"))?;
        let named = layout::<Provider>(named.as_ref()).map(|content| (*provider, content));
        let by_authority = layout::<Provider>(by_authority.as_ref()).map(|content| (derived, content));
        let provider = named.or(by_authority).ok_or_else(|| {
            refused(format!(
                "No provider is registered whose account or authority is {provider}; see /v1/providers."
            ))
        })?;
        let own = pda::associated_token(wallet, &config.mint);
        let paid = pda::associated_token(&provider.1.authority, &config.mint);
        let [source, paid, feed] = chain.accounts([own, paid, config.feed]).await?;
        Ok(Self {
            quote: reading::quote(feed.as_ref(), &config, &config.parameters.limits(), &price, now),
            config,
            now,
            rent,
            consumer: layout(consumer.as_ref()),
            provider,
            source,
            provider_can_be_paid: paid.as_ref().is_some_and(|paid| paid.owner == pda::TOKEN_PROGRAM),
        })
    }

    /// The wallet's associated token account, and what can be taken out of it in base units; `None` if
    /// there is no such account.
    ///
    /// # Errors
    /// [`Kind::Refused`] if it is not what the program takes payment from.
    pub fn tokens(&self, wallet: &Address) -> Result<Option<(Address, u64)>> {
        let mint = &self.config.mint;
        let found = reading::purse(self.source.as_ref(), wallet, mint, &pda::TOKEN_PROGRAM);
        let purse = found.map_err(|error| because(error.to_string()))?;
        Ok(purse.map(|purse| (pda::associated_token(wallet, mint), purse.amount)))
    }

    /// Builders of this network's instructions.
    pub fn instructions(&self) -> Instructions {
        Instructions { mint: self.config.mint, feed: self.config.feed }
    }
}

/// A refusal before anything is built.
pub fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Refused, detail)
}

/// A refusal for a reason of the client library, which begins without a capital and ends without a stop.
pub fn because(reason: impl AsRef<str>) -> Problem {
    let mut letters = reason.as_ref().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    refused(format!("{}{}.", first.map_or_else(String::new, String::from), letters.as_str()))
}

/// A refusal in the program's own words.
pub fn program_refuses(error: SettlementError) -> Problem {
    refused(error.message())
}

fn layout<T: Layout>(account: Option<&Account>) -> Option<T> {
    account.and_then(Account::layout)
}
