//! Events of a job's life: terms, work, money.

use super::Field;
use super::values::entities;
use super::words::{accepted_by, halt, mark, party, reason, state};
use serde_json::{Value, json};
use settlement_interface::events::{
    BatchAccepted, BidPlaced, BidWithdrawn, BondToppedUp, Converted, DueWithdrawn, JobAccepted, JobCancelled,
    JobClosed, JobClosing, JobFailed, JobHeld, JobMarked, JobOpened, JobReclaimed, JobSettling, JobStarted,
    JobToppedUp, MeterRotated, ReceiptAccepted, StableSettled,
};
use settlement_interface::{Address, SettlementError};

as_they_are! {
    JobToppedUp: entities, at, job, amount, escrow, budget, terms_hash;
    BidPlaced:
        entities, at, job, bid, provider, rent_payer, terms_hash, index, rate, escrow, bond, locked,
        provider_locked, best_bid, best_rate;
    BondToppedUp: entities, at, job, provider, amount, bond, asked, bonded_escrow, provider_locked;
    JobStarted: entities, at, job, excused;
    MeterRotated: entities, at, job, previous, meter;
    Converted:
        entities, at, job, provider, usd, burned, take, earned, escrow, outstanding, claimable, epoch,
        weight, quality, rebate_bps, credit_payer, quoted;
    StableSettled:
        entities, at, job, provider, usd, earned, buyback, treasury, escrow, outstanding, settled, take;
    JobFailed:
        entities, at, job, provider, reporter, refund, bond, slashed, harmed, reported, burned, stake,
        bad;
    JobHeld: entities, at, job, slot, outstanding, promised, missed;
    JobSettling: entities, at, job, outstanding;
    JobClosed:
        entities, at, job, provider, refund, bond, void, in_kind_usd, in_kind_paid, in_kind_burned,
        recorded;
    JobReclaimed: entities, at, job, rent_payer, stray, lamports;
}

impl Field for JobOpened {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, job, vault, rent_payer, terms, terms_hash, nonce, escrow);
        value["state"] = state(self.state).into();
        value
    }
}

impl Field for BidWithdrawn {
    fn json(&self) -> Value {
        let mut value =
            object!(self, entities, at, job, bid, provider, bond, provider_locked, lamports, rent_payer);
        value["closed"] = (self.closed != 0).into();
        value
    }
}

impl Field for JobAccepted {
    fn json(&self) -> Value {
        let mut value = object!(
            self,
            entities,
            at,
            job,
            provider,
            terms_hash,
            escrow,
            budget,
            rate,
            unit,
            bond,
            locked,
            provider_locked,
            quoted,
        );
        value["by"] = accepted_by(self.by).into();
        value["bid"] = (self.bid != Address::default()).then(|| self.bid.to_string()).into();
        value["hardware"] = self.hardware.into();
        value
    }
}

impl Field for ReceiptAccepted {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, job, meter, index, units, through, accepted, outstanding);
        value["halt"] = halt(self.halt).into();
        value
    }
}

impl Field for BatchAccepted {
    fn json(&self) -> Value {
        batch(self)
    }
}

impl Field for JobMarked {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, job, by, slot);
        value["mark"] = mark(self.mark).into();
        value
    }
}

impl Field for JobCancelled {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, job, refund, fee, bond);
        value["reason"] = reason(self.reason).into();
        value
    }
}

impl Field for JobClosing {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, job);
        value["reason"] = reason(self.reason).into();
        value
    }
}

impl Field for DueWithdrawn {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, job, wallet, escrow, stake);
        value["party"] = party(self.party).into();
        value
    }
}

/// A batch: what was accepted by job, and why the rest was not.
fn batch(batch: &BatchAccepted) -> Value {
    let mut value = object!(batch, at, meter, through);
    value["entities"] = entities(&batch.entities);
    let accepted = batch.entities.iter().zip(&batch.entries).map(|(touched, entry)| {
        let mut value = object!(entry, index, units, accepted, outstanding);
        value["job"] = touched.entity.json();
        value
    });
    value["entries"] = accepted.collect();
    let skipped = batch.skipped.iter().map(|skip| {
        let known = u32::try_from(skip.reason).ok().and_then(SettlementError::from_code);
        let reason = known.map_or_else(|| skip.reason.to_string(), |error| error.name().into());
        json!({ "job": skip.job.to_string(), "reason": reason })
    });
    value["skipped"] = skipped.collect();
    value
}
