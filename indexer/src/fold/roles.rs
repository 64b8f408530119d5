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
        | Event::Resumed(_)
        | Event::ChangeQueued(_)
        | Event::ChangeApplied(_) => &[Config],
        Event::ChangeCancelled(_) => &[],
        Event::PriceObserved(_) => &[Price],
        Event::ConsumerRegistered(_) => &[Config, Consumer],
        Event::ProviderRegistered(_) => &[Config, Provider],
        Event::ProviderUpdated(_)
        | Event::StandingOfferSet(_)
        | Event::Staked(_)
        | Event::UnstakeRequested(_)
        | Event::StakeWithdrawn(_)
        | Event::Claimed(_) => &[Provider],
        Event::JobOpened(_) => &[Consumer, Job],
        // The bid of an acceptance is not an entity of this version, and it is the header's last.
        Event::JobAccepted(_) => &[Job, Provider, Totals, Price],
        Event::JobToppedUp(_)
        | Event::MeterRotated(_)
        | Event::ReceiptAccepted(_)
        | Event::JobClosing(_)
        | Event::JobSettling(_)
        | Event::PendingMoved(_)
        | Event::JobHeld(_)
        | Event::DisputeOpened(_)
        | Event::DisputeResolved(_)
        | Event::DueWithdrawn(_)
        | Event::JobReclaimed(_) => &[Job],
        Event::BidPlaced(_) | Event::BidWithdrawn(_) => &[],
        Event::BondToppedUp(_) => &[Job, Provider, Totals],
        Event::JobStarted(_) | Event::JobMarked(_) => &[Job, Totals],
        Event::ServiceCredited(_) => &[Job, Provider, Totals],
        Event::JobCancelled(_) | Event::JobFailed(_) | Event::JobClosed(_) => &[Job, Provider, Totals],
        Event::Converted(_) => &[Job, Provider, Price, Epoch, Credit],
        // Folded with the meters, arbiters and cases that they are about; until then they are refused.
        Event::MeterRegistered(_)
        | Event::ArbiterRegistered(_)
        | Event::StakeVouched(_)
        | Event::UnvouchRequested(_)
        | Event::VouchedWithdrawn(_)
        | Event::CaseOpened(_)
        | Event::CaseMarked(_)
        | Event::CaseAnswered(_)
        | Event::PenaltyDelayed(_)
        | Event::CaseUpheld(_)
        | Event::CaseWithdrawn(_) => &[],
        Event::BatchAccepted(batch) => {
            return batch.entities.iter().map(|touched| (touched.entity, Job)).collect();
        }
        Event::RebateClaimed(_) => &[Epoch, Credit, Provider],
        Event::EpochClosed(_) => &[Epoch],
        // No kind is there for the buyback yet; the fold refuses these events.
        Event::StableOpened(_) => &[Config],
        Event::StableSettled(_) => &[Job],
        Event::BuybackTicked(_) | Event::BuybackFilled(_) => &[],
        Event::StepRevealed(_)
        | Event::TurnMarked(_)
        | Event::Ruled(_)
        | Event::ArbiterReleased(_)
        | Event::DisputeWithdrawn(_)
        | Event::DisputeClosed(_) => &[],
    };
    // Unused places are at the end of a header.
    event.touched().map(|touched| touched.entity).zip(kinds.iter().copied()).collect()
}
