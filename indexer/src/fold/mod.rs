//! What events mean: a pure fold of events into entities, ledger entries, facts and sums.
//!
//! An event is applied when every entity that it names is exactly one event behind it; the sequence
//! numbers of the chain are the order, not the order of arrival. So the outcome is a function of the
//! set of events. Nothing here does input or output, and nothing here trusts an event blindly: where
//! it states a balance, the fold must arrive at the same, or the event contradicts its predecessors.

mod effects;
mod entity;
mod jobs;
mod network;
mod parties;
mod revenue;
mod roles;
mod settlement;
mod world;

pub use effects::{
    Account, Claim, Conversion, Effects, Entry, Fact, Outcome, Payout, Price as PriceFact, Rebate, Receipt,
    Slash, StakeMove,
};
pub use entity::{ConfigImage, CreditImage, Entity, EpochImage, Held, ImageError, JobImage, Kind, Paid};
pub use revenue::{COLUMNS, Column, Cube, Sums};
pub use roles::roles;
pub use world::{Contradiction, World};

use crate::decode::Placed;
use settlement_interface::Address;
use settlement_interface::events::Event;

/// Whether an event can be applied now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All its entities are one event behind.
    Ready,
    /// This entity has not had the event with this number.
    Waits(Address, u64),
    /// This entity had another event with that number.
    Taken(Address),
}

/// Whether `event` follows what `world` has seen. Everything follows the network's initialisation.
pub fn readiness(world: &World, event: &Event) -> Readiness {
    if world.network().is_none() && !matches!(event, Event::Initialized(_)) {
        return Readiness::Waits(world::singletons().config, 1);
    }
    for touched in event.touched() {
        let next = world.sequence(&touched.entity).saturating_add(1);
        if touched.sequence < next {
            return Readiness::Taken(touched.entity);
        }
        if touched.sequence > next {
            return Readiness::Waits(touched.entity, touched.sequence.saturating_sub(1));
        }
    }
    Readiness::Ready
}

/// Applies a ready event. On a contradiction the world is as it was.
pub fn apply(world: &mut World, placed: &Placed) -> Result<Effects, Contradiction> {
    let before = world.save(&placed.event);
    let mut effects = Effects::at(placed.event.at());
    let applied = dispatch(world, placed, &mut effects).and_then(|()| effects.check());
    match applied {
        Ok(()) => {
            world.advance(&placed.event, placed.key.slot);
            Ok(effects)
        }
        Err(contradiction) => {
            world.restore(before);
            Err(contradiction)
        }
    }
}

fn dispatch(world: &mut World, placed: &Placed, effects: &mut Effects) -> Result<(), Contradiction> {
    match &placed.event {
        Event::Initialized(event) => network::initialized(world, event, effects),
        Event::AdminProposed(event) => network::admin_proposed(world, event),
        Event::AdminAccepted(event) => network::admin_accepted(world, event),
        Event::Paused(event) => network::paused(world, event),
        Event::Unpaused(event) => network::unpaused(world, event),
        Event::Resumed(event) => network::resumed(world, event),
        Event::ChangeQueued(_) | Event::ChangeApplied(_) | Event::ChangeCancelled(_) => {
            Err(Contradiction("this version keeps no changes of the configuration".into()))
        }
        Event::PriceObserved(event) => network::price_observed(world, event, effects),
        Event::ConsumerRegistered(event) => parties::consumer_registered(world, event),
        Event::ProviderRegistered(event) => parties::provider_registered(world, event),
        Event::ProviderUpdated(event) => parties::provider_updated(world, event),
        Event::Staked(event) => parties::staked(world, event, effects),
        Event::UnstakeRequested(event) => parties::unstake_requested(world, event, effects),
        Event::StakeWithdrawn(event) => parties::stake_withdrawn(world, event, effects),
        Event::JobOpened(event) => jobs::opened(world, event, placed.key.slot, effects),
        Event::JobToppedUp(event) => jobs::topped_up(world, event, effects),
        Event::JobAccepted(event) => jobs::accepted(world, event, effects),
        Event::StandingOfferSet(event) => parties::standing_offer_set(world, event),
        Event::BondToppedUp(event) => jobs::bond_topped_up(world, event, effects),
        Event::BidPlaced(_) | Event::BidWithdrawn(_) => {
            Err(Contradiction("bids are not folded by this version of the indexer".into()))
        }
        Event::JobStarted(event) => jobs::started(world, event),
        Event::MeterRotated(event) => jobs::meter_rotated(world, event),
        Event::ReceiptAccepted(event) => settlement::receipt_accepted(world, event, effects),
        Event::Converted(event) => settlement::converted(world, event, effects),
        Event::JobMarked(event) => jobs::marked(world, event),
        Event::JobCancelled(event) => jobs::cancelled(world, event, effects),
        Event::JobFailed(event) => jobs::failed(world, event, effects),
        Event::JobClosing(event) => jobs::closing(world, event),
        Event::JobSettling(event) => jobs::settling(world, event),
        Event::JobClosed(event) => jobs::closed(world, event, effects),
        Event::DueWithdrawn(event) => settlement::due_withdrawn(world, event, effects),
        Event::JobReclaimed(event) => jobs::reclaimed(world, event),
        Event::Claimed(event) => settlement::claimed(world, event, effects),
        // The kinds of entity that these are about are not folded.
        event @ (Event::MeterRegistered(_)
        | Event::ArbiterRegistered(_)
        | Event::StakeVouched(_)
        | Event::UnvouchRequested(_)
        | Event::VouchedWithdrawn(_)
        | Event::ServiceCredited(_)
        | Event::CaseOpened(_)
        | Event::CaseMarked(_)
        | Event::CaseAnswered(_)
        | Event::PenaltyDelayed(_)
        | Event::CaseUpheld(_)
        | Event::CaseWithdrawn(_)
        | Event::BatchAccepted(_)) => Err(Contradiction(format!("{} is not folded yet", event.name()))),
        Event::RebateClaimed(event) => settlement::rebate_claimed(world, event, effects),
        Event::EpochClosed(event) => settlement::epoch_closed(world, event),
        Event::StableOpened(_)
        | Event::StableSettled(_)
        | Event::BuybackTicked(_)
        | Event::BuybackFilled(_) => {
            let name = placed.event.name();
            Err(Contradiction(format!("{name}: this version does not follow the stable rail")))
        }
        Event::PendingMoved(event) => jobs::pending_moved(world, event),
        Event::JobHeld(event) => jobs::held(world, event),
        Event::DisputeOpened(_)
        | Event::StepRevealed(_)
        | Event::TurnMarked(_)
        | Event::Ruled(_)
        | Event::ArbiterReleased(_)
        | Event::DisputeResolved(_)
        | Event::DisputeWithdrawn(_)
        | Event::DisputeClosed(_) => Err(Contradiction(format!(
            "{} is of a dispute, which this version does not follow",
            placed.event.name()
        ))),
    }
}
