//! Values that events are made of.

use super::Field;
use super::words::{change_kind, rail};
use serde_json::{Value, json};
use settlement_interface::Address;
use settlement_interface::accounts::{Bucket, RATES, RateEntry, StandingOffer};
use settlement_interface::change::ChangeKind;
use settlement_interface::events::{Quoted, Touched};
use settlement_interface::math::Wide;
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::rules::rail_bit;
use settlement_interface::terms::{Order, RAIL_STABLE, RAIL_TOKEN, Terms};

field! {
    u64, this => Value::from(this.to_string());
    u32, this => Value::from(*this);
    u16, this => Value::from(*this);
    u8, this => Value::from(*this);
    i64, this => Value::from(*this);
    i32, this => Value::from(*this);
    Wide, this => Value::from(this.get().to_string());
    Address, this => Value::from(this.to_string());
    [u8; 32], this => Value::from(hex::encode(this));
    [RateEntry; RATES], this => rates(this);
    [Touched; 1], this => entities(this);
    [Touched; 2], this => entities(this);
    [Touched; 3], this => entities(this);
    [Touched; 4], this => entities(this);
    [Touched; 5], this => entities(this);
    StandingOffer, this => standing_offer(this);
    Bucket, this => object!(this, usd, since, slot, root, steps, receipt);
    Panel, this => panel(this);
    Quoted, this => object!(this, spot, confidence, average, burn, mint, publish_time, slot, exponent, scale);
    Parameters, this => parameters(this);
    Terms, this => object!(this, consumer, provider, mint, order, parameters);
}

impl Field for Order {
    fn json(&self) -> Value {
        let mut value = object!(
            self,
            meter,
            spec_hash,
            panel,
            budget,
            rate,
            unit,
            unit_cap,
            min_price,
            bid_end,
            offer_by,
            start_by,
            end_by,
            convert_by,
            silence_max,
            hardware,
            sla_bps,
        );
        value["rail"] = rail(self.rail).into();
        value["verifiable"] = (self.verifiable != 0).into();
        value["open_acceptance"] = (self.open_acceptance != 0).into();
        value
    }
}

/// A standing offer; `null` for none.
pub fn standing_offer(offer: &StandingOffer) -> Value {
    if *offer == StandingOffer::NONE {
        return Value::Null;
    }
    let mut value = object!(
        offer,
        meter,
        panel,
        parameters,
        floor_rate,
        min_budget,
        max_budget,
        max_unit_cap,
        max_bond,
        min_lead,
        max_duration,
        until,
        max_jobs,
        hardware,
        max_sla_bps,
        min_cover_bps,
    );
    let taken = [RAIL_TOKEN, RAIL_STABLE].into_iter().filter(|code| offer.rails & rail_bit(*code) != 0);
    value["rails"] = taken.map(rail).collect();
    value
}

pub(super) fn entities(touched: &[Touched]) -> Value {
    let used = touched.iter().filter(|one| **one != Touched::NOTHING);
    used.map(|one| json!({ "entity": one.entity.to_string(), "sequence": one.sequence })).collect()
}

/// A rate card: its used entries.
pub fn rates(entries: &[RateEntry]) -> Value {
    let used = entries.iter().filter(|entry| entry.rate != 0 || entry.hardware != 0);
    used.map(|entry| json!({ "hardware": entry.hardware, "rate": entry.rate.to_string() })).collect()
}

/// The network's parameters by name, every one a number.
pub fn parameters(all: &Parameters) -> Value {
    let named = all.bounds().map(|(name, value, ..)| (name.to_owned(), Value::from(value)));
    Value::Object(named.into_iter().collect())
}

/// What a change replaces or replaces it with: the parameters or the address, by its kind.
pub(super) fn put_change(
    value: &mut Value,
    prefix: &str,
    parameters: &Parameters,
    address: &Address,
    kind: u64,
) {
    value["kind"] = change_kind(kind).into();
    if kind == ChangeKind::Parameters as u64 {
        value[format!("{prefix}parameters")] = parameters.json();
    } else {
        value[format!("{prefix}address")] = address.json();
    }
}

/// A panel: how many of whom decide.
pub fn panel(panel: &Panel) -> Value {
    let wallets: Vec<String> = panel.wallets().iter().map(Address::to_string).collect();
    json!({ "k": panel.k, "wallets": wallets })
}
