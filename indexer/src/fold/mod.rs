//! What events mean: a pure fold of events into entities, ledger entries, facts and sums.
//!
//! An event is applied when every entity that it names is exactly one event behind it; the sequence
//! numbers of the chain are the order, not the order of arrival. So the outcome is a function of the
//! set of events. Nothing here does input or output, and nothing here trusts an event blindly: where
//! it states a balance, the fold must arrive at the same, or the event contradicts its predecessors.

mod cases;
mod changes;
mod disputes;
mod effects;
mod endings;
mod entity;
mod images;
mod jobs;
mod market;
mod network;
mod parties;
mod revenue;
mod roles;
mod settlement;
mod stable;
mod third_parties;
mod world;

pub use effects::{
    Account, Claim, Commitment, Conversion, Effects, Entry, Fact, Fault, Fill, Means, Outcome, Payout,
    Price as PriceFact, Rebate, Receipt, Slash, StakeMove,
};
pub use entity::{Entity, Held, ImageError, Kind};
pub use images::*;
pub use revenue::{COLUMNS, Column, Cube, Sums};
pub use roles::roles;
pub use settlement::HALT_BATCH;
pub use world::{Contradiction, Singletons, World, singletons};

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
    let slot = placed.key.slot;
    match &placed.event {
        Event::Initialized(event) => network::initialized(world, event, effects),
        Event::AdminProposed(event) => network::admin_proposed(world, event),
        Event::AdminAccepted(event) => network::admin_accepted(world, event),
        Event::Paused(event) => network::paused(world, event),
        Event::Unpaused(event) => network::unpaused(world, event),
        Event::Resumed(event) => network::resumed(world, event),
        Event::ChangeQueued(event) => changes::queued(world, event),
        Event::ChangeApplied(event) => changes::applied(world, event),
        Event::ChangeCancelled(event) => changes::cancelled(world, event),
        Event::PriceObserved(event) => network::price_observed(world, event, effects),
        Event::ConsumerRegistered(event) => parties::consumer_registered(world, event),
        Event::ProviderRegistered(event) => parties::provider_registered(world, event),
        Event::ProviderUpdated(event) => parties::provider_updated(world, event),
        Event::StandingOfferSet(event) => parties::standing_offer_set(world, event),
        Event::Staked(event) => parties::staked(world, event, effects),
        Event::UnstakeRequested(event) => parties::unstake_requested(world, event, effects),
        Event::StakeWithdrawn(event) => parties::stake_withdrawn(world, event, effects),
        Event::MeterRegistered(event) => third_parties::meter_registered(world, event),
        Event::ArbiterRegistered(event) => third_parties::arbiter_registered(world, event),
        Event::StakeVouched(event) => third_parties::vouched(world, event, effects),
        Event::UnvouchRequested(event) => third_parties::unvouch_requested(world, event, effects),
        Event::VouchedWithdrawn(event) => third_parties::vouched_withdrawn(world, event, effects),
        Event::JobOpened(event) => jobs::opened(world, event, slot, effects),
        Event::JobToppedUp(event) => jobs::topped_up(world, event, effects),
        Event::BidPlaced(event) => market::bid_placed(world, event, effects),
        Event::BidWithdrawn(event) => market::bid_withdrawn(world, event, effects),
        Event::JobAccepted(event) => jobs::accepted(world, event, effects),
        Event::BondToppedUp(event) => jobs::bond_topped_up(world, event, effects),
        Event::JobStarted(event) => jobs::started(world, event),
        Event::MeterRotated(event) => jobs::meter_rotated(world, event, slot),
        Event::ReceiptAccepted(event) => settlement::receipt_accepted(world, event, effects),
        Event::BatchAccepted(event) => settlement::batch_accepted(world, event, effects),
        Event::Converted(event) => settlement::converted(world, event, effects),
        Event::StableSettled(event) => stable::settled(world, event, effects),
        Event::JobMarked(event) => jobs::marked(world, event),
        Event::JobCancelled(event) => endings::cancelled(world, event, effects),
        Event::JobFailed(event) => endings::failed(world, event, effects),
        Event::JobClosing(event) => endings::closing(world, event, slot),
        Event::JobHeld(event) => cases::held(world, event),
        Event::ServiceCredited(event) => cases::service_credited(world, event, effects),
        Event::JobSettling(event) => endings::settling(world, event),
        Event::JobClosed(event) => endings::closed(world, event, effects),
        Event::DueWithdrawn(event) => settlement::due_withdrawn(world, event, effects),
        Event::JobReclaimed(event) => endings::reclaimed(world, event),
        Event::Claimed(event) => settlement::claimed(world, event, effects),
        Event::RebateClaimed(event) => settlement::rebate_claimed(world, event, effects),
        Event::EpochClosed(event) => settlement::epoch_closed(world, event),
        Event::StableOpened(event) => stable::opened(world, event),
        Event::BuybackTicked(event) => stable::ticked(world, event, effects),
        Event::BuybackFilled(event) => stable::filled(world, event, effects),
        Event::CaseOpened(event) => cases::opened(world, event, slot, effects),
        Event::CaseMarked(event) => cases::marked(world, event),
        Event::CaseAnswered(event) => cases::answered(world, event, effects),
        Event::PenaltyDelayed(event) => cases::delayed(world, event),
        Event::CaseUpheld(event) => cases::upheld(world, event, effects),
        Event::CaseWithdrawn(event) => cases::withdrawn(world, event, effects),
        Event::PendingMoved(event) => disputes::pending_moved(world, event, effects),
        Event::DisputeOpened(event) => disputes::opened(world, event, slot, effects),
        Event::StepRevealed(event) => disputes::revealed(world, event),
        Event::TurnMarked(event) => disputes::turn_marked(world, event),
        Event::Ruled(event) => disputes::ruled(world, event, slot),
        Event::ArbiterReleased(event) => disputes::arbiter_released(world, event),
        Event::DisputeResolved(event) => disputes::resolved(world, event, slot, effects),
        Event::DisputeWithdrawn(event) => disputes::withdrawn(world, event, effects),
        Event::DisputeClosed(event) => disputes::closed(world, event),
    }
}
