//! Which kinds of entity an event names, in the order of its header.

use super::entity::Kind;
use settlement_interface::Address;
use settlement_interface::events::Event;

/// Every entity that an event changes, with its kind.
pub fn roles(event: &Event) -> Vec<(Address, Kind)> {
    use Kind::*;
    let kinds: &[Kind] = match event {
        Event::Initialized(_) => &[Config, Price, Totals],
        Event::AdminProposed(_)
        | Event::AdminAccepted(_)
        | Event::Paused(_)
        | Event::Unpaused(_)
        | Event::Resumed(_) => &[Config],
        Event::PriceObserved(_) => &[Price],
        Event::ConsumerRegistered(_) => &[Config, Consumer],
        Event::ProviderRegistered(_) => &[Config, Provider],
        Event::ProviderUpdated(_)
        | Event::Staked(_)
        | Event::UnstakeRequested(_)
        | Event::StakeWithdrawn(_)
        | Event::Claimed(_) => &[Provider],
        Event::JobOpened(_) => &[Consumer, Job],
        Event::JobAccepted(_) => &[Job, Provider, Totals, Price],
        Event::JobToppedUp(_)
        | Event::JobStarted(_)
        | Event::MeterRotated(_)
        | Event::ReceiptAccepted(_)
        | Event::JobMarked(_)
        | Event::JobClosing(_)
        | Event::JobSettling(_)
        | Event::PendingMoved(_)
        | Event::JobHeld(_)
        | Event::DisputeOpened(_)
        | Event::DisputeResolved(_)
        | Event::DueWithdrawn(_)
        | Event::JobReclaimed(_) => &[Job],
        Event::JobCancelled(_) | Event::JobFailed(_) | Event::JobClosed(_) => &[Job, Provider, Totals],
        Event::Converted(_) => &[Job, Provider, Price, Epoch, Credit],
        Event::RebateClaimed(_) => &[Epoch, Credit, Provider],
        Event::StepRevealed(_)
        | Event::TurnMarked(_)
        | Event::Ruled(_)
        | Event::DisputeWithdrawn(_)
        | Event::DisputeClosed(_) => &[],
    };
    // Unused places are at the end of a header.
    event.touched().map(|touched| touched.entity).zip(kinds.iter().copied()).collect()
}
