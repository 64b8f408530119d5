//! Events, one per state change, emitted by self-CPI: instruction data that no log limit truncates.
//!
//! Wire form: [`TAG`] (Anchor's event instruction tag), the discriminator
//! (`sha256("event:" + name)[..8]`), then the struct's bytes, `repr(C)` without padding, which Borsh
//! reads the same. Each event starts with its header: the entities that it changed, each with the
//! number that this event has among the events of that entity (an unused place is zero). Then the
//! cluster's time. Then every amount, price and balance that moved.

mod batch;
mod cases;
mod disputes;
mod governance;
mod jobs;
mod market;
mod network;
mod parties;
mod settlement;
mod stable;
mod third_parties;

#[cfg(feature = "std")]
pub use batch::BatchAccepted;
pub use batch::{BATCH_DISCRIMINATOR, BatchEntry, BatchSkip};
pub use cases::{
    CaseAnswered, CaseMarked, CaseOpened, CaseUpheld, CaseWithdrawn, EVIDENCE_ABSENCE, EVIDENCE_RECEIPTS,
    JobHeld, PenaltyDelayed, ServiceCredited,
};
pub use disputes::{
    ArbiterReleased, DisputeClosed, DisputeOpened, DisputeResolved, DisputeWithdrawn, PendingMoved, Ruled,
    StepRevealed, TurnMarked,
};
pub use governance::{ChangeApplied, ChangeCancelled, ChangeQueued, EpochClosed};
pub use jobs::{
    BY_BID, BY_OFFER, BY_STANDING_OFFER, JobAccepted, JobCancelled, JobClosed, JobClosing, JobFailed,
    JobMarked, JobOpened, JobReclaimed, JobSettling, JobStarted, JobToppedUp, MeterRotated,
};
pub use market::{BidPlaced, BidWithdrawn, BondToppedUp, StandingOfferSet};
pub use network::{
    AdminAccepted, AdminProposed, Initialized, Paused, PriceObserved, Quoted, Resumed, Unpaused,
};
pub use parties::{
    ConsumerRegistered, ProviderRegistered, ProviderUpdated, StakeWithdrawn, Staked, UnstakeRequested,
};
pub use settlement::{
    Claimed, Converted, DueWithdrawn, HALT_MINIMUM, HALT_NOTHING, RebateClaimed, ReceiptAccepted,
};
pub use stable::{BuybackFilled, BuybackTicked, StableOpened, StableSettled};
pub use third_parties::{
    ArbiterRegistered, MeterRegistered, StakeVouched, UnvouchRequested, VouchedWithdrawn,
};

use crate::Address;
use bytemuck::{Pod, Zeroable};

/// First eight bytes of a self-CPI event's instruction data: `sha256("anchor:event")[..8]`, reversed.
pub const TAG: [u8; 8] = [0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d];

/// An entity that an event changed, and the event's number among that entity's events (from 1).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Touched {
    /// The account; zero if this place is unused.
    pub entity: Address,
    /// The account's `sequence` after the event.
    pub sequence: u64,
}

impl Touched {
    /// An unused place.
    pub const NOTHING: Self = Self { entity: Address::new_from_array([0; 32]), sequence: 0 };
}

/// What all events have.
pub trait EventLayout: Pod {
    /// Name, as in the IDL.
    const NAME: &'static str;
    /// Eight bytes after the tag.
    const DISCRIMINATOR: [u8; 8];
    /// The entities changed, unused places included.
    fn touched(&self) -> &[Touched];
    /// The cluster's time, Unix seconds.
    fn at(&self) -> i64;
}

/// Why bytes behind [`TAG`] are not an event of this version.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Fewer than eight bytes.
    TooShort,
    /// No event has this discriminator.
    Unknown([u8; 8]),
    /// The event has another length.
    Length {
        /// Name of the event.
        event: &'static str,
        /// Bytes it has.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
}

#[cfg(feature = "std")]
impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooShort => write!(f, "an event needs at least 8 bytes"),
            Self::Unknown(found) => {
                write!(f, "no event of this version has the discriminator ")?;
                found.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Length { event, expected, found } => {
                write!(f, "{event} has {expected} bytes in this version, not {found}")
            }
        }
    }
}

#[cfg(feature = "std")]
impl core::error::Error for DecodeError {}

macro_rules! events {
    ($($name:ident),* $(,)?) => {
        $(impl EventLayout for $name {
            const NAME: &'static str = stringify!($name);
            const DISCRIMINATOR: [u8; 8] = crate::accounts::discriminator(b"event:", stringify!($name));
            fn touched(&self) -> &[Touched] {
                &self.entities
            }
            fn at(&self) -> i64 {
                self.at
            }
        })*

        /// Any event.
        #[cfg(feature = "std")]
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // each variant is the struct of its name
        pub enum Event {
            $($name(std::boxed::Box<$name>),)*
            BatchAccepted(std::boxed::Box<BatchAccepted>),
        }

        #[cfg(feature = "std")]
        impl Event {
            /// The name of every event.
            pub const NAMES: &[&'static str] = &[$($name::NAME,)* BatchAccepted::NAME];

            /// Reads the data of a self-CPI instruction of this program. `Ok(None)` if it is none
            /// of an event ([`TAG`] is missing).
            pub fn decode(data: &[u8]) -> Result<Option<Self>, DecodeError> {
                let Some(rest) = data.strip_prefix(TAG.as_slice()) else { return Ok(None) };
                let (discriminator, body) = rest.split_first_chunk::<8>().ok_or(DecodeError::TooShort)?;
                $(if *discriminator == $name::DISCRIMINATOR {
                    if body.len() != size_of::<$name>() {
                        return Err(DecodeError::Length {
                            event: $name::NAME,
                            expected: size_of::<$name>(),
                            found: body.len(),
                        });
                    }
                    return Ok(Some(Self::$name(std::boxed::Box::new(bytemuck::pod_read_unaligned(body)))));
                })*
                if *discriminator == BATCH_DISCRIMINATOR {
                    let batch = BatchAccepted::read(body).map_err(|expected| DecodeError::Length {
                        event: BatchAccepted::NAME,
                        expected,
                        found: body.len(),
                    })?;
                    return Ok(Some(Self::BatchAccepted(std::boxed::Box::new(batch))));
                }
                Err(DecodeError::Unknown(*discriminator))
            }

            /// The data that [`Event::decode`] reads back.
            pub fn encode(&self) -> std::vec::Vec<u8> {
                let (discriminator, body) = match self {
                    $(Self::$name(event) => ($name::DISCRIMINATOR, bytemuck::bytes_of(event.as_ref()).to_vec()),)*
                    Self::BatchAccepted(event) => (BATCH_DISCRIMINATOR, event.bytes()),
                };
                [TAG.as_slice(), &discriminator, &body].concat()
            }

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $name::NAME,)* Self::BatchAccepted(_) => BatchAccepted::NAME }
            }

            /// The entities that it changed.
            pub fn touched(&self) -> impl Iterator<Item = &Touched> {
                let all = match self {
                    $(Self::$name(event) => event.touched(),)*
                    Self::BatchAccepted(event) => &event.entities,
                };
                all.iter().filter(|touched| **touched != Touched::NOTHING)
            }

            /// The cluster's time, Unix seconds.
            pub fn at(&self) -> i64 {
                match self { $(Self::$name(event) => event.at,)* Self::BatchAccepted(event) => event.at }
            }
        }

        /// Anchor's IDL builder finds events by tests of this name in the program's crate; the
        /// program calls this for each.
        #[cfg(feature = "idl-build")]
        #[doc(hidden)]
        pub fn idl_entries() -> alloc::vec::Vec<alloc::string::String> {
            alloc::vec![$({
                let (mut accounts, mut types) = (alloc::vec::Vec::new(), alloc::vec::Vec::new());
                <$name as anchor_lang::IdlAccountType>::__register_idl_deps(&mut accounts, &mut types);
                types.sort_unstable();
                types.dedup();
                alloc::format!(
                    "{{\"event\":{{\"name\":\"{}\",\"discriminator\":{:?}}},\"types\":[{}]}}",
                    $name::NAME, $name::DISCRIMINATOR, types.join(","),
                )
            },)* batch::idl_entry()]
        }
    };
}

events!(
    Initialized,
    AdminProposed,
    AdminAccepted,
    Paused,
    Unpaused,
    Resumed,
    ChangeQueued,
    ChangeApplied,
    ChangeCancelled,
    PriceObserved,
    ConsumerRegistered,
    ProviderRegistered,
    ProviderUpdated,
    StandingOfferSet,
    Staked,
    UnstakeRequested,
    StakeWithdrawn,
    MeterRegistered,
    ArbiterRegistered,
    StakeVouched,
    UnvouchRequested,
    VouchedWithdrawn,
    JobOpened,
    JobToppedUp,
    BidPlaced,
    BidWithdrawn,
    JobAccepted,
    BondToppedUp,
    JobStarted,
    MeterRotated,
    ReceiptAccepted,
    Converted,
    JobMarked,
    JobCancelled,
    JobFailed,
    JobClosing,
    JobHeld,
    ServiceCredited,
    JobSettling,
    JobClosed,
    CaseOpened,
    CaseMarked,
    CaseAnswered,
    PenaltyDelayed,
    CaseUpheld,
    CaseWithdrawn,
    DueWithdrawn,
    JobReclaimed,
    Claimed,
    RebateClaimed,
    EpochClosed,
    StableOpened,
    StableSettled,
    BuybackTicked,
    BuybackFilled,
    PendingMoved,
    DisputeOpened,
    StepRevealed,
    TurnMarked,
    Ruled,
    DisputeResolved,
    ArbiterReleased,
    DisputeWithdrawn,
    DisputeClosed,
);

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn an_event_survives_the_round_trip_and_other_bytes_are_named() {
        let mut claimed = Claimed::zeroed();
        claimed.amount = 5;
        let event = Event::Claimed(Box::new(claimed));
        let data = event.encode();
        assert_eq!(Event::decode(&data), Ok(Some(event)));
        assert_eq!(Event::decode(&data[1..]), Ok(None));
        assert_eq!(Event::decode(&TAG), Err(DecodeError::TooShort));
        assert_eq!(Event::decode(&[TAG, [9; 8]].concat()), Err(DecodeError::Unknown([9; 8])));
        let longer = [data.as_slice(), &[0]].concat();
        assert!(matches!(Event::decode(&longer), Err(DecodeError::Length { event: "Claimed", .. })));
    }
}
