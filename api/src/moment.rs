//! Times: what a request may write, what an answer writes, and the buckets of a series.

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, SecondsFormat, TimeDelta, TimeZone, Timelike, Utc,
};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// First second of year 2000 and of year 2200: the range of times that figures are asked for.
const RANGE: std::ops::Range<i64> = 946_684_800..7_258_118_400;

/// A moment in a request: RFC 3339, a date (its first second, UTC), or Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(
    value_type = String,
    format = "moment",
    pattern = "^(9[5-9][0-9]{7}|[1-6][0-9]{9}|2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?)$",
)]
pub struct Moment(pub i64);

impl std::str::FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A plus sign that was not percent-encoded arrives as a space.
        let written = text.replace(' ', "+");
        let date = || {
            let date = NaiveDate::parse_from_str(&written, "%Y-%m-%d").ok()?;
            Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
        };
        let seconds = written
            .parse::<i64>()
            .ok()
            .or_else(|| DateTime::parse_from_rfc3339(&written).ok().map(|time| time.timestamp()))
            .or_else(date);
        match seconds {
            Some(seconds) if RANGE.contains(&seconds) => Ok(Self(seconds)),
            Some(_) => Err(format!("\"{text}\" lies outside the years 2000 to 2199")),
            None => Err(format!(
                "\"{text}\" is not a time; write RFC 3339 (2026-11-01T00:00:00Z), a date (2026-11-01) or Unix seconds"
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Unix seconds as RFC 3339 in UTC.
pub fn rfc3339(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The same, if it has happened: the chain writes 0 for what has not.
pub fn happened(seconds: i64) -> Option<String> {
    (seconds != 0).then(|| rfc3339(seconds))
}

/// A length of time in words: whole days, else whole hours, minutes or seconds.
pub fn span(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds != 0 && seconds.checked_rem(*length) == Some(0));
    let (length, name) = unit.unwrap_or((1, "second"));
    let count = seconds.checked_div(length).unwrap_or(seconds);
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// Length of a bucket, aligned to UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    /// One hour.
    Hour,
    /// One day, from midnight UTC.
    #[default]
    Day,
    /// One calendar month.
    Month,
}

crate::extract::choice!(Interval { Hour = "hour", Day = "day", Month = "month" });

impl Interval {
    /// First second of the bucket that `seconds` lies in.
    pub fn floor(self, seconds: i64) -> Option<i64> {
        let time = DateTime::from_timestamp(seconds, 0)?;
        let start = match self {
            Self::Hour => {
                return seconds
                    .checked_sub(i64::from(time.minute().checked_mul(60)?.checked_add(time.second())?));
            }
            Self::Day => time.date_naive(),
            Self::Month => time.date_naive().with_day(1)?,
        };
        Some(Utc.from_utc_datetime(&start.and_hms_opt(0, 0, 0)?).timestamp())
    }

    /// First second of the bucket after the one that starts at `start`.
    pub fn next(self, start: i64) -> Option<i64> {
        let time = DateTime::from_timestamp(start, 0)?;
        let next = match self {
            Self::Hour => time.checked_add_signed(TimeDelta::hours(1))?,
            Self::Day => time.checked_add_days(Days::new(1))?,
            Self::Month => time.checked_add_months(Months::new(1))?,
        };
        Some(next.timestamp())
    }

    /// First second of the bucket `count` buckets before the one that starts at `start`.
    pub fn back(self, start: i64, count: u32) -> Option<i64> {
        let time = DateTime::from_timestamp(start, 0)?;
        let back = match self {
            Self::Hour => time.checked_sub_signed(TimeDelta::hours(count.into()))?,
            Self::Day => time.checked_sub_days(Days::new(count.into()))?,
            Self::Month => time.checked_sub_months(Months::new(count))?,
        };
        Some(back.timestamp())
    }

    /// First second of the series that ends with `last` if nobody says where it begins: 24 hours, 30 days or 12 months,
    /// which are counted, for they differ in length.
    pub fn usual(self, last: i64) -> Option<i64> {
        let before = match self {
            Self::Hour => 23,
            Self::Day => 29,
            Self::Month => 11,
        };
        self.back(self.floor(last)?, before)
    }

    /// Starts of all buckets that `from..to` touches; `None` if there are more than `most`.
    pub fn buckets(self, from: i64, to: i64, most: usize) -> Option<Vec<i64>> {
        let mut starts = Vec::new();
        let mut start = self.floor(from)?;
        while start < to {
            if starts.len() == most {
                return None;
            }
            starts.push(start);
            start = self.next(start)?;
        }
        Some(starts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_write_the_same_moment() {
        for text in ["1793491200", "2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T02:00:00 02:00"] {
            assert_eq!(text.parse::<Moment>(), Ok(Moment(1_793_491_200)), "{text}");
        }
        for bad in ["", "yesterday", "2026-13-01", "-5", "99999999999999"] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_span_is_said_in_its_largest_whole_unit() {
        let spans = [(604_800, "7 days"), (3_600, "1 hour"), (5_400, "90 minutes"), (61, "61 seconds")];
        for (seconds, words) in spans {
            assert_eq!(span(seconds), words);
        }
        assert_eq!(span(0), "0 seconds");
    }

    #[test]
    fn going_back_counts_calendar_months() {
        let at = |text: &str| text.parse::<Moment>().unwrap().0;
        for (last, first) in [("2026-10-01", "2025-11-01"), ("2028-03-01", "2027-04-01")] {
            assert_eq!(Interval::Month.back(at(last), 11), Some(at(first)));
        }
        assert_eq!(Interval::Day.back(at("2028-03-01"), 29), Some(at("2028-02-01")));
        assert_eq!(Interval::Hour.back(at("2026-11-01"), 23), Some(at("2026-10-31T01:00:00Z")));
    }

    #[test]
    fn buckets_are_aligned_and_gapless_over_month_and_leap_day() {
        let at = |text: &str| text.parse::<Moment>().unwrap().0;
        let days = Interval::Day.buckets(at("2028-02-28T13:00:00Z"), at("2028-03-01T00:00:01Z"), 10).unwrap();
        assert_eq!(days, ["2028-02-28", "2028-02-29", "2028-03-01"].map(at));
        let months = Interval::Month.buckets(at("2026-11-20"), at("2027-02-01"), 10).unwrap();
        assert_eq!(months, ["2026-11-01", "2026-12-01", "2027-01-01"].map(at));
        let hours =
            Interval::Hour.buckets(at("2026-11-01T22:59:59Z"), at("2026-11-02T00:00:00Z"), 10).unwrap();
        assert_eq!(hours, [at("2026-11-01T22:00:00Z"), at("2026-11-01T23:00:00Z")]);
        assert_eq!(Interval::Hour.buckets(0, 3_600 * 11, 10), None);
        assert_eq!(Interval::Hour.buckets(10, 10, 10), Some(vec![0]));
    }
}
