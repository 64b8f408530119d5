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
        Event::ChangeQueued(_) | Event::ChangeApplied(_) => &[Config, Change],
        Event::ChangeCancelled(_) => &[Change],
        Event::PriceObserved(_) => &[Price],
        Event::ConsumerRegistered(_) => &[Config, Consumer],
        Event::ProviderRegistered(_) => &[Config, Provider],
        Event::MeterRegistered(_) | Event::ArbiterRegistered(_) => &[Config, ThirdParty],
        Event::StakeVouched(_) | Event::UnvouchRequested(_) | Event::VouchedWithdrawn(_) => &[ThirdParty],
        Event::ProviderUpdated(_)
        | Event::StandingOfferSet(_)
        | Event::Staked(_)
        | Event::UnstakeRequested(_)
        | Event::StakeWithdrawn(_)
        | Event::Claimed(_) => &[Provider],
        Event::JobOpened(_) => &[Consumer, Job],
        Event::BidPlaced(_) => &[Job, Bid, Provider],
        Event::BidWithdrawn(_) => &[Bid, Provider],
        Event::JobAccepted(_) => &[Job, Provider, Totals, Price, Bid],
        Event::JobToppedUp(_)
        | Event::MeterRotated(_)
        | Event::ReceiptAccepted(_)
        | Event::StableSettled(_)
        | Event::PendingMoved(_)
        | Event::JobClosing(_)
        | Event::JobHeld(_)
        | Event::JobSettling(_)
        | Event::DueWithdrawn(_)
        | Event::JobReclaimed(_) => &[Job],
        Event::JobStarted(_) | Event::JobMarked(_) | Event::PenaltyDelayed(_) => &[Job],
        Event::BondToppedUp(_)
        | Event::ServiceCredited(_)
        | Event::JobCancelled(_)
        | Event::JobFailed(_)
        | Event::JobClosed(_) => &[Job, Provider, Totals],
        Event::BatchAccepted(batch) => {
            return batch.entities.iter().map(|touched| (touched.entity, Job)).collect();
        }
        Event::Converted(_) => &[Job, Provider, Price, Epoch, Credit],
        Event::RebateClaimed(_) => &[Epoch, Credit, Provider],
        Event::EpochClosed(_) => &[Epoch],
        Event::StableOpened(_) => &[Config, Buyback],
        Event::BuybackTicked(_) | Event::BuybackFilled(_) => &[Buyback, Price],
        Event::CaseOpened(_) => &[Job, Case, ThirdParty],
        Event::CaseMarked(_) | Event::CaseWithdrawn(_) => &[Case],
        Event::CaseAnswered(_) => &[Job, ThirdParty, Case],
        Event::CaseUpheld(_) => &[Job, Case, Provider, ThirdParty, Totals],
        Event::DisputeOpened(_) => &[Job, Dispute],
        Event::DisputeResolved(_) => &[Job, Dispute, Provider, Totals],
        Event::Ruled(_) | Event::ArbiterReleased(_) => &[Dispute, ThirdParty],
        Event::StepRevealed(_)
        | Event::TurnMarked(_)
        | Event::DisputeWithdrawn(_)
        | Event::DisputeClosed(_) => &[Dispute],
    };
    // Unused places are at the end of a header.
    event.touched().map(|touched| touched.entity).zip(kinds.iter().copied()).collect()
}
