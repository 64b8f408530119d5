//! How fast one endpoint is asked: a token bucket, pauses that grow, and what the endpoint itself asks for.

use std::time::{Duration, Instant, SystemTime};

/// Longest pause between two tries of what there is no other way to get.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longest rest of an endpoint while others are asked.
pub const LONGEST_REST: Duration = Duration::from_secs(60);
/// Longest wait that an endpoint may ask for; a longer one is most likely a mistake.
const LONGEST_REQUEST: Duration = Duration::from_secs(3_600);

/// A token bucket that holds one second's calls, as the moment at which it will be full again.
#[derive(Debug)]
pub struct Bucket {
    /// Between two calls in the long run.
    every: Duration,
    full_at: Option<Instant>,
}

impl Bucket {
    /// Of `calls` a second, at least one.
    pub fn new(calls: u32) -> Self {
        Self { every: Duration::from_secs(1).checked_div(calls.max(1)).unwrap_or_default(), full_at: None }
    }

    /// Takes a token at `now`; how long to wait before using it.
    pub fn take(&mut self, now: Instant) -> Duration {
        let full_at = self.full_at.filter(|at| *at > now).unwrap_or(now);
        let after = full_at.checked_add(self.every).unwrap_or(full_at);
        self.full_at = Some(after);
        after.saturating_duration_since(now).saturating_sub(Duration::from_secs(1))
    }
}

/// Pauses that double and are spread by a seed, so that many who failed together do not return together.
#[derive(Debug)]
pub struct Backoff(u64);

impl Backoff {
    /// From a seed and an endpoint's name: the same every time, another for each endpoint.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a
        let mixed = name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed)
    }

    /// The pause after `failures` in a row: half to all of `base`, doubled each time, `longest` at most.
    pub fn pause(&mut self, base: Duration, failures: u32, longest: Duration) -> Duration {
        let doubled = base.saturating_mul(2u32.saturating_pow(failures.min(16))).min(longest);
        let half = doubled.checked_div(2).unwrap_or_default();
        let nanoseconds = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let spread = self.next().checked_rem(nanoseconds.saturating_add(1)).unwrap_or_default();
        half.saturating_add(Duration::from_nanos(spread))
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What a header `Retry-After` asks for, seconds or a date; at most an hour.
pub fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let asked = match header.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(header).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(asked.min(LONGEST_REQUEST))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)] // a test may fail
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_a_second_s_calls_at_once_and_then_one_at_a_time() {
        let (mut bucket, start) = (Bucket::new(4), Instant::now());
        let waits: Vec<u128> = (0..7).map(|_| bucket.take(start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 250, 500, 750]);
        // Three tokens were taken in advance; two seconds later one second's worth is there, not more.
        let later = start + Duration::from_secs(3);
        let waits: Vec<u128> = (0..6).map(|_| bucket.take(later).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 250, 500]);
    }

    #[test]
    fn pauses_grow_to_a_limit_are_spread_and_follow_from_the_seed() {
        let pauses = |seed, name| {
            let mut backoff = Backoff::new(seed, name);
            (0..20)
                .map(|failures| backoff.pause(Duration::from_millis(100), failures, LONGEST_PAUSE))
                .collect::<Vec<_>>()
        };
        let one = pauses(1, "a");
        for (failures, pause) in one.iter().enumerate() {
            let most = (100u128 << failures.min(16)).min(10_000);
            assert!(pause.as_millis() >= most / 2 && pause.as_millis() <= most, "{failures}: {pause:?}");
        }
        assert_eq!(one, pauses(1, "a"));
        assert!(one != pauses(2, "a") && one != pauses(1, "b"));
    }

    #[test]
    fn what_an_endpoint_asks_for_is_read_in_both_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37
        assert_eq!(retry_after(" 7 ", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now), Some(Duration::from_secs(3)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:30 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999", now), Some(Duration::from_secs(3_600)));
        assert_eq!(retry_after("soon", now), None);
    }
}
