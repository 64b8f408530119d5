//! How often one reader may ask: by its key or, without one, by its address.
//!
//! The generic cell rate algorithm: a steady rate with a burst. What asks the RPC node as well counts as several requests. What
//! costs the service a connection for long has limits of its own ([`crate::seats`]), and so have bodies, pages, statements and
//! requests in time.

use crate::actions;
use crate::config::Settings;
use crate::error::{Kind, Problem};
use crate::state::App;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash as Hashed;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Says that the process lives, which costs nothing: whoever watches it is never turned away.
const FREE: &str = "/livez";
/// Paths that say how the service is doing and ask the database for it. Whoever watches them is not turned away for what it
/// asks besides.
const WATCHED: [&str; 2] = ["/readyz", "/metrics"];
/// Looks at them from one address, where several may watch.
const LOOKS_PER_SECOND: u32 = 10;
/// How many of them at once.
const LOOKS_BURST: u32 = 20;
/// Requests that one counts as which builds a transaction, or may: so often is the RPC node asked for it.
const NODE_CALLS: NonZeroU32 = NonZeroU32::new(6).unwrap();
/// Time between two looks for readers that have not asked for so long that nothing needs to be known of them.
const FORGET_EVERY: Duration = Duration::from_secs(60);

type Hash = [u8; 32];

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reader {
    /// The holder of the key with this name.
    Key(Arc<str>),
    /// Whoever is at this address; of the sixth version of IP at any address of its network, which is one subscriber's.
    Address(IpAddr),
}

impl Reader {
    /// Whoever asks from an address without a key.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(network(address))
    }
}

/// Limits by reader; cheap to clone.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    addresses: Option<Limit<IpAddr>>,
    keys: Option<Limit<Arc<str>>>,
    watchers: Option<Limit<IpAddr>>,
    /// Names of keys by their hash, so that no comparison tells how much of a guess was right.
    names: HashMap<Hash, Arc<str>>,
    proxies: usize,
    clock: DefaultClock,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Limits {
    /// As the settings have them.
    pub fn new(settings: &Settings) -> Self {
        let names = settings.api_keys.iter().map(|(name, key)| (hash(key), name.as_str().into()));
        let looks = if settings.requests_per_second == 0 { 0 } else { LOOKS_PER_SECOND };
        Self(Arc::new(Inner {
            addresses: Limit::new(settings.requests_per_second, settings.requests_burst),
            keys: Limit::new(settings.key_requests_per_second, settings.key_requests_burst),
            watchers: Limit::new(looks, LOOKS_BURST),
            names: names.collect(),
            proxies: settings.trusted_proxies,
            clock: DefaultClock::default(),
        }))
    }

    /// Forgets, once a minute, readers of whom nothing needs to be known. Must be called within a Tokio runtime.
    pub fn forget(&self) {
        let kept = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                let Some(inner) = kept.upgrade() else { return };
                inner.addresses.iter().chain(&inner.watchers).for_each(Limit::forget);
                inner.keys.iter().for_each(Limit::forget);
            }
        });
    }

    /// Who asks; `None` if the connection says no address, as within a process.
    fn reader(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<Option<Reader>, Problem> {
        if let Some(given) = headers.get(header::AUTHORIZATION) {
            let (scheme, key) =
                given.to_str().ok().and_then(|given| given.split_once(' ')).unwrap_or_default();
            let key = scheme.eq_ignore_ascii_case("Bearer").then_some(key);
            let name = key.and_then(|key| self.0.names.get(&hash(key.trim())));
            let name = name.ok_or_else(|| {
                let detail = "The header Authorization does not hold \"Bearer\" and a key of this service; nothing here needs one, leave it out.";
                Problem::new(Kind::UnknownKey, detail)
            })?;
            return Ok(Some(Reader::Key(name.clone())));
        }
        Ok(self.address(headers, peer))
    }

    /// Who asks, whatever key is shown.
    fn address(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<Reader> {
        let address = peer.map(|peer| self.forwarded(headers).unwrap_or(peer.ip()));
        address.map(Reader::at)
    }

    /// The address that the first of the trusted proxies was asked from.
    fn forwarded(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let last = self.0.proxies.checked_sub(1)?;
        let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
        // Each proxy adds where it was asked from; what stands before that anyone may have written.
        hops.iter().rev().nth(last)?.parse().ok()
    }

    /// How long a reader has to wait before it may ask what counts as so many requests; `None` if it may now.
    fn wait(&self, reader: &Reader, requests: NonZeroU32) -> Option<Duration> {
        let inner = &self.0;
        match reader {
            Reader::Key(name) => inner.keys.as_ref()?.wait(name, requests, &inner.clock),
            Reader::Address(address) => inner.addresses.as_ref()?.wait(address, requests, &inner.clock),
        }
    }

    /// The same for one look at how the service is doing, whatever key is shown.
    fn wait_to_look(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<Duration> {
        let Reader::Address(address) = self.address(headers, peer)? else { return None };
        self.0.watchers.as_ref()?.wait(&address, NonZeroU32::MIN, &self.0.clock)
    }
}

/// A steady rate with a burst, for each of many.
struct Limit<K: Clone + Eq + Hashed> {
    limiter: DefaultKeyedRateLimiter<K>,
    burst: NonZeroU32,
}

impl<K: Clone + Eq + Hashed> Limit<K> {
    /// `None` if there is no limit; a burst of 0 is as many as in a second.
    fn new(per_second: u32, burst: u32) -> Option<Self> {
        let rate = NonZeroU32::new(per_second)?;
        let burst = NonZeroU32::new(burst).unwrap_or(rate);
        let limiter = RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst));
        Some(Self { limiter, burst })
    }

    fn wait(&self, key: &K, requests: NonZeroU32, clock: &DefaultClock) -> Option<Duration> {
        // What counts as more than the burst would never be let through.
        let decided = self.limiter.check_key_n(key, requests.min(self.burst));
        decided.ok()?.err().map(|until| until.wait_time_from(clock.now()))
    }

    fn forget(&self) {
        self.limiter.retain_recent();
    }
}

/// Reads `NAME=KEY,NAME=KEY`. What is wrong is said without the key.
pub(crate) fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut keys = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, key) =
            pair.split_once('=').ok_or_else(|| de::Error::custom("each must be written NAME=KEY"))?;
        if key.len() < 32 {
            return Err(de::Error::custom(format!("the key of {name} has fewer than 32 characters")));
        }
        if keys.insert(name.to_owned(), key.to_owned()).is_some() {
            return Err(de::Error::custom(format!("{name} is named twice")));
        }
    }
    Ok(keys)
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}

/// What counts as one reader.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// As how many requests one counts.
fn weight(request: &Request) -> NonZeroU32 {
    let path = request.uri().path();
    let builds = path == "/mcp" || actions::is_action(path);
    if builds && request.method() == Method::POST { NODE_CALLS } else { NonZeroU32::MIN }
}

/// Why a request may not pass.
#[derive(Debug)]
pub enum Refusal {
    /// Its reader asks too often.
    TooOften {
        /// How long to wait.
        wait: Duration,
        /// Whether it shows a key.
        by_key: bool,
    },
    /// Its key is none.
    Key(Problem),
}

impl Refusal {
    /// What its reader is told; it is counted.
    pub fn answer(self, app: &App) -> Response {
        let (wait, by_key) = match self {
            Self::TooOften { wait, by_key } => (wait, by_key),
            Self::Key(problem) => return problem.into_response(),
        };
        app.metrics.turned_away(by_key);
        let seconds = wait.as_secs().saturating_add(1);
        let detail = format!(
            "You have asked more often than this service allows; ask again in {seconds} s, and less often."
        );
        let mut response = Problem::new(Kind::TooMany, detail).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }
}

/// Why a request may not pass: when to ask again, or that a key is none. What may has in its extensions whose it is.
pub fn refuse(app: &App, request: &mut Request) -> Option<Refusal> {
    let path = request.uri().path();
    if path == FREE {
        return None;
    }
    let (limits, headers) = (&app.limits, request.headers());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    if WATCHED.contains(&path) {
        return limits.wait_to_look(headers, peer).map(|wait| Refusal::TooOften { wait, by_key: false });
    }
    let (reader, refused) = match limits.reader(headers, peer) {
        Ok(reader) => (reader, None),
        // Whoever tries keys does so at the pace of its address.
        Err(problem) => (limits.address(headers, peer), Some(problem)),
    };
    if let Some(wait) = reader.as_ref().and_then(|reader| limits.wait(reader, weight(request))) {
        return Some(Refusal::TooOften { wait, by_key: matches!(reader, Some(Reader::Key(_))) });
    }
    if let Some(problem) = refused {
        return Some(Refusal::Key(problem));
    }
    if let Some(reader) = reader {
        request.extensions_mut().insert(reader);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(more: &[(&str, &str)]) -> Limits {
        let own = [("TALLY_API_DATABASE_URL", "postgres://localhost/tally")];
        let all = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Limits::new(&Settings::load(None, all).unwrap())
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    fn peer(text: &str) -> Option<SocketAddr> {
        Some(text.parse().unwrap())
    }

    fn address(text: &str) -> Option<Reader> {
        Some(Reader::Address(text.parse().unwrap()))
    }

    #[test]
    fn a_reader_is_its_address_or_its_network() {
        let limits = limits(&[]);
        let none = HeaderMap::new();
        let of = |text: &str| limits.reader(&none, peer(text)).unwrap();
        assert_eq!(of("192.0.2.7:1"), address("192.0.2.7"));
        assert_eq!(of("[::ffff:192.0.2.7]:1"), address("192.0.2.7"));
        assert_eq!(of("[2001:db8:1:2:3:4:5:6]:1"), address("2001:db8:1:2::"));
        assert_eq!(limits.reader(&none, None).unwrap(), None);
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asked() {
        let claimed = headers(&[("x-forwarded-for", "203.0.113.9, 198.51.100.1")]);
        let of = |proxies: &str| {
            limits(&[("TALLY_API_TRUSTED_PROXIES", proxies)]).reader(&claimed, peer("192.0.2.7:1")).unwrap()
        };
        assert_eq!(of("0"), address("192.0.2.7"), "nobody is trusted");
        assert_eq!(of("1"), address("198.51.100.1"), "what stands before is made up");
        assert_eq!(of("2"), address("203.0.113.9"));
        assert_eq!(of("3"), address("192.0.2.7"), "fewer than were said to be there");
    }

    #[test]
    fn a_key_is_a_reader_of_its_own_and_a_wrong_one_is_refused() {
        let limits = limits(&[("TALLY_API_API_KEYS", "desk=0123456789abcdef0123456789abcdef")]);
        let of = |given: &str| limits.reader(&headers(&[("authorization", given)]), peer("192.0.2.7:1"));
        for right in ["Bearer 0123456789abcdef0123456789abcdef", "bearer 0123456789abcdef0123456789abcdef"] {
            assert_eq!(of(right).unwrap(), Some(Reader::Key("desk".into())));
        }
        for wrong in ["Bearer 0123456789abcdef0123456789abcdee", "Basic eA==", "Bearer", "Bearer desk"] {
            assert_eq!(of(wrong).unwrap_err().kind, Kind::UnknownKey, "{wrong}");
        }
    }

    #[test]
    fn a_burst_is_let_through_and_the_next_must_wait() {
        let some = limits(&[("TALLY_API_REQUESTS_PER_SECOND", "1"), ("TALLY_API_REQUESTS_BURST", "3")]);
        let (one, other) = (address("192.0.2.7").unwrap(), address("192.0.2.8").unwrap());
        let one_more = NonZeroU32::MIN;
        for _ in 0..3 {
            assert_eq!(some.wait(&one, one_more), None);
        }
        assert!(some.wait(&one, one_more).is_some_and(|wait| wait <= Duration::from_secs(1)));
        assert_eq!(some.wait(&other, one_more), None, "one reader takes nothing from another");
        let none = limits(&[("TALLY_API_REQUESTS_PER_SECOND", "0")]);
        assert!((0..1_000).all(|_| none.wait(&one, one_more).is_none()));
    }

    #[test]
    fn what_costs_the_node_six_calls_counts_as_six_requests() {
        let request = |method: &str, path: &str| {
            weight(&Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap())
        };
        for (method, path, counts) in [
            ("POST", "/v1/actions/jobs/open?amount=1", 6),
            ("POST", "/mcp", 6),
            ("GET", "/v1/actions/jobs/open", 1),
            ("OPTIONS", "/mcp", 1),
            ("GET", "/v1/jobs", 1),
        ] {
            assert_eq!(request(method, path).get(), counts, "{method} {path}");
        }
        let some = limits(&[("TALLY_API_REQUESTS_PER_SECOND", "1"), ("TALLY_API_REQUESTS_BURST", "12")]);
        let [one, other] = ["192.0.2.7", "192.0.2.8"].map(|text| address(text).unwrap());
        assert_eq!([some.wait(&one, NODE_CALLS), some.wait(&one, NODE_CALLS)], [None, None]);
        let wait = some.wait(&one, NODE_CALLS).unwrap();
        assert!(wait > Duration::from_secs(5) && wait <= Duration::from_secs(6), "{wait:?}");
        let small = limits(&[("TALLY_API_REQUESTS_PER_SECOND", "1"), ("TALLY_API_REQUESTS_BURST", "2")]);
        assert_eq!(small.wait(&other, NODE_CALLS), None, "no burst is too small for one");
        assert!(small.wait(&other, NonZeroU32::MIN).is_some());
    }

    #[test]
    fn whoever_watches_is_let_through_and_whoever_hammers_is_not() {
        let limits = limits(&[]);
        let none = HeaderMap::new();
        let looks = |text: &str, many: u32| {
            (0..many).filter(|_| limits.wait_to_look(&none, peer(text)).is_none()).count()
        };
        assert_eq!(looks("192.0.2.7:1", 20), 20);
        assert!(looks("192.0.2.7:2", 1_000) < 100);
        assert_eq!(looks("192.0.2.8:1", 20), 20);
    }
}
