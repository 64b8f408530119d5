//! What a plan reads: the network as the chain has it now, and the accounts that it is about.

use super::chain::Chain;
use super::refusal::{because, refused};
use super::rent::{self, Rent};
use crate::error::{Problem, Result};
use settlement_interface::accounts::{Config, Job, JobState, Layout, Price, Provider};
use settlement_interface::{Address, pda};
use tally_client::facts::{Currency, Facts};
use tally_client::reading::{self, Account, CLOCK};

/// Where a plan is made: for which wallet, by what node.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The RPC node.
    pub chain: &'a Chain,
    /// Who will sign and pay.
    pub wallet: Address,
}

/// The network as it is now.
#[derive(Debug)]
pub struct Scene {
    /// Configuration, price, time.
    pub facts: Facts,
    /// What accounts cost.
    pub rent: Rent,
}

/// A provider and where it is.
pub type Named<T> = (Address, T);

impl Desk<'_> {
    /// The network, and these accounts of the same slot, in order.
    ///
    /// # Errors
    /// [`Kind::RpcUnavailable`](crate::error::Kind::RpcUnavailable), or
    /// [`Kind::Refused`](crate::error::Kind::Refused) if there is no network.
    pub async fn read<const N: usize>(&self, more: [Address; N]) -> Result<(Scene, [Option<Account>; N])> {
        let guess = self.chain.feed().copied();
        let mut addresses = vec![pda::config(), pda::price(), CLOCK, rent::SYSVAR];
        addresses.extend(more);
        addresses.extend(guess);
        let mut found = self.chain.accounts(&addresses).await?.into_iter();
        let mut next = || found.next().flatten();
        let (config, price) = (layout::<Config>(next().as_ref()), layout::<Price>(next().as_ref()));
        let (clock, rent) = (next(), next());
        let more = std::array::from_fn(|_| next());
        let (Some(config), Some(price)) = (config, price) else {
            return Err(refused(
                "The settlement network does not exist on this cluster yet; it has not been initialised.",
            ));
        };
        let time = clock.and_then(|account| reading::clock(&account.data));
        let time = time.ok_or_else(|| Problem::internal("the RPC node gave no clock"))?;
        let rent = rent.and_then(|rent| Rent::read(&rent.data));
        let rent = rent.ok_or_else(|| Problem::internal("the RPC node gave no rent that can be read"))?;
        let feed = if guess == Some(config.feed) {
            next()
        } else {
            self.chain.found_feed(config.feed);
            let [feed] = self.accounts([config.feed]).await?;
            feed
        };
        Ok((Scene { facts: Facts::new(config, price, time, feed), rent }, more))
    }

    /// These accounts of one slot, in order.
    pub async fn accounts<const N: usize>(&self, addresses: [Address; N]) -> Result<[Option<Account>; N]> {
        let mut found = self.chain.accounts(&addresses).await?.into_iter();
        Ok(std::array::from_fn(|_| found.next().flatten()))
    }

    /// The network and a job.
    ///
    /// # Errors
    /// As [`Desk::read`], and if there is no such job.
    pub async fn job(&self, address: &Address) -> Result<(Scene, Job)> {
        let (scene, [found]) = self.read([*address]).await?;
        match layout(found.as_ref()) {
            Some(job) => Ok((scene, job)),
            None => Err(refused(format!(
                "There is no job at {address} on this cluster; it may have been reclaimed after its end."
            ))),
        }
    }

    /// The network and a provider, by its account or its authority.
    ///
    /// # Errors
    /// As [`Desk::read`], and if there is no such provider.
    pub async fn provider(&self, named: &Address) -> Result<(Scene, Named<Provider>)> {
        let (scene, found) = self.read(provider_places(named)).await?;
        Ok((scene, provider_in(named, &found)?))
    }

    /// The network and the wallet's own provider.
    ///
    /// # Errors
    /// As [`Desk::read`], and if the wallet is none's authority.
    pub async fn own_provider(&self) -> Result<(Scene, Named<Provider>)> {
        let address = pda::provider(&self.wallet);
        let (scene, [found]) = self.read([address]).await?;
        match layout(found.as_ref()) {
            Some(found) => Ok((scene, (address, found))),
            None => Err(refused(format!(
                "{} is not registered as a provider; /v1/actions/register-provider registers it.",
                self.wallet
            ))),
        }
    }

    /// The provider of a job, which must have one.
    ///
    /// # Errors
    /// [`Kind::RpcUnavailable`](crate::error::Kind::RpcUnavailable).
    pub async fn provider_of(&self, job: &Job) -> Result<Provider> {
        let [found] = self.accounts([job.terms.provider]).await?;
        layout(found.as_ref()).ok_or_else(|| Problem::internal("the job's provider cannot be read"))
    }

    /// Refuses unless the wallet is `expected`, who is called `role`.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::error::Kind::Refused).
    pub fn must_be(&self, expected: &Address, role: &str) -> Result<()> {
        if self.wallet == *expected {
            return Ok(());
        }
        Err(refused(format!("Only {role}, {expected}, may do this; the wallet is {}.", self.wallet)))
    }

    /// Refuses to pay `amount` of a currency out of what was found at the wallet's associated address; that
    /// address.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::error::Kind::Refused), with what is missing.
    pub fn payable(&self, found: Option<&Account>, currency: &Currency, amount: u64) -> Result<Address> {
        let wallet = &self.wallet;
        let purse = purse(found, wallet, currency)?;
        match purse {
            None => Err(refused(format!(
                "The wallet {wallet} has no account for {}; {} are needed in one.",
                currency.mint,
                currency.say(amount)
            ))),
            Some(held) if held < amount => Err(refused(format!(
                "The wallet {wallet} holds {}, but {} are needed; name less or get more.",
                currency.say(held),
                currency.say(amount)
            ))),
            Some(_) => Ok(currency.account(wallet)),
        }
    }
}

impl Scene {
    /// What jobs of this rail are paid in.
    ///
    /// # Errors
    /// The program's own refusal if there is no such rail.
    pub fn currency(&self, rail: u8) -> Result<Currency> {
        self.facts.currency(rail).map_err(super::refusal::program_refuses)
    }

    /// Refuses while opening and accepting is paused.
    ///
    /// # Errors
    /// The program's own refusal.
    pub fn not_paused(&self) -> Result<()> {
        if self.facts.config.is_paused(self.facts.now) {
            return Err(super::refusal::program_refuses(settlement_interface::SettlementError::Paused));
        }
        Ok(())
    }
}

/// Where a provider may be that is named by its account or by its authority.
pub fn provider_places(named: &Address) -> [Address; 2] {
    [*named, pda::provider(named)]
}

/// The provider among what was found at [`provider_places`].
///
/// # Errors
/// [`Kind::Refused`](crate::error::Kind::Refused) if there is none.
pub fn provider_in(named: &Address, found: &[Option<Account>; 2]) -> Result<Named<Provider>> {
    let mut placed = provider_places(named).into_iter().zip(found);
    let provider = placed.find_map(|(address, account)| Some((address, layout(account.as_ref())?)));
    provider.ok_or_else(|| {
        refused(format!(
            "No provider is registered whose account or authority is {named}; see /v1/providers."
        ))
    })
}

/// What a wallet holds at its associated address, base units; `None` if there is no such account.
///
/// # Errors
/// If it is another's, frozen, or something else.
pub fn purse(found: Option<&Account>, wallet: &Address, currency: &Currency) -> Result<Option<u64>> {
    let Currency { mint, token_program, .. } = currency;
    let found = reading::purse(found, wallet, mint, token_program);
    Ok(found.map_err(|error| because(error.to_string()))?.map(|purse| purse.amount))
}

/// An account of the program, of this kind.
pub fn layout<T: Layout>(account: Option<&Account>) -> Option<T> {
    account.and_then(Account::layout)
}

/// Refuses unless a job is in one of these states.
///
/// # Errors
/// [`Kind::Refused`](crate::error::Kind::Refused).
pub fn in_state(job: &Job, states: &[JobState], what: &str) -> Result<()> {
    let state = job.state();
    if state.is_some_and(|state| states.contains(&state)) {
        return Ok(());
    }
    let names: Vec<_> = states.iter().map(|state| state.name()).collect();
    Err(refused(format!(
        "The job is {}; {what} only while it is {}.",
        state.map_or("in an unknown state", JobState::name),
        names.join(" or ")
    )))
}
