//! The actors of a random market and what a bystander remembers of it.

use crate::random::Random;
use settlement_interface::accounts::Job;
use settlement_interface::events::Event;
use settlement_interface::instructions::JobKeys;
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, SettlementError, pda};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeMap;
use tests::{Actors, Outcome, World};

/// What a bystander knows about a job from its events.
#[derive(Default)]
pub struct Seen {
    pub accepted: bool,
    /// Of the last mark: seconds and slot.
    pub marked: Option<(i64, u64)>,
}

/// How often each step was done and refused.
pub type Counts = BTreeMap<&'static str, (u64, u64)>;

pub struct Market {
    pub world: World,
    pub random: Random,
    /// Decides on changed copies; a series of its own, so that they do not move the other.
    pub mutants: Random,
    /// Whether changed copies are sent.
    pub mutating: bool,
    pub actors: Vec<Actors>,
    pub stranger: Keypair,
    /// Supply as events have it: genesis + minted - burned here - burned elsewhere.
    pub supply: u64,
    /// Take of the epochs that were closed.
    pub closed_takes: u64,
    /// Changes that wait, by index: from when until when each may be applied.
    pub changes: BTreeMap<u64, (i64, i64)>,
    /// Gifts to vaults.
    pub gifts: BTreeMap<Address, u64>,
    pub sequences: BTreeMap<Address, u64>,
    pub seen: BTreeMap<Address, Seen>,
    pub counts: Counts,
    /// Events since the last check.
    pub fresh: Vec<Event>,
}

impl Market {
    pub fn new(seed: u64) -> Self {
        // Short terms, so that every state is reached often.
        let parameters = Parameters {
            grace: 600,
            receipt_grace: 3_600,
            min_lead: 0,
            unbonding: 86_400,
            halt_max: 86_400,
            epoch_len: 7_200,
            timelock: 3_600,
            change_expiry: 43_200,
            ..Parameters::DEFAULT
        };
        let mut world = World::with(parameters);
        let actors: Vec<_> = (0..3).map(|_| Actors::new(&mut world)).collect();
        let stranger = world.holder(1_000_000_000_000);
        let supply = world.supply();
        let mut market = Self {
            world,
            random: Random(seed),
            mutants: Random(!seed),
            mutating: true,
            actors,
            stranger,
            supply,
            closed_takes: 0,
            changes: BTreeMap::new(),
            gifts: BTreeMap::new(),
            sequences: BTreeMap::new(),
            seen: BTreeMap::new(),
            counts: BTreeMap::new(),
            fresh: Vec::new(),
        };
        // Setting up was not watched; numbers continue from what it left.
        let (config, price) = (market.world.config(), market.world.last_price());
        market.sequences.insert(pda::config(), config.sequence);
        market.sequences.insert(pda::price(), price.sequence);
        market.sequences.insert(pda::totals(), market.world.totals().sequence);
        for (address, provider) in market.world.all::<settlement_interface::accounts::Provider>() {
            market.sequences.insert(address, provider.sequence);
        }
        for (address, consumer) in market.world.all::<settlement_interface::accounts::Consumer>() {
            market.sequences.insert(address, consumer.sequence);
        }
        market
    }

    /// Sends, remembers the events, and counts.
    pub fn send(&mut self, name: &'static str, all: &[Instruction], signers: &[&Keypair]) -> Outcome {
        if self.mutating {
            self.send_mutant(name, all, signers);
        }
        let outcome = self.world.send(all, signers);
        let count = self.counts.entry(name).or_default();
        match &outcome {
            Ok(sent) => {
                count.0 += 1;
                self.fresh.extend(sent.events.iter().cloned());
            }
            Err(refusal) => {
                count.1 += 1;
                let may = matches!(
                    name,
                    "open_job" | "accept_offer" | "accept_standing_offer" | "accept_bid" | "place_bid"
                );
                let paused = refusal.reason == SettlementError::Paused.into();
                assert!(may || !paused, "{name} was refused because of a pause");
            }
        }
        outcome
    }

    pub fn jobs(&self) -> Vec<(JobKeys, Job)> {
        let all = self.world.all::<Job>();
        all.into_iter().map(|(_, job)| (JobKeys::of(&job), job)).collect()
    }

    /// Who is behind a job: the actors of its consumer and of its provider; without one, of anybody.
    pub fn parties(&self, job: &Job) -> (&Actors, &Actors) {
        let consumer =
            self.actors.iter().find(|actor| actor.consumer.pubkey() == job.terms.consumer).unwrap();
        let provider = self.actors.iter().find(|actor| actor.provider_address() == job.terms.provider);
        let provider = provider.unwrap_or(&self.actors[0]);
        (consumer, provider)
    }
}
