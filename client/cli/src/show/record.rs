//! One thing's figures: each with a key, a text for people and a value for programs.

use crate::arguments::{local, span};
use crate::context::Currency;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};
use std::fmt::Display;
use tally_client::amounts::{PERCENT_DECIMALS, SOL_DECIMALS, USD_DECIMALS, decimal, scaled};
use tally_client::interface::terms::RAIL_STABLE;
use tally_client::order::GPU_HOUR;

/// Figures in order. Amounts are integers as strings with their decimals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record(Vec<(&'static str, String, Value)>);

impl Record {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A figure that is shown in one way and serialised in another.
    pub fn with(mut self, key: &'static str, shown: impl Into<String>, value: Value) -> Self {
        self.0.push((key, shown.into(), value));
        self
    }

    /// Text, an address for example.
    pub fn text(self, key: &'static str, text: impl Display) -> Self {
        let text = text.to_string();
        self.with(key, text.clone(), Value::String(text))
    }

    /// Text that may be missing.
    pub fn maybe(self, key: &'static str, text: Option<impl Display>) -> Self {
        match text {
            Some(text) => self.text(key, text),
            None => self.with(key, "-", Value::Null),
        }
    }

    /// A count.
    pub fn count(self, key: &'static str, count: u64) -> Self {
        self.with(key, count.to_string(), json!(count.to_string()))
    }

    /// Yes or no.
    pub fn flag(self, key: &'static str, flag: bool) -> Self {
        self.with(key, if flag { "yes" } else { "no" }, Value::Bool(flag))
    }

    /// Base units of the compute token.
    pub fn tokens(self, key: &'static str, base: u64, decimals: u32) -> Self {
        self.with(key, format!("{} tokens", decimal(base, decimals)), amount(base, decimals))
    }

    /// Base units of what a job of this rail is paid in.
    pub fn escrowed(self, key: &'static str, amount: u64, rail: u8, decimals: u32) -> Self {
        if rail == RAIL_STABLE { self.usd(key, amount) } else { self.tokens(key, amount, decimals) }
    }

    /// An amount of a currency.
    pub fn money(self, key: &'static str, units: u64, currency: &Currency) -> Self {
        self.with(key, currency.say(units), amount(units, currency.decimals))
    }

    /// Micro-dollars.
    pub fn usd(self, key: &'static str, micro: u64) -> Self {
        self.with(key, format!("{} USD", decimal(micro, USD_DECIMALS)), amount(micro, USD_DECIMALS))
    }

    /// Lamports.
    pub fn sol(self, key: &'static str, lamports: u64) -> Self {
        self.with(key, format!("{} SOL", decimal(lamports, SOL_DECIMALS)), amount(lamports, SOL_DECIMALS))
    }

    /// Basis points.
    pub fn percent(self, key: &'static str, bps: u16) -> Self {
        self.with(
            key,
            format!("{}%", decimal(bps, PERCENT_DECIMALS)),
            amount(u64::from(bps), PERCENT_DECIMALS),
        )
    }

    /// Seconds.
    pub fn span(self, key: &'static str, seconds: i64) -> Self {
        self.with(key, span(seconds), json!(seconds.to_string()))
    }

    /// A moment; the chain writes 0 for what has not happened.
    pub fn time(self, key: &'static str, moment: i64, now: i64) -> Self {
        match moment {
            0 => self.with(key, "-", Value::Null),
            _ => self.with(key, local(moment, now), json!(moment.to_string())),
        }
    }

    /// Micro-dollars per `unit` of compute.
    pub fn rate(self, key: &'static str, micro: u64, unit: u64) -> Self {
        let value =
            json!({ "amount": micro.to_string(), "decimals": USD_DECIMALS, "unit": unit.to_string() });
        self.with(key, rate(micro, unit), value)
    }

    /// Rates by hardware class, micro-dollars per GPU hour.
    pub fn rates(self, key: &'static str, rates: &[(u16, u64)]) -> Self {
        let shown: Vec<_> =
            rates.iter().map(|(class, micro)| format!("class {class}: {}", rate(*micro, GPU_HOUR))).collect();
        let value = rates
            .iter()
            .map(|(class, micro)| json!({ "hardware": class, "rate": amount(*micro, USD_DECIMALS) }));
        let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
        self.with(key, shown, value.collect())
    }

    /// What people read, with labels made of the keys.
    pub fn shown(&self) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().map(|(key, shown, _)| (key.replace('_', " "), shown.as_str()))
    }
}

fn amount(units: u64, decimals: u32) -> Value {
    json!({ "amount": units.to_string(), "decimals": decimals })
}

/// A rate in words: per GPU hour if that is its unit.
pub fn rate(micro: u64, unit: u64) -> String {
    let usd = decimal(micro, USD_DECIMALS);
    if unit == GPU_HOUR { format!("{usd} USD per GPU hour") } else { format!("{usd} USD per {unit} units") }
}

impl Record {
    /// A price as the program keeps it.
    pub fn price(self, key: &'static str, value: u64, exponent: i32) -> Self {
        let json = json!({ "amount": value.to_string(), "exponent": exponent });
        self.with(key, format!("{} USD per token", scaled(value, exponent)), json)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(key, _, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_in_both_forms() {
        let record = Record::new()
            .tokens("free_stake", 1_500_000_000, 9)
            .usd("budget", 25_000_000)
            .percent("take", 500)
            .rate("rate", 2_000_000, GPU_HOUR)
            .price("spot", 201_000_000, -8)
            .time("ended", 0, 5);
        let shown: Vec<_> = record.shown().map(|(label, text)| format!("{label}: {text}")).collect();
        assert_eq!(
            shown,
            [
                "free stake: 1.5 tokens",
                "budget: 25 USD",
                "take: 5%",
                "rate: 2 USD per GPU hour",
                "spot: 2.01 USD per token",
                "ended: -"
            ]
        );
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["free_stake"], json!({ "amount": "1500000000", "decimals": 9 }));
        assert_eq!(json["ended"], Value::Null);
    }
}
