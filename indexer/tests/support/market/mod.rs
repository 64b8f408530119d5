//! A market that never ran on a chain: events as the program would emit them, with its rules and
//! its sequence numbers, from a seed. It keeps what the vaults and the mint would hold, on its own,
//! so that the indexer's tables have something to be compared with.

mod jobs;
mod parties;
mod work;

use super::random::Random;
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::*;
use settlement_interface::events::*;
use settlement_interface::math::Wide;
use settlement_interface::oracle::{PriceMessage, Quote, qualify};
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::{self, Conversion};
use settlement_interface::terms::{METER_SESSION, Order, RAIL_TOKEN, Terms};
use settlement_interface::{pda, receipt};
use std::collections::BTreeMap;

/// An instruction's events.
pub type Group = Vec<Event>;

pub const DECIMALS: u8 = 9;
const UNIT: u64 = 3_600_000;

/// What accounts on chain would hold.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub supply: u64,
    pub stake_vault: u64,
    pub vaults: BTreeMap<Address, u64>,
    pub genesis: u64,
    pub minted: u64,
    pub burned: u64,
}

#[derive(Clone, Debug)]
struct Live {
    key: Address,
    job: Job,
    authority: Address,
}

/// Keeps a market at a size, so that it can go on for millions of events.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub consumers: usize,
    pub providers: usize,
    /// Jobs whose accounts exist.
    pub jobs: usize,
}

pub struct Market {
    pub random: Random,
    pub now: i64,
    pub slot: u64,
    pub holdings: Holdings,
    pub mint: Address,
    pub treasury: Address,
    sequences: BTreeMap<Address, u64>,
    consumers: Vec<(Address, u64)>,
    providers: Vec<(Address, Provider)>,
    jobs: Vec<Live>,
    epochs: BTreeMap<u64, (u64, u128)>,
    credits: BTreeMap<(u64, Address), u128>,
    message: PriceMessage,
    parameters: Parameters,
    bounds: Option<Bounds>,
}

impl Market {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (mint, treasury) = (address(&mut random), address(&mut random));
        let message = PriceMessage {
            spot: 200_000_000,
            confidence: 200_000,
            exponent: -8,
            publish_time: 0,
            average: 200_000_000,
        };
        Self {
            random,
            now: 1_780_000_000,
            slot: 0,
            holdings: Holdings::default(),
            mint,
            treasury,
            sequences: BTreeMap::new(),
            consumers: Vec::new(),
            providers: Vec::new(),
            jobs: Vec::new(),
            epochs: BTreeMap::new(),
            credits: BTreeMap::new(),
            message,
            parameters: Parameters { epoch_len: 3_600, ..Parameters::DEFAULT },
            bounds: None,
        }
    }

    /// A market that stays at a size; its clock is the caller's to move.
    #[allow(dead_code)] // tests have small ones
    pub fn bounded(seed: u64, bounds: Bounds) -> Self {
        Self { bounds: Some(bounds), ..Self::new(seed) }
    }

    /// The next transaction's instructions.
    pub fn transaction(&mut self) -> Vec<Group> {
        if self.bounds.is_none() {
            self.now += self.random.within(1, 400) as i64;
        }
        if self.holdings.genesis == 0 {
            return vec![vec![self.initialize()]];
        }
        let mut groups = Vec::new();
        for _ in 0..self.random.within(1, 3) {
            let group = self.act();
            if !group.is_empty() {
                groups.push(group);
            }
        }
        groups
    }

    fn touch(&mut self, entity: Address) -> Touched {
        let sequence = self.sequences.entry(entity).or_default();
        *sequence += 1;
        Touched { entity, sequence: *sequence }
    }

    /// An account is gone for good: a bounded market keeps nothing of it.
    fn forget(&mut self, entity: &Address) {
        if self.bounds.is_some() {
            self.sequences.remove(entity);
        }
    }

    fn has_room(&self, present: usize, most: fn(&Bounds) -> usize) -> bool {
        self.bounds.is_none_or(|bounds| present < most(&bounds))
    }

    pub fn sequence(&self, entity: &Address) -> u64 {
        self.sequences.get(entity).copied().unwrap_or(0)
    }

    fn initialize(&mut self) -> Event {
        let genesis = 1_000_000_000_000_000_000;
        (self.holdings.genesis, self.holdings.supply) = (genesis, genesis);
        Event::Initialized(Box::new(Initialized {
            entities: [self.touch(pda::config()), self.touch(pda::price()), self.touch(pda::totals())],
            at: self.now,
            admin: address(&mut self.random),
            guardian: Touched::NOTHING.entity,
            treasury: self.treasury,
            mint: self.mint,
            stake_vault: pda::stake_vault(),
            feed: address(&mut self.random),
            feed_id: [7; 32],
            cluster: [8; 32],
            receipt_domain: receipt::domain(&[8; 32]),
            parameters: self.parameters,
            genesis_supply: genesis,
            decimals: DECIMALS.into(),
        }))
    }

    fn act(&mut self) -> Group {
        match self.random.within(0, 99) {
            0..=3 if self.has_room(self.consumers.len(), |most| most.consumers) => self.register_consumer(),
            4..=6 if self.has_room(self.providers.len(), |most| most.providers) => self.register_provider(),
            7..=12 => self.stake(),
            13..=15 => self.unstake(),
            16..=20 => self.observe(),
            21..=35 if self.has_room(self.jobs.len(), |most| most.jobs) => self.open_job(),
            36..=40 => self.claim(),
            41..=46 => self.claim_rebate(),
            47 => self.administer(),
            _ => self.advance_a_job(),
        }
    }

    /// A price near the last one, with what conversions use.
    fn quote(&mut self) -> (Quote, Quoted) {
        let spot = self.message.spot * self.random.within(985, 1_015) as i64 / 1_000;
        self.message.spot = spot.clamp(50_000_000, 900_000_000);
        self.message.average = (self.message.average * 9 + self.message.spot) / 10;
        let limits = self.parameters.limits();
        let at = |message: &PriceMessage, now| qualify(message, &limits, DECIMALS, now, 0);
        self.message.publish_time = self.now;
        if at(&self.message, self.now).is_err() {
            self.message.average = self.message.spot;
        }
        self.message.confidence = self.message.spot as u64 / 1_000;
        let quote = at(&self.message, self.now).unwrap();
        let quoted = Quoted {
            spot: quote.spot,
            confidence: self.message.confidence,
            average: self.message.average as u64,
            burn: quote.burn,
            mint: quote.mint,
            publish_time: self.now,
            slot: self.slot,
            exponent: self.message.exponent,
            scale: quote.scale,
        };
        (quote, quoted)
    }

    fn observe(&mut self) -> Group {
        let (_, quoted) = self.quote();
        let entities = [self.touch(pda::price())];
        vec![Event::PriceObserved(Box::new(PriceObserved { entities, at: self.now, quoted }))]
    }

    fn burn(&mut self, amount: u64) {
        self.holdings.supply -= amount;
        self.holdings.burned += amount;
    }
}

/// An address of nobody.
pub fn address(random: &mut Random) -> Address {
    Address::new_from_array(random.bytes())
}
