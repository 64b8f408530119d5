//! The network as the chain has it now, as far as a transaction depends on it.

use super::chain::{Account, Chain};
use super::rent::{self, Rent};
use crate::error::{Kind, Problem, Result};
use settlement_interface::accounts::{Config, Consumer, Layout, Price, Provider};
use settlement_interface::instructions::Network as Instructions;
use settlement_interface::oracle::{self, Halt, PYTH_RECEIVER, Quote};
use settlement_interface::{Address, ID, SettlementError, pda};

/// The cluster's clock.
const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Where the clock's Unix time lies: behind slot, epoch start, epoch, leader schedule epoch.
const CLOCK_TIME: usize = 32;
/// Where a token account's mint, owner, amount and state lie.
const TOKEN_OWNER: usize = 32;
const TOKEN_AMOUNT: usize = 64;
const TOKEN_STATE: usize = 108;
/// An SPL token account that is frozen.
const FROZEN: u8 = 2;

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
    /// The wallet's associated token account, if it exists; nothing in it is checked yet.
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
        let now = clock.as_ref().and_then(|clock| number(&clock.data, CLOCK_TIME)).map(i64::from_le_bytes);
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
            quote: quote(feed.as_ref(), &config, &price, now),
            config,
            now,
            rent,
            consumer: layout(consumer.as_ref()),
            provider,
            source: source.filter(exists),
            provider_can_be_paid: paid.as_ref().is_some_and(|paid| paid.owner == pda::TOKEN_PROGRAM),
        })
    }

    /// The wallet's associated token account, and what can be taken out of it in base units; `None` if
    /// there is no such account.
    ///
    /// # Errors
    /// [`Kind::Refused`] if it is not what the program takes payment from.
    pub fn tokens(&self, wallet: &Address) -> Result<Option<(Address, u64)>> {
        let address = pda::associated_token(wallet, &self.config.mint);
        let amount = self.source.as_ref().map(|account| spendable(account, wallet, &self.config));
        Ok(amount.transpose()?.map(|amount| (address, amount)))
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

/// A refusal in the program's own words.
pub fn program_refuses(error: SettlementError) -> Problem {
    refused(error.message())
}

fn layout<T: Layout>(account: Option<&Account>) -> Option<T> {
    account.filter(|account| account.owner == ID).and_then(|account| T::read(&account.data))
}

/// Whether something has been created at an address. Anyone can send lamports to one that is still
/// empty; it then belongs to the system program and is created later all the same.
fn exists(account: &Account) -> bool {
    account.owner != pda::SYSTEM_PROGRAM
}

/// Judges the pinned feed as the program does, so that what is built now is accepted now.
fn quote(feed: Option<&Account>, config: &Config, price: &Price, now: i64) -> Result<Quote, Halt> {
    let feed = feed.filter(|feed| feed.owner == PYTH_RECEIVER).ok_or(Halt::Missing)?;
    let message = oracle::parse(&feed.data, &config.feed_id)?;
    oracle::qualify(&message, &config.parameters.limits(), config.decimals, now, price.publish_time)
}

fn number(data: &[u8], offset: usize) -> Option<[u8; 8]> {
    data.get(offset..)?.first_chunk().copied()
}

/// What can be taken out of a token account, base units.
fn spendable(account: &Account, wallet: &Address, config: &Config) -> Result<u64> {
    let field = |offset: usize| account.data.get(offset..)?.first_chunk::<32>();
    let amount = number(&account.data, TOKEN_AMOUNT).map(u64::from_le_bytes);
    let (true, Some(mint), Some(owner), Some(amount)) =
        (account.owner == pda::TOKEN_PROGRAM, field(0), field(TOKEN_OWNER), amount)
    else {
        return Err(refused(format!(
            "The associated token account of {wallet} is not an SPL token account."
        )));
    };
    if mint != config.mint.as_array() {
        return Err(program_refuses(SettlementError::WrongMint));
    }
    if owner != wallet.as_array() {
        return Err(refused(format!(
            "The associated token account of {wallet} has been given to another owner."
        )));
    }
    if account.data.get(TOKEN_STATE) == Some(&FROZEN) {
        return Err(refused(format!("The associated token account of {wallet} is frozen.")));
    }
    Ok(amount)
}
