//! One endpoint: a call, a call tried again while waiting can help, and whether it can be asked now.
//!
//! It knows patience and its own pace, not blocks and not the other endpoints.

use super::error::{RpcError, code};
use super::health::Health;
use super::pace::{Backoff, Bucket, LONGEST_PAUSE, LONGEST_REST, retry_after};
use crate::Error;
use crate::metrics::Metrics;
use reqwest::header::RETRY_AFTER;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// First pause after a call that failed.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Tries of a call before another endpoint is asked, where there is one.
const TRIES: u32 = 3;

/// How to ask endpoints.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Time that one call may take.
    pub timeout: Duration,
    /// Calls under way at a time, to each endpoint.
    pub concurrency: usize,
    /// Calls a second, to each endpoint; 0 for no limit.
    pub calls_a_second: u32,
    /// Slots behind the best endpoint from which on one is not used.
    pub max_lag: u64,
    /// Spreads the pauses.
    pub seed: u64,
}

#[derive(Deserialize)]
struct Envelope {
    result: Option<Value>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
    message: String,
}

/// Whether it can be asked.
#[derive(Debug, Default)]
struct Condition {
    /// Not used before.
    rests_until: Option<Instant>,
    /// Not asked before, at its own request.
    asked_until: Option<Instant>,
    /// Rests in a row.
    failures: u32,
    /// Why it is not used, as last said; `None` while it is.
    trouble: Option<String>,
    /// Whether it was found to be of another cluster, which nothing mends.
    is_foreign: bool,
    /// Whether its cluster is known to be the right one.
    is_checked: bool,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    url: Url,
    host: String,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    /// Calls that may be under way at a time.
    room: Semaphore,
    bucket: Option<Mutex<Bucket>>,
    backoff: Mutex<Backoff>,
    condition: Mutex<Condition>,
    /// Whether there is another endpoint to turn to.
    is_alone: bool,
}

/// A node's address, and how it is. Clones are the same endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint(Arc<Inner>);

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Host and port of a URL; never what may hold a key.
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Endpoint {
    /// The endpoint at `url`, called `host`.
    pub(super) fn new(
        url: Url,
        host: String,
        manners: Manners,
        is_alone: bool,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let http = reqwest::Client::builder().timeout(manners.timeout).build();
        let http = http.map_err(|error| RpcError::Unreachable(crate::error::one_line(&error)))?;
        let health = metrics.endpoints.add(&host);
        health.up.set(1);
        Ok(Self(Arc::new(Inner {
            http,
            url,
            health,
            metrics,
            stop,
            room: Semaphore::new(manners.concurrency.max(1)),
            bucket: (manners.calls_a_second > 0).then(|| Mutex::new(Bucket::new(manners.calls_a_second))),
            backoff: Mutex::new(Backoff::new(manners.seed, &host)),
            condition: Mutex::default(),
            is_alone,
            host,
        })))
    }

    /// Its host, by which operators know it.
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// Its figures.
    pub fn health(&self) -> &Health {
        &self.0.health
    }

    /// One call, tried once. A result of `null` reads as `None`.
    pub async fn once<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<Option<T>, RpcError> {
        let answer = tokio::select! {
            () = self.0.stop.cancelled() => return Err(RpcError::Stopping),
            answer = self.ask(method, params) => answer,
        };
        if answer.is_err() {
            self.0.metrics.rpc_errors_total.add(1);
            self.0.health.errors.add(1);
        }
        match answer? {
            Value::Null => Ok(None),
            value => match serde_json::from_value(value) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(RpcError::Form { method, reason: error.to_string() }),
            },
        }
    }

    /// One call, tried a few times within a second or two: for the start, where somebody waits to be
    /// told that the address is wrong.
    pub async fn a_few_times<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<Option<T>, RpcError> {
        self.try_often(method, params, TRIES.saturating_add(1)).await
    }

    /// One call, tried until it gives an answer that waiting cannot change; where another endpoint can
    /// be asked, only a few times.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Option<T>, RpcError> {
        self.try_often(method, &params, if self.0.is_alone { u32::MAX } else { TRIES }).await
    }

    async fn try_often<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
        tries: u32,
    ) -> Result<Option<T>, RpcError> {
        let mut failures = 0u32;
        loop {
            match self.once(method, params).await {
                Err(error) if error.may_pass() && failures.saturating_add(1) < tries => {
                    let pause = held(&self.0.backoff).pause(FIRST_PAUSE, failures, LONGEST_PAUSE);
                    failures = failures.saturating_add(1);
                    tracing::warn!("{}: {error}; trying again in {} ms", self.host(), pause.as_millis());
                    self.pause(pause).await?;
                }
                other => return other,
            }
        }
    }

    /// A call whose result is never null.
    pub async fn value<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, RpcError> {
        let answer = self.call(method, params).await?;
        answer.ok_or_else(|| RpcError::Form { method, reason: "the result is null".into() })
    }

    /// Waits, unless the process is stopping.
    pub async fn pause(&self, duration: Duration) -> Result<(), RpcError> {
        tokio::select! {
            () = self.0.stop.cancelled() => Err(RpcError::Stopping),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }

    /// How long it is not to be used from now on; `None` if never again.
    pub(super) fn rest(&self) -> Option<Duration> {
        let condition = held(&self.0.condition);
        if condition.is_foreign {
            return None;
        }
        let until = condition.rests_until.max(condition.asked_until.filter(|_| !self.0.is_alone));
        Some(until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now())))
    }

    /// Lets it rest, longer each time in a row, and says why.
    pub fn let_rest(&self, reason: &str, base: Duration) {
        let mut condition = held(&self.0.condition);
        let longest = if self.0.is_alone { LONGEST_PAUSE } else { LONGEST_REST };
        let pause = held(&self.0.backoff).pause(base, condition.failures, longest);
        condition.failures = condition.failures.saturating_add(1);
        condition.rests_until = Instant::now().checked_add(pause);
        condition.trouble = Some(reason.to_owned());
        self.0.health.up.set(0);
        tracing::warn!("{}: {reason}; not asked for {} ms", self.0.host, pause.as_millis());
    }

    /// Notes that it is not used at the moment, and says why, once.
    pub(super) fn pass_over(&self, reason: String) {
        let mut condition = held(&self.0.condition);
        self.0.health.up.set(0);
        if condition.trouble.is_none() {
            tracing::warn!("{}: {reason}; it is not used", self.0.host);
            condition.trouble = Some(reason);
        }
    }

    /// Notes that nothing speaks against using it, unless its last round failed.
    pub(super) fn seems_fine(&self) {
        let mut condition = held(&self.0.condition);
        if condition.failures == 0 {
            self.0.health.up.set(1);
            if condition.trouble.take().is_some() {
                tracing::info!("{}: it is used again", self.0.host);
            }
        }
    }

    /// Notes that it answered a whole round.
    pub fn did_well(&self) {
        held(&self.0.condition).failures = 0;
        self.0.health.rounds.add(1);
        self.seems_fine();
    }

    /// Whether its cluster is known to be the right one.
    pub(super) fn is_checked(&self) -> bool {
        held(&self.0.condition).is_checked
    }

    /// Notes that it is of the right cluster.
    pub(super) fn belongs(&self) {
        held(&self.0.condition).is_checked = true;
    }

    /// Whether it is of another cluster.
    pub fn is_foreign(&self) -> bool {
        held(&self.0.condition).is_foreign
    }

    /// Notes that it is of another cluster: it is never used.
    pub(super) fn call_foreign(&self, cluster: &str) {
        held(&self.0.condition).is_foreign = true;
        self.0.health.up.set(0);
        tracing::error!("{}: it is of another cluster (genesis {cluster}); it is not used", self.0.host);
    }

    /// Waits for its pace and for what it asked for; fails where another endpoint can be asked instead.
    async fn wait(&self) -> Result<(), RpcError> {
        let now = Instant::now();
        let asked = held(&self.0.condition).asked_until;
        let asked = asked.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        if !asked.is_zero() && !self.0.is_alone {
            let reason = format!("it asks not to be called for {} ms", asked.as_millis());
            return Err(RpcError::Unreachable(reason));
        }
        let pace = self.0.bucket.as_ref().map_or(Duration::ZERO, |bucket| held(bucket).take(now));
        let wait = asked.max(pace);
        if !wait.is_zero() {
            self.0.health.held_back.add(1);
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    async fn ask(&self, method: &'static str, params: &Value) -> Result<Value, RpcError> {
        // Never closed.
        let _room = self.0.room.acquire().await;
        self.wait().await?;
        self.0.metrics.rpc_calls_total.add(1);
        self.0.health.calls.add(1);
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let unreachable = |e: reqwest::Error| RpcError::Unreachable(describe(&e));
        let response = self.0.http.post(self.0.url.clone()).json(&request).send().await;
        let response = response.map_err(unreachable)?;
        let status = response.status();
        // Providers refuse for their own reasons with codes that mean something else on the chain.
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            if let Some(asked) = header.and_then(|header| retry_after(header, SystemTime::now())) {
                held(&self.0.condition).asked_until = Instant::now().checked_add(asked);
            }
            return Err(RpcError::Unreachable(format!("HTTP status {}", status.as_u16())));
        }
        let body = response.bytes().await.map_err(unreachable)?;
        match serde_json::from_slice::<Envelope>(&body) {
            Ok(Envelope { error: Some(Failure { code, message }), .. }) => {
                Err(RpcError::Answer { method, code, message })
            }
            Ok(Envelope { result, .. }) if status.is_success() => Ok(result.unwrap_or(Value::Null)),
            _ if !status.is_success() => {
                Err(RpcError::Unreachable(format!("HTTP status {}", status.as_u16())))
            }
            Ok(_) => Ok(Value::Null),
            Err(error) => Err(RpcError::Form { method, reason: error.to_string() }),
        }
    }
}

/// Whether an error is the chain's rather than the endpoint's, so that no other endpoint helps.
pub fn is_everywhere(error: &RpcError) -> bool {
    error.code() == Some(code::VERSION_NOT_SUPPORTED) || *error == RpcError::Stopping
}

/// The innermost cause, without the URL, which may hold a key.
fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    crate::error::one_line(&cause)
}
