//! Events of outages, the service level and disputes.

use super::Field;
use super::words::{cause, evidence, outcome, stage, state};
use serde_json::Value;
use settlement_interface::events::{
    ArbiterReleased, CaseAnswered, CaseMarked, CaseOpened, CaseUpheld, CaseWithdrawn, DisputeClosed,
    DisputeOpened, DisputeResolved, DisputeWithdrawn, PenaltyDelayed, PendingMoved, Ruled, ServiceCredited,
    StepRevealed, TurnMarked,
};

as_they_are! {
    ServiceCredited:
        entities, at, job, provider, promised, missed, slashed, harmed, burned, bond, stake, bad;
    CaseMarked: entities, at, job, case, slot;
    CaseAnswered:
        entities, at, job, case, meter, from, to, units, bond, penalty, pledged, slashed, meter_stake,
        rent_payer, lamports;
    PenaltyDelayed: entities, at, job, case, until, excused, burned, penalties, locked;
    CaseUpheld:
        entities, at, job, case, provider, meter, slashed, harmed, reported, burned, returned, penalty,
        bond, stake, pledged, missed, bad;
    CaseWithdrawn: entities, at, job, case, wallet, amount, rent_payer, lamports;
    PendingMoved: entities, at, job, receipt, root, steps, added, released, old, young;
    DisputeOpened:
        entities, at, job, dispute, provider, challenger, rent_payer, slot, index, receipt,
        provider_root, challenger_root, steps, pending, bond, job_bond, arbiter_stake, panel;
    ArbiterReleased: entities, at, dispute, arbiter, amount, locked;
    DisputeWithdrawn: entities, at, dispute, wallet, member, amount;
    DisputeClosed: entities, at, dispute, rent_payer, lamports;
}

impl Field for CaseOpened {
    fn json(&self) -> Value {
        let mut value = object!(
            self,
            entities,
            at,
            job,
            case,
            reporter,
            rent_payer,
            index,
            from,
            to,
            units,
            missed,
            penalty,
            bond,
            meter,
            pledged,
            meter_stake
        );
        value["evidence"] = evidence(self.evidence).into();
        value
    }
}

impl Field for StepRevealed {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, dispute, by, slot, index, step, lo, hi, rounds);
        value["stage"] = stage(self.stage).into();
        value["outcome"] = outcome(self.outcome).into();
        value
    }
}

impl Field for TurnMarked {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, dispute, slot);
        value["stage"] = stage(self.stage).into();
        value
    }
}

impl Field for Ruled {
    fn json(&self) -> Value {
        let mut value =
            object!(self, entities, at, dispute, arbiter, votes_for_provider, votes_for_challenger, locked);
        value["for_provider"] = (self.for_provider != 0).into();
        value["stage"] = stage(self.stage).into();
        value
    }
}

impl Field for DisputeResolved {
    fn json(&self) -> Value {
        let mut value = object!(
            self,
            entities,
            at,
            job,
            dispute,
            provider,
            void,
            slashed,
            bond,
            arbiters,
            fee,
            to_consumer,
            to_provider,
            refund,
            stake,
            bad,
            accepted,
            old,
            young,
        );
        value["outcome"] = outcome(self.outcome).into();
        value["cause"] = cause(self.cause).into();
        value["state"] = state(self.state).into();
        value
    }
}
