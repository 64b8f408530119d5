//! The state of one entity of any kind, and its bytes.

use super::images::{
    BidImage, BuybackImage, CaseImage, ChangeImage, ConfigImage, CreditImage, DisputeImage, EpochImage,
    JobImage, ThirdPartyImage,
};
use bytemuck::Pod;
use settlement_interface::accounts::{Consumer, Price, Provider, Totals};
use std::fmt;

/// From each kind with its state and where the state counts its events, all that depends on the kind.
macro_rules! entities {
    ($($kind:ident $state:ident $($sequence:ident).+;)*) => {
        /// Kinds of entity.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)] // named after the program's accounts
        pub enum Kind { $($kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];
        }

        /// Any entity.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // named after the program's accounts
        pub enum Entity { $($kind(Box<$state>),)* }

        $(impl From<$state> for Entity {
            fn from(state: $state) -> Self {
                Self::$kind(Box::new(state))
            }
        })*

        impl Entity {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// The number of its last event.
            pub fn sequence(&self) -> u64 {
                match self { $(Self::$kind(state) => state.$($sequence).+,)* }
            }

            /// Sets the number of its last event.
            pub fn set_sequence(&mut self, sequence: u64) {
                match self { $(Self::$kind(state) => state.$($sequence).+ = sequence,)* }
            }

            fn bytes(&self) -> &[u8] {
                match self { $(Self::$kind(state) => bytemuck::bytes_of(state.as_ref()),)* }
            }

            fn read(kind: Kind, bytes: &[u8]) -> Result<Self, ImageError> {
                match kind { $(Kind::$kind => Ok(Self::$kind(Box::new(body(kind, bytes)?))),)* }
            }
        }
    };
}

entities! {
    Config ConfigImage account.sequence;
    Price Price sequence;
    Totals Totals sequence;
    Consumer Consumer sequence;
    Provider Provider sequence;
    Job JobImage account.sequence;
    Epoch EpochImage account.sequence;
    Credit CreditImage account.sequence;
    Change ChangeImage account.sequence;
    Bid BidImage account.sequence;
    Buyback BuybackImage account.sequence;
    ThirdParty ThirdPartyImage sequence;
    Case CaseImage account.sequence;
    Dispute DisputeImage account.sequence;
}

fn body<T: Pod>(kind: Kind, bytes: &[u8]) -> Result<T, ImageError> {
    bytemuck::try_pod_read_unaligned(bytes).map_err(|_| ImageError(kind))
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

impl Held {
    /// The state as bytes: the slot, then the entity.
    pub fn image(&self) -> Vec<u8> {
        [self.slot.to_le_bytes().as_slice(), self.entity.bytes()].concat()
    }

    /// Reads [`Held::image`] back.
    pub fn read(kind: Kind, image: &[u8]) -> Result<Self, ImageError> {
        let (slot, bytes) = image.split_first_chunk::<8>().ok_or(ImageError(kind))?;
        Ok(Self { slot: u64::from_le_bytes(*slot), entity: Entity::read(kind, bytes)? })
    }
}
