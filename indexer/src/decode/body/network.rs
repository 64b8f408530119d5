//! Events of the network as a whole, its configuration, epochs and the buyback.

use super::Field;
use super::values::put_change;
use super::words::change_kind;
use serde_json::Value;
use settlement_interface::events::{
    AdminAccepted, AdminProposed, BuybackFilled, BuybackTicked, ChangeApplied, ChangeCancelled, ChangeQueued,
    EpochClosed, Initialized, Paused, PriceObserved, Resumed, StableOpened, Unpaused,
};

as_they_are! {
    Initialized:
        entities, at, admin, guardian, treasury, mint, stake_vault, feed, feed_id, cluster,
        receipt_domain, parameters, genesis_supply, decimals;
    AdminProposed: entities, at, admin, proposed;
    AdminAccepted: entities, at, previous, admin;
    Paused: entities, at, by, until;
    Unpaused: entities, at, by;
    Resumed: entities, at, ended;
    PriceObserved: entities, at, quoted;
    EpochClosed: entities, at, epoch, take, rebated, credits, rent_payer, lamports;
    StableOpened: entities, at, mint, token_program, buyback, vault;
    BuybackTicked: entities, at, round, lot, left, elapsed, factor_bps, quoted;
    BuybackFilled:
        entities, at, buyer, destination, round, lot, paid, burned, left, elapsed, factor_bps, worth,
        total_sold, total_burned, quoted;
}

impl Field for ChangeQueued {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, by, rent_payer, base, index, applies_from, expires_at);
        put_change(&mut value, "", &self.parameters, &self.address, self.kind);
        value
    }
}

impl Field for ChangeApplied {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, by, rent_payer, index, lamports);
        put_change(&mut value, "previous_", &self.previous_parameters, &self.previous_address, self.kind);
        put_change(&mut value, "", &self.parameters, &self.address, self.kind);
        value
    }
}

impl Field for ChangeCancelled {
    fn json(&self) -> Value {
        let mut value = object!(self, entities, at, by, rent_payer, index, expires_at, lamports);
        value["kind"] = change_kind(self.kind).into();
        value
    }
}
