//! Events as JSON, for readers: every field by its name. Amounts and other 64- and 128-bit numbers
//! are strings, since JSON's readers cut them; times and small numbers are numbers; addresses are
//! base58, hashes hexadecimal, codes the words that the interface gives them.

#[macro_use]
mod macros;

mod cases;
mod jobs;
mod network;
mod parties;
mod values;
mod words;

pub use values::{panel, parameters, rates, standing_offer};
pub use words::{
    accepted_by, cause, change_kind, evidence, halt, mark, meter_kind, outcome, party, rail, reason, stage,
    state,
};

use serde_json::Value;
use settlement_interface::events::Event;

trait Field {
    fn json(&self) -> Value;
}

macro_rules! by_kind {
    ($event:expr; $($name:ident),* $(,)?) => {
        match $event { $(Event::$name(event) => event.json(),)* }
    };
}

/// The event as JSON.
pub fn body(event: &Event) -> Value {
    by_kind! {
        event;
        Initialized, AdminProposed, AdminAccepted, Paused, Unpaused, Resumed, ChangeQueued,
        ChangeApplied, ChangeCancelled, PriceObserved, EpochClosed, StableOpened, BuybackTicked,
        BuybackFilled, ConsumerRegistered, ProviderRegistered, ProviderUpdated, StandingOfferSet,
        Staked, UnstakeRequested, StakeWithdrawn, MeterRegistered, ArbiterRegistered, StakeVouched,
        UnvouchRequested, VouchedWithdrawn, Claimed, RebateClaimed, JobOpened, JobToppedUp,
        BidPlaced, BidWithdrawn, JobAccepted, BondToppedUp, JobStarted, MeterRotated,
        ReceiptAccepted, BatchAccepted, Converted, StableSettled, JobMarked, JobCancelled,
        JobFailed, JobClosing, JobHeld, JobSettling, JobClosed, DueWithdrawn, JobReclaimed,
        ServiceCredited, CaseOpened, CaseMarked, CaseAnswered, PenaltyDelayed, CaseUpheld,
        CaseWithdrawn, PendingMoved, DisputeOpened, StepRevealed, TurnMarked, Ruled,
        ArbiterReleased, DisputeResolved, DisputeWithdrawn, DisputeClosed
    }
}
