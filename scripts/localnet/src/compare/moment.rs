//! Times as the API writes them.

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Unix seconds as RFC 3339 in UTC.
pub fn rfc3339(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The same, if it has happened: the chain writes 0 for what has not.
pub fn happened(seconds: i64) -> Option<String> {
    (seconds != 0).then(|| rfc3339(seconds))
}

/// The moment that an answer of the API is of.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Last slot in it.
    pub slot: u64,
    /// The cluster's time of that slot, Unix seconds.
    pub as_of: i64,
}

impl Moment {
    /// As the answer says it.
    pub fn of(answer: &Value) -> Option<Self> {
        let slot = answer.pointer("/slot")?.as_u64()?;
        let as_of = DateTime::parse_from_rfc3339(answer.pointer("/as_of")?.as_str()?).ok()?;
        Some(Self { slot, as_of: as_of.timestamp() })
    }
}
