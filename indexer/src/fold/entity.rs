//! The state of one entity: the program's own account layout, plus what readers want to know and
//! accounts forget. Plain bytes, so that a state can be stored and taken back whole.

use bytemuck::{Pod, Zeroable};
use settlement_interface::Address;
use settlement_interface::accounts::{
    Config, Consumer, Credit, Due, Epoch, Job, PARTIES, Price, Provider, Totals,
};
use std::fmt;

/// Kinds of entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // named after the program's accounts
pub enum Kind {
    Config,
    Price,
    Totals,
    Consumer,
    Provider,
    Job,
    Epoch,
    Credit,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Config,
        Self::Price,
        Self::Totals,
        Self::Consumer,
        Self::Provider,
        Self::Job,
        Self::Epoch,
        Self::Credit,
    ];
}

/// The network.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct ConfigImage {
    /// The account.
    pub account: Config,
    /// The one vault that holds all stake.
    pub stake_vault: Address,
}

/// What a party of a job was paid so far, base units.
pub type Paid = Due;

/// A job.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct JobImage {
    /// The account.
    pub account: Job,
    /// Wallet of its provider, once there is something to book for it; else zero.
    pub authority: Address,
    /// Paid to each party.
    pub paid: [Paid; PARTIES],
    /// Booked to the consumer out of the escrow.
    pub refund: u64,
    /// Booked to the provider for a cancellation.
    pub cancel_fee: u64,
    /// Work that the escrow could not pay, micro-dollars.
    pub void_usd: u64,
    /// Work paid in kind, micro-dollars.
    pub in_kind_usd: u64,
    /// Booked to the provider in kind.
    pub in_kind_paid: u64,
    /// Burned in kind.
    pub in_kind_burned: u64,
    /// Slot in which it was opened.
    pub opened_slot: u64,
    /// When its account was closed, Unix seconds; 0 before.
    pub reclaimed_at: i64,
}

/// An epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct EpochImage {
    /// The account.
    pub account: Epoch,
    /// What its take was worth at each conversion's burn price, rounded down each time, micro-dollars.
    pub take_usd: u64,
}

/// A provider's part in an epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct CreditImage {
    /// The account; closed once claimed.
    pub account: Credit,
    /// What its rebate minted.
    pub rebate: u64,
    /// 1 once claimed.
    pub claimed: u64,
}

/// Any entity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named after the program's accounts
pub enum Entity {
    Config(Box<ConfigImage>),
    Price(Price),
    Totals(Totals),
    Consumer(Consumer),
    Provider(Box<Provider>),
    Job(Box<JobImage>),
    Epoch(EpochImage),
    Credit(CreditImage),
}

/// An entity and the slot of its last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The slot.
    pub slot: u64,
    /// The entity.
    pub entity: Entity,
}

/// Stored bytes that are no state of this version's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageError(pub Kind);

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The stored state of a {:?} is of another version; run `indexer rebuild`.", self.0)
    }
}

impl Entity {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Config(_) => Kind::Config,
            Self::Price(_) => Kind::Price,
            Self::Totals(_) => Kind::Totals,
            Self::Consumer(_) => Kind::Consumer,
            Self::Provider(_) => Kind::Provider,
            Self::Job(_) => Kind::Job,
            Self::Epoch(_) => Kind::Epoch,
            Self::Credit(_) => Kind::Credit,
        }
    }

    /// The number of its last event.
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Config(image) => image.account.sequence,
            Self::Price(account) => account.sequence,
            Self::Totals(account) => account.sequence,
            Self::Consumer(account) => account.sequence,
            Self::Provider(account) => account.sequence,
            Self::Job(image) => image.account.sequence,
            Self::Epoch(image) => image.account.sequence,
            Self::Credit(image) => image.account.sequence,
        }
    }

    /// Sets the number of its last event.
    pub fn set_sequence(&mut self, sequence: u64) {
        let place = match self {
            Self::Config(image) => &mut image.account.sequence,
            Self::Price(account) => &mut account.sequence,
            Self::Totals(account) => &mut account.sequence,
            Self::Consumer(account) => &mut account.sequence,
            Self::Provider(account) => &mut account.sequence,
            Self::Job(image) => &mut image.account.sequence,
            Self::Epoch(image) => &mut image.account.sequence,
            Self::Credit(image) => &mut image.account.sequence,
        };
        *place = sequence;
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Config(image) => bytemuck::bytes_of(image.as_ref()),
            Self::Price(account) => bytemuck::bytes_of(account),
            Self::Totals(account) => bytemuck::bytes_of(account),
            Self::Consumer(account) => bytemuck::bytes_of(account),
            Self::Provider(account) => bytemuck::bytes_of(account.as_ref()),
            Self::Job(image) => bytemuck::bytes_of(image.as_ref()),
            Self::Epoch(image) => bytemuck::bytes_of(image),
            Self::Credit(image) => bytemuck::bytes_of(image),
        }
    }
}

impl Held {
    /// The state as bytes: the slot, then the entity.
    pub fn image(&self) -> Vec<u8> {
        [self.slot.to_le_bytes().as_slice(), self.entity.bytes()].concat()
    }

    /// Reads [`Held::image`] back.
    pub fn read(kind: Kind, image: &[u8]) -> Result<Self, ImageError> {
        fn body<T: Pod>(kind: Kind, bytes: &[u8]) -> Result<T, ImageError> {
            bytemuck::try_pod_read_unaligned(bytes).map_err(|_| ImageError(kind))
        }
        let (slot, bytes) = image.split_first_chunk::<8>().ok_or(ImageError(kind))?;
        let entity = match kind {
            Kind::Config => Entity::Config(Box::new(body(kind, bytes)?)),
            Kind::Price => Entity::Price(body(kind, bytes)?),
            Kind::Totals => Entity::Totals(body(kind, bytes)?),
            Kind::Consumer => Entity::Consumer(body(kind, bytes)?),
            Kind::Provider => Entity::Provider(Box::new(body(kind, bytes)?)),
            Kind::Job => Entity::Job(Box::new(body(kind, bytes)?)),
            Kind::Epoch => Entity::Epoch(body(kind, bytes)?),
            Kind::Credit => Entity::Credit(body(kind, bytes)?),
        };
        Ok(Self { slot: u64::from_le_bytes(*slot), entity })
    }
}
