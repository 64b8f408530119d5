//! Lengths of time and moments: "1d12h", "30m", or RFC 3339.

use chrono::{DateTime, Local, SecondsFormat};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Seconds of each unit, longest first.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A length of time, seconds; written as "1d12h", "2h", "30m", "90s".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub i64);

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no length of time; write one such as 30m, 2h, 1d12h or 90s");
        let (mut rest, mut seconds, mut units) = (text, 0i64, UNITS.as_slice());
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let unit = tail.chars().next().ok_or_else(wrong)?;
            let place = units.iter().position(|(name, _)| *name == unit).ok_or_else(wrong)?;
            let (_, length) = units.get(place).ok_or_else(wrong)?;
            let number: i64 = number.parse().map_err(|_| wrong())?;
            seconds = number.checked_mul(*length).and_then(|n| seconds.checked_add(n)).ok_or_else(wrong)?;
            // Each unit once, from long to short.
            units = units.get(place.saturating_add(1)..).unwrap_or_default();
            rest = tail.get(unit.len_utf8()..).unwrap_or_default();
        }
        if text.is_empty() { Err(wrong()) } else { Ok(Self(seconds)) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&span(self.0))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

/// A moment: after so much time, or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum When {
    /// From now.
    In(Span),
    /// Unix seconds.
    At(i64),
}

impl When {
    /// Unix seconds, if it is `now`.
    pub fn at(self, now: i64) -> i64 {
        match self {
            Self::In(length) => now.saturating_add(length.0),
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for When {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(length) = text.parse() {
            return Ok(Self::In(length));
        }
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| {
            format!("\"{text}\" is no time; write a length such as 2h or 1d12h, or RFC 3339 such as 2026-11-01T12:00:00Z")
        })?;
        Ok(Self::At(moment.timestamp()))
    }
}

/// A length of time in its two largest units.
pub fn span(seconds: i64) -> String {
    let names = ["d", "h", "min", "s"];
    let mut left = seconds.unsigned_abs();
    let mut parts = Vec::new();
    for ((_, length), name) in UNITS.iter().zip(names) {
        let count = left.checked_div(length.unsigned_abs()).unwrap_or(0);
        left = left.checked_rem(length.unsigned_abs()).unwrap_or(0);
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

/// A moment in local time, ISO 8601, and how far it is from `now`.
pub fn local(moment: i64, now: i64) -> String {
    let written = DateTime::from_timestamp(moment, 0).map_or_else(
        || moment.to_string(),
        |time| time.with_timezone(&Local).to_rfc3339_opts(SecondsFormat::Secs, true),
    );
    let distance = moment.saturating_sub(now);
    let relative = match distance {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(distance)),
        _ => format!("{} ago", span(distance)),
    };
    format!("{written} ({relative})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        for (text, seconds) in
            [("30m", 1_800), ("2h", 7_200), ("1d12h", 129_600), ("1h30m5s", 5_405), ("0s", 0)]
        {
            assert_eq!(text.parse(), Ok(Span(seconds)), "{text}");
        }
        for bad in [
            "",
            "5",
            "h",
            "5x",
            "1m1h",
            "1h1h",
            "-1h",
            "1.5h",
            "99999999999999999999d",
            "9223372036854775807d",
        ] {
            assert!(bad.parse::<Span>().unwrap_err().contains("such as 30m"), "{bad}");
        }
        assert_eq!(span(129_661), "1 d 12 h");
        assert_eq!(span(-90), "1 min 30 s");
        assert_eq!(span(0), "0 s");
    }

    #[test]
    fn a_moment_is_a_length_from_now_or_rfc_3339() {
        assert_eq!("2h".parse::<When>().unwrap().at(1_000), 8_200);
        assert_eq!("2026-11-01T02:00:00+02:00".parse::<When>().unwrap().at(5), 1_793_491_200);
        assert!("tomorrow".parse::<When>().unwrap_err().contains("RFC 3339"));
        assert!(local(1_793_491_200, 1_793_484_000).ends_with("(in 2 h)"));
        assert!(local(1_793_484_000, 1_793_484_060).ends_with("(1 min ago)"));
    }
}
