//! JSON-RPC over HTTP: one call, and one call tried again while waiting can help.
//!
//! It knows error codes and patience, not blocks.

use crate::metrics::Metrics;
use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Error codes of Solana's RPC that mean something here.
pub mod code {
    /// The block was removed from this node's ledger.
    pub const BLOCK_CLEANED_UP: i64 = -32001;
    /// The block is not available (yet), or was skipped: the node does not say.
    pub const BLOCK_NOT_AVAILABLE: i64 = -32004;
    /// The node is behind.
    pub const NODE_UNHEALTHY: i64 = -32005;
    /// The slot was skipped, or is missing after a restart from a snapshot.
    pub const SLOT_SKIPPED: i64 = -32007;
    /// The slot was skipped, or is missing in long-term storage.
    pub const LONG_TERM_SKIPPED: i64 = -32009;
    /// The node keeps no transaction history.
    pub const HISTORY_NOT_AVAILABLE: i64 = -32011;
    /// The block's status is not known yet.
    pub const STATUS_NOT_YET: i64 = -32014;
    /// The long-term storage behind the node cannot be reached.
    pub const LONG_TERM_UNREACHABLE: i64 = -32019;
    /// A transaction is of a version newer than asked for.
    pub const VERSION_NOT_SUPPORTED: i64 = -32015;
    /// The node has not reached the slot that was asked for.
    pub const BEHIND_CONTEXT: i64 = -32016;
}

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcError {
    /// No answer, or none in HTTP's terms.
    Unreachable(String),
    /// An error of the RPC itself.
    Answer {
        /// What was asked.
        method: &'static str,
        /// Its code.
        code: i64,
        /// Its message.
        message: String,
    },
    /// An answer of another form.
    Form {
        /// What was asked.
        method: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The process is stopping.
    Stopping,
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => write!(f, "it cannot be reached ({reason})"),
            Self::Answer { method, code, message } => {
                write!(f, "{method} failed with {code}: {}", crate::error::one_line(message))
            }
            Self::Form { method, reason } => write!(f, "its answer to {method} makes no sense ({reason})"),
            Self::Stopping => write!(f, "the indexer is stopping"),
        }
    }
}

impl RpcError {
    /// The RPC's error code, if it gave one.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Answer { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the same call may succeed later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Form { .. } => true,
            Self::Stopping => false,
            Self::Answer { code, .. } => matches!(
                *code,
                code::NODE_UNHEALTHY
                    | code::STATUS_NOT_YET
                    | code::BEHIND_CONTEXT
                    | code::LONG_TERM_UNREACHABLE
                    | -32603
                    | 429
                    | -32429
            ),
        }
    }
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

/// A node's address and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: Arc<str>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    /// Calls that may be under way at a time.
    room: Arc<Semaphore>,
}

impl Client {
    /// A client of the node at `url`; each call may take `timeout`, `concurrency` may be under way at a
    /// time, and tries end when `stop` is cancelled.
    pub fn new(
        url: &str,
        timeout: Duration,
        concurrency: usize,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Result<Self, RpcError> {
        let http = reqwest::Client::builder().timeout(timeout).build();
        let http = http.map_err(|e| RpcError::Unreachable(crate::error::one_line(&e)))?;
        Ok(Self { http, url: url.into(), metrics, stop, room: Arc::new(Semaphore::new(concurrency.max(1))) })
    }

    /// One call, tried once. A result of `null` reads as `None`.
    pub async fn once<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<Option<T>, RpcError> {
        self.metrics.rpc_calls_total.add(1);
        let answer = tokio::select! {
            () = self.stop.cancelled() => return Err(RpcError::Stopping),
            answer = self.ask(method, params) => answer,
        };
        if answer.is_err() {
            self.metrics.rpc_errors_total.add(1);
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
        for pause in [100, 200, 400] {
            match self.once(method, params).await {
                Err(error) if error.may_pass() => self.pause(Duration::from_millis(pause)).await?,
                other => return other,
            }
        }
        self.once(method, params).await
    }

    /// One call, tried until it gives an answer that waiting cannot change.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Option<T>, RpcError> {
        let mut pause = Duration::from_millis(100);
        loop {
            match self.once(method, &params).await {
                Err(error) if error.may_pass() => {
                    tracing::warn!("RPC node: {error}; trying again in {} ms", pause.as_millis());
                    self.pause(pause).await?;
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
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
            () = self.stop.cancelled() => Err(RpcError::Stopping),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }

    async fn ask(&self, method: &'static str, params: &Value) -> Result<Value, RpcError> {
        // Never closed.
        let _room = self.room.acquire().await;
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let unreachable = |e: reqwest::Error| RpcError::Unreachable(describe(&e));
        let response = self.http.post(&*self.url).json(&request).send().await.map_err(unreachable)?;
        let status = response.status();
        // Providers refuse for their own reasons with codes that mean something else on the chain.
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
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
