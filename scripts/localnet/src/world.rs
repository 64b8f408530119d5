//! What the acts of the market share: the network, its time and price, the people and their jobs.

use crate::actors::{Consumer, Hire, Provider, ThirdParties};
use crate::chain::Chain;
use crate::failure::{Context, Failure, Result};
use crate::feed::Feed;
use crate::genesis::{self, Officers};
use crate::market;
use crate::network::{Embedded, Loaded, Network, Ports, Time, Validator};
use crate::units::Dice;
use settlement_interface::accounts::{Config, Job, Price};
use settlement_interface::instructions::{Network as Addresses, StableNetwork};
use settlement_interface::oracle::Quote;
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::{Moment, has_outlasted};
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;
use std::path::Path;

/// Seconds after which a price is published again.
const REFRESH: i64 = 10;

/// Everything in play.
pub struct World {
    /// The network seen as a client sees it.
    pub chain: Chain,
    /// The token and the feed.
    pub addresses: Addresses,
    /// The same with the stablecoin.
    pub rail: StableNetwork,
    /// Who runs the network.
    pub officers: Officers,
    /// Who counts and rules without being a party.
    pub third: ThirdParties,
    /// Who pays for work.
    pub consumers: Vec<Consumer>,
    /// Who does it.
    pub providers: Vec<Provider>,
    /// Jobs by the name that the acts know them by.
    pub jobs: BTreeMap<String, Hire>,
    /// Decides what nobody else decides.
    pub dice: Dice,
    network: Network,
    feed: Feed,
    published: i64,
    started: i64,
}

/// The stablecoin's token program.
fn stable_program(seed: u64) -> Address {
    if seed.is_multiple_of(2) { pda::TOKEN_2022_PROGRAM } else { pda::TOKEN_PROGRAM }
}

impl World {
    /// Starts a network at `start` (Unix seconds) and brings it to where `initialize` has run. Its
    /// stablecoin is one of Token-2022 if `seed` is even, else of SPL Token.
    pub fn found(
        ports: Ports,
        start: i64,
        seed: u64,
        program: &[u8],
        parameters: Parameters,
    ) -> Result<Self> {
        let network = Network::Embedded(Embedded::start(ports, start)?);
        let chain = Chain::connect(&network.rpc_url());
        let officers = Officers::new();
        genesis::deploy(&chain, &officers, program)?;
        Self::begin(network, chain, officers, Feed::new(seed, start), seed, parameters)
    }

    /// The same on a real validator, with the program and the stand-in of the oracle's read from their files.
    pub fn validate(
        executable: &Path,
        folder: &Path,
        rpc_port: u16,
        seed: u64,
        [program, receiver]: [&Path; 2],
    ) -> Result<Self> {
        let (officers, bank) = (Officers::new(), Keypair::new());
        let now = market::wall_clock()?;
        let mut feed = Feed::new(seed, now);
        let loaded = Loaded {
            program,
            admin: officers.admin.pubkey(),
            receiver,
            feed: feed.account(Time { slot: 0, now }),
            bank: bank.pubkey(),
        };
        let network = Network::Validator(Validator::start(executable, folder, rpc_port, &loaded)?);
        let chain = Chain::connect_with(&network.rpc_url(), bank);
        Self::begin(network, chain, officers, feed, seed, genesis::hasty())
    }

    fn begin(
        network: Network,
        chain: Chain,
        officers: Officers,
        feed: Feed,
        seed: u64,
        parameters: Parameters,
    ) -> Result<Self> {
        let rail = genesis::make_tokens(&chain, &officers, &stable_program(seed))?;
        let started = chain.time()?.now;
        let mut world = Self {
            chain,
            addresses: rail.network,
            rail,
            officers,
            third: ThirdParties::new(),
            consumers: Vec::new(),
            providers: Vec::new(),
            jobs: BTreeMap::new(),
            dice: Dice::new(seed),
            network,
            feed,
            published: 0,
            started,
        };
        world.refresh()?;
        genesis::initialize(&world.chain, &world.officers, &world.addresses, parameters)?;
        Ok(world)
    }

    /// The network underneath.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Unix seconds at which the network started.
    pub fn started(&self) -> i64 {
        self.started
    }

    /// Slot and time as programs see them.
    pub fn time(&self) -> Result<Time> {
        self.chain.time()
    }

    /// Unix seconds as programs see them.
    pub fn now(&self) -> Result<i64> {
        Ok(self.time()?.now)
    }

    /// Index of the present epoch.
    pub fn epoch(&self) -> Result<u64> {
        let config: Config = self.chain.read(&pda::config())?;
        config.epoch_index(self.now()?).context("the clock is before 1970")
    }

    /// A job's account.
    pub fn job(&self, name: &str) -> Result<Job> {
        self.chain.read(&self.hire(name)?.keys.job)
    }

    /// What the market knows about a job.
    pub fn hire(&self, name: &str) -> Result<&Hire> {
        self.jobs.get(name).context(format!("no job is called {name}"))
    }

    /// Lets at least so many seconds pass, and as many slots as belong to them.
    pub fn pass(&mut self, seconds: i64) -> Result<()> {
        let now = self.now()?;
        self.until(now.saturating_add(seconds))
    }

    /// Travels or waits until the clock reads `moment` or later; does nothing if it does.
    pub fn until(&mut self, moment: i64) -> Result<()> {
        while !self.network.approach(self.time()?, moment)? {}
        self.refresh()
    }

    /// Until more than `length` seconds and more than as many slots have passed since a moment: what the
    /// program's waits ask for, lest a chain that stood still takes anybody's turn.
    pub fn outlast(&mut self, since: Moment, length: i64) -> Result<()> {
        self.until(since.0.saturating_add(length).saturating_add(1))?;
        loop {
            let time = self.time()?;
            if has_outlasted(since, length, (time.now, time.slot)) {
                return Ok(());
            }
            self.pass(1)?;
        }
    }

    /// Publishes a price if the last one is not from just now, unless the feed is silent.
    pub fn refresh(&mut self) -> Result<()> {
        let time = self.time()?;
        if time.now.saturating_sub(self.published) >= REFRESH {
            self.feed.publish(&self.chain, time)?;
            self.published = time.now;
        }
        Ok(())
    }

    /// Stops the feed, or lets it publish again at once.
    pub fn set_feed_silent(&mut self, silent: bool) -> Result<()> {
        self.feed.set_silent(silent);
        self.published = 0;
        self.refresh()
    }

    /// The price as the program judges it now.
    pub fn quote(&self) -> Result<Quote> {
        let config: Config = self.chain.read(&pda::config())?;
        let price: Price = self.chain.read(&pda::price())?;
        let (feed, now) = (self.chain.account(&self.addresses.feed)?, self.now()?);
        let quote =
            tally_client::reading::quote(feed.as_ref(), &config, &config.parameters.limits(), &price, now);
        quote.map_err(|halt| Failure::new(format!("no price qualifies: {}", halt.name())))
    }

    /// The price, a mantissa of `10^-8` USD per whole token.
    pub fn spot(&self) -> u64 {
        self.feed.spot()
    }
}
