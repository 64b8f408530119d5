//! The entities at hand: those that a batch of events names, and the network's configuration.

use super::entity::{Entity, Held};
use super::images::{
    BidImage, BuybackImage, CaseImage, ChangeImage, ConfigImage, CreditImage, DisputeImage, EpochImage,
    JobImage, ThirdPartyImage,
};
use super::roles::roles;
use settlement_interface::accounts::{Consumer, Price, Provider, Totals};
use settlement_interface::events::Event;
use settlement_interface::{Address, pda};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

/// Why an event cannot follow its predecessors, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction(pub String);

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Entities by address.
#[derive(Clone, Debug, Default)]
pub struct World {
    held: HashMap<Address, Held>,
    config: Option<Address>,
    /// What was changed since it was loaded.
    dirty: HashSet<Address>,
    /// What was made and is not stored yet.
    made: HashSet<Address>,
}

/// Addresses of the singletons, found once: finding one costs a point on a curve or more.
#[derive(Debug)]
pub struct Singletons {
    /// The network.
    pub config: Address,
    /// The last price.
    pub price: Address,
    /// Sums over all jobs.
    pub totals: Address,
    /// The buyback.
    pub buyback: Address,
}

/// The singletons' addresses.
pub fn singletons() -> &'static Singletons {
    static FOUND: OnceLock<Singletons> = OnceLock::new();
    let find = || Singletons {
        config: pda::config(),
        price: pda::price(),
        totals: pda::totals(),
        buyback: pda::buyback(),
    };
    FOUND.get_or_init(find)
}

/// Entities as they were; `None` for one that did not exist.
pub type Saved = Vec<(Address, Option<Held>)>;

macro_rules! accessors {
    ($($name:ident, $variant:ident, $type:ty;)*) => {$(
        /// The entity at this address, if it is one of this kind.
        pub fn $name(&mut self, address: &Address) -> Result<&mut $type, Contradiction> {
            match self.held.get_mut(address).map(|held| &mut held.entity) {
                Some(Entity::$variant(entity)) => Ok(entity),
                Some(other) => Err(Contradiction(format!("{address} is a {:?}, not a {}", other.kind(), stringify!($name)))),
                None => Err(Contradiction(format!("there is no {} {address}", stringify!($name)))),
            }
        }
    )*};
}

impl World {
    accessors! {
        price, Price, Price;
        totals, Totals, Totals;
        consumer, Consumer, Consumer;
        provider, Provider, Provider;
        job, Job, JobImage;
        epoch, Epoch, EpochImage;
        credit, Credit, CreditImage;
        change, Change, ChangeImage;
        bid, Bid, BidImage;
        buyback, Buyback, BuybackImage;
        third_party, ThirdParty, ThirdPartyImage;
        case, Case, CaseImage;
        dispute, Dispute, DisputeImage;
    }

    /// Adds an entity as it is stored.
    pub fn load(&mut self, address: Address, held: Held) {
        if matches!(held.entity, Entity::Config(_)) {
            self.config = Some(address);
        }
        self.held.insert(address, held);
    }

    /// Whether an entity is at hand.
    pub fn has(&self, address: &Address) -> bool {
        self.held.contains_key(address)
    }

    /// The entity at an address.
    pub fn get(&self, address: &Address) -> Option<&Held> {
        self.held.get(address)
    }

    /// The number of an entity's last event; 0 if it does not exist.
    pub fn sequence(&self, address: &Address) -> u64 {
        self.held.get(address).map_or(0, |held| held.entity.sequence())
    }

    /// The network, if it was initialised.
    pub fn config(&mut self) -> Result<&mut ConfigImage, Contradiction> {
        let address = self.config.ok_or_else(|| Contradiction("the network is not initialised".into()))?;
        match self.held.get_mut(&address).map(|held| &mut held.entity) {
            Some(Entity::Config(config)) => Ok(config),
            _ => Err(Contradiction("the network's address holds something else".into())),
        }
    }

    /// The network without changing it.
    pub fn network(&self) -> Option<&ConfigImage> {
        match &self.held.get(&self.config?)?.entity {
            Entity::Config(config) => Some(config),
            _ => None,
        }
    }

    /// Adds a new entity.
    pub fn create(&mut self, address: Address, entity: impl Into<Entity>) -> Result<(), Contradiction> {
        if self.has(&address) {
            return Err(Contradiction(format!("{address} exists already")));
        }
        self.load(address, Held { slot: 0, entity: entity.into() });
        self.made.insert(address);
        Ok(())
    }

    /// What an event's entities are now.
    pub fn save(&self, event: &Event) -> Saved {
        roles(event).into_iter().map(|(address, _)| (address, self.held.get(&address).cloned())).collect()
    }

    /// Takes back what was done since `saved`.
    pub fn restore(&mut self, saved: Saved) {
        for (address, before) in saved {
            match before {
                Some(held) => self.load(address, held),
                None => {
                    self.held.remove(&address);
                    self.made.remove(&address);
                    self.config = self.config.filter(|config| *config != address);
                }
            }
        }
    }

    /// Notes that `event` of `slot` was applied to all its entities.
    pub fn advance(&mut self, event: &Event, slot: u64) {
        for touched in event.touched() {
            if let Some(held) = self.held.get_mut(&touched.entity) {
                held.entity.set_sequence(touched.sequence);
                held.slot = slot;
                self.dirty.insert(touched.entity);
            }
        }
    }

    /// What changed is stored: forgets that it did and, of more than `most` entities, all but the half of
    /// `most` that changed last.
    pub fn settle(&mut self, most: usize) {
        self.dirty.clear();
        self.made.clear();
        if self.held.len() <= most {
            return;
        }
        let mut slots: Vec<u64> = self.held.values().map(|held| held.slot).collect();
        slots.sort_unstable_by(|one, other| other.cmp(one));
        let oldest = slots.get(most / 2).copied().unwrap_or(0);
        self.held.retain(|_, held| held.slot > oldest);
        self.config = self.config.filter(|config| self.held.contains_key(config));
    }

    /// Whether an entity was made since the world was settled: nothing is stored of it.
    pub fn is_new(&self, address: &Address) -> bool {
        self.made.contains(address)
    }

    /// Entities that changed since they were loaded.
    pub fn changed(&self) -> impl Iterator<Item = (&Address, &Held)> {
        self.dirty.iter().filter_map(|address| Some((address, self.held.get(address)?)))
    }
}
