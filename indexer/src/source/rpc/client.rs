//! All endpoints: which of them can be asked now.
//!
//! A round of the source is answered by one endpoint alone, so that what one lists is never proved by
//! another one's absence. Rounds go round the endpoints, so that what one shows late, another shows in
//! time. An endpoint that fails rests, longer each time; one that lags is passed over.

use super::endpoint::{Endpoint, Manners, host, is_everywhere};
use super::error::RpcError;
use super::{COMMITMENT_CONFIRMED, COMMITMENT_FINALIZED};
use crate::Error;
use crate::metrics::Metrics;
use crate::source::Heads;
use futures_util::future::join_all;
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// Time in which an endpoint has to say its heads, where others are asked too.
const PROBE: Duration = Duration::from_secs(5);
/// Shortest rest of an endpoint that failed.
const FIRST_REST: Duration = Duration::from_millis(100);

/// Endpoints of one cluster. Clones share what is known of them.
#[derive(Clone, Debug)]
pub struct Client {
    endpoints: Arc<[Endpoint]>,
    max_lag: u64,
    /// Which endpoint comes first in the next round.
    turn: Arc<AtomicUsize>,
    cluster: Arc<OnceLock<String>>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
}

impl Client {
    /// A client of the one node at `url`; each call may take `timeout`, `concurrency` may be under way at
    /// a time, and tries end when `stop` is cancelled.
    pub fn new(
        url: &str,
        timeout: Duration,
        concurrency: usize,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let manners = Manners { timeout, concurrency, calls_a_second: 0, max_lag: 0, seed: 0 };
        Self::of(&[url.to_owned()], manners, metrics, stop)
    }

    /// A client of all the nodes at `urls`. Tries end when `stop` is cancelled.
    pub fn of(
        urls: &[String],
        manners: Manners,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let mut named: HashMap<String, u32> = HashMap::new();
        let mut endpoints = Vec::new();
        for (place, url) in (1u32..).zip(urls) {
            // Not the URL itself, which may hold a key.
            let wrong = |reason: &str| {
                Error::Setup(format!("URL number {place} of `rpc_url` is not one of a node: {reason}."))
            };
            let url = Url::parse(url).map_err(|error| wrong(&crate::error::one_line(&error)))?;
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(wrong("it has to begin with http:// or https:// and a host"));
            }
            let host = host(&url);
            let count = named.entry(host.clone()).or_default();
            *count = count.saturating_add(1);
            // Several of one host, told apart by a path that may be a key.
            let name = if *count > 1 { format!("{host}#{count}") } else { host };
            let (metrics, stop) = (metrics.clone(), stop.clone());
            endpoints.push(Endpoint::new(url, name, manners, urls.len() <= 1, metrics, stop)?);
        }
        if endpoints.is_empty() {
            return Err(Error::Setup("`rpc_url` names no node; give the URL of one.".into()));
        }
        Ok(Self {
            endpoints: endpoints.into(),
            max_lag: manners.max_lag,
            turn: Arc::default(),
            cluster: Arc::default(),
            metrics,
            stop,
        })
    }

    /// All endpoints, in the order in which they were given.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Waits, unless the process is stopping.
    pub async fn pause(&self, duration: Duration) -> Result<(), RpcError> {
        tokio::select! {
            () = self.stop.cancelled() => Err(RpcError::Stopping),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }

    /// A call whose result is never null and whose answer stands by itself, of whichever endpoint gives
    /// one.
    pub async fn value<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, RpcError> {
        loop {
            let mut last = None;
            for endpoint in self.awake().await? {
                if !self.admit(&endpoint).await {
                    continue;
                }
                match endpoint.value(method, params.clone()).await {
                    Err(error) if is_everywhere(&error) || self.endpoints.len() == 1 => return Err(error),
                    Err(error) if error.may_pass() => endpoint.let_rest(&error.to_string(), FIRST_REST),
                    Err(error) => last = Some(error),
                    Ok(value) => return Ok(value),
                }
            }
            if let Some(error) = last {
                return Err(error);
            }
        }
    }

    /// One endpoint, for several calls whose answers have to go together.
    pub async fn any(&self) -> Result<Endpoint, RpcError> {
        loop {
            for endpoint in self.awake().await? {
                if self.admit(&endpoint).await {
                    return Ok(endpoint);
                }
            }
        }
    }

    /// Says which cluster all endpoints have to be of.
    pub fn settle_cluster(&self, cluster: &str) {
        // Said once; it cannot change.
        let _ = self.cluster.set(cluster.to_owned());
    }

    /// The endpoints that do not rest, beginning with the one whose turn it is; waits while all rest.
    async fn awake(&self) -> Result<Vec<Endpoint>, RpcError> {
        loop {
            let rests: Vec<_> = self.endpoints.iter().map(|endpoint| (endpoint, endpoint.rest())).collect();
            let turn = self.turn.load(Ordering::Relaxed).checked_rem(rests.len()).unwrap_or_default();
            let (after, before) = (rests.iter().skip(turn), rests.iter().take(turn));
            let awake = after.chain(before).filter(|(_, rest)| rest.is_some_and(|rest| rest.is_zero()));
            let awake: Vec<Endpoint> = awake.map(|(endpoint, _)| (*endpoint).clone()).collect();
            if !awake.is_empty() {
                return Ok(awake);
            }
            match rests.iter().filter_map(|(_, rest)| *rest).min() {
                Some(shortest) => self.pause(shortest).await?,
                None => return Err(RpcError::Unreachable("every endpoint is of another cluster".into())),
            }
        }
    }

    /// Whether an endpoint is of the right cluster, asked for once.
    async fn admit(&self, endpoint: &Endpoint) -> bool {
        let Some(cluster) = self.cluster.get() else { return true };
        if endpoint.is_checked() {
            return true;
        }
        match endpoint.once::<String>("getGenesisHash", &json!([])).await {
            Ok(Some(found)) if found == *cluster => endpoint.belongs(),
            Ok(Some(found)) => endpoint.call_foreign(&found),
            Ok(None) => endpoint.let_rest("it gives no genesis hash", FIRST_REST),
            Err(error) => endpoint.let_rest(&error.to_string(), FIRST_REST),
        }
        endpoint.is_checked()
    }

    /// An endpoint's heads; `None` if it is not to be used now.
    async fn probe(&self, endpoint: Endpoint) -> Result<Option<(Endpoint, Heads)>, RpcError> {
        if self.endpoints.len() == 1 {
            let heads = heads(&endpoint).await?;
            return Ok(Some((endpoint, heads)));
        }
        let asking = async {
            if !self.admit(&endpoint).await {
                return Ok(None);
            }
            heads(&endpoint).await.map(Some)
        };
        let answer = tokio::time::timeout(PROBE, asking).await;
        match answer.unwrap_or_else(|_| Err(RpcError::Unreachable("it is slow to say its heads".into()))) {
            Ok(heads) => Ok(heads.map(|heads| (endpoint, heads))),
            Err(error) if is_everywhere(&error) => Err(error),
            Err(error) => {
                endpoint.let_rest(&error.to_string(), FIRST_REST);
                Ok(None)
            }
        }
    }

    /// The endpoints that can go on from the final slot `least`, with their heads, the one whose turn it is
    /// first. What is final they all agree on. Waits while all rest; none if those that answer are behind.
    pub async fn choose(&self, least: u64) -> Result<Vec<(Endpoint, Heads)>, RpcError> {
        let probes = self.awake().await?.into_iter().map(|endpoint| self.probe(endpoint));
        let mut answered = Vec::new();
        for probe in join_all(probes).await {
            answered.extend(probe?);
        }
        let best = answered.iter().map(|(_, heads)| heads.confirmed).max().unwrap_or_default();
        let finalized = answered.iter().map(|(_, heads)| heads.finalized).max().unwrap_or_default();
        for (endpoint, heads) in &answered {
            endpoint.health().confirmed.set(heads.confirmed);
            endpoint.health().finalized.set(heads.finalized);
        }
        if !answered.is_empty() {
            self.metrics.head_confirmed.set(best);
            self.metrics.head_finalized.set(finalized);
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.metrics.seen_at.set(now.as_secs());
        }
        answered.retain(|(endpoint, heads)| {
            let behind = best.saturating_sub(heads.confirmed);
            if heads.finalized < least {
                let at = heads.finalized;
                endpoint.pass_over(format!("its final slot {at} is behind what is stored, {least}"));
            } else if behind > self.max_lag {
                endpoint.pass_over(format!("it is {behind} slots behind another endpoint"));
            } else {
                endpoint.seems_fine();
                return true;
            }
            false
        });
        // Final is what all of them call so: then each can answer the next round.
        let common = answered.iter().map(|(_, heads)| heads.finalized).min().unwrap_or_default();
        for (_, heads) in &mut answered {
            heads.finalized = common;
        }
        if let Some((first, _)) = answered.first()
            && let Some(place) = self.endpoints.iter().position(|one| one.host() == first.host())
        {
            self.turn.store(place.saturating_add(1), Ordering::Relaxed);
        }
        Ok(answered)
    }
}

async fn heads(endpoint: &Endpoint) -> Result<Heads, RpcError> {
    let finalized = endpoint.value("getSlot", json!([{ "commitment": COMMITMENT_FINALIZED }])).await?;
    let params = json!([{ "commitment": COMMITMENT_CONFIRMED, "minContextSlot": finalized }]);
    let confirmed: u64 = endpoint.value("getSlot", params).await?;
    Ok(Heads { confirmed: confirmed.max(finalized), finalized, confirmed_time: None, finalized_time: None })
}
