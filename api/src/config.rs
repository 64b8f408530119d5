//! Strict settings: a TOML file, then `TALLY_API_*` variables over it. A name that is not known is an
//! error that says so, in either.

mod keys;

pub use keys::KEYS;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use toml::{Table, Value};

/// Prefix of environment variables.
const PREFIX: &str = "TALLY_API_";

/// All settings.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// See [`KEYS`], as for all others.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Without a slash at its end.
    pub public_url: Option<String>,
    /// May hold a password: never logged.
    pub database_url: String,
    /// May hold a password: never logged.
    pub replica_url: Option<String>,
    #[serde(default = "default_replica_lag")]
    replica_max_lag_seconds: u32,
    /// At least 1.
    #[serde(default = "default_connections")]
    pub database_connections: u32,
    /// 0 for none.
    #[serde(default = "default_answer_memory")]
    pub answer_memory_bytes: u64,
    #[serde(default = "default_statement_timeout")]
    statement_timeout_ms: u64,
    #[serde(default = "default_request_timeout")]
    request_timeout_ms: u64,
    #[serde(default = "default_head_timeout")]
    head_timeout_ms: u64,
    /// See [`Settings::connections_each`].
    #[serde(default = "default_connections_each")]
    connections_each: usize,
    #[serde(default = "default_write_timeout")]
    write_timeout_ms: u64,
    /// At least 1.
    #[serde(default = "default_exports")]
    pub export_connections: usize,
    /// 0 for no bound.
    #[serde(default = "default_exports_each")]
    pub export_connections_each: usize,
    #[serde(default = "default_export_timeout")]
    export_timeout_ms: u64,
    /// 0 for no limit.
    #[serde(default = "default_requests")]
    pub requests_per_second: u32,
    /// 0 for as many as in a second.
    #[serde(default = "default_burst")]
    pub requests_burst: u32,
    /// 0 for no limit.
    #[serde(default = "default_key_requests")]
    pub key_requests_per_second: u32,
    /// 0 for as many as in a second.
    #[serde(default = "default_key_burst")]
    pub key_requests_burst: u32,
    /// By name; never logged.
    #[serde(default, deserialize_with = "crate::limits::keys")]
    pub api_keys: BTreeMap<String, String>,
    /// See [`KEYS`].
    #[serde(default)]
    pub trusted_proxies: usize,
    /// At most what a semaphore counts.
    #[serde(default = "default_listeners")]
    pub stream_listeners: usize,
    /// 0 for no bound.
    #[serde(default = "default_listeners_each")]
    pub stream_listeners_each: usize,
    /// May hold a key: never logged or shown.
    pub rpc_url: Option<String>,
    #[serde(default = "default_rpc_timeout")]
    rpc_timeout_ms: u64,
    /// See [`KEYS`].
    #[serde(default, deserialize_with = "list")]
    pub mcp_origins: Vec<String>,
    /// See [`KEYS`].
    #[serde(default, deserialize_with = "list")]
    pub mcp_hosts: Vec<String>,
    /// Never logged.
    pub cursor_secret: Option<String>,
    /// Seconds.
    #[serde(default = "default_lag")]
    pub max_lag_seconds: u32,
    /// Slots.
    #[serde(default = "default_lag_slots")]
    pub max_lag_slots: u32,
    /// Seconds.
    #[serde(default = "default_reconciliation_age")]
    pub max_reconciliation_age_seconds: u32,
    /// CAIP-2.
    pub blockchain_id: Option<String>,
    #[serde(default = "default_shutdown")]
    shutdown_seconds: u64,
    /// Filter of `tracing`.
    #[serde(default = "default_log")]
    pub log: String,
    /// How log lines are written.
    #[serde(default)]
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Reads `ONE,ANOTHER`.
fn list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect())
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}
fn default_replica_lag() -> u32 {
    10
}
fn default_connections() -> u32 {
    8
}
fn default_exports() -> usize {
    2
}
fn default_exports_each() -> usize {
    1
}
fn default_connections_each() -> usize {
    256
}
fn default_write_timeout() -> u64 {
    60_000
}
fn default_listeners_each() -> usize {
    100
}
fn default_export_timeout() -> u64 {
    600_000
}
fn default_requests() -> u32 {
    50
}
fn default_burst() -> u32 {
    200
}
fn default_key_requests() -> u32 {
    1_000
}
fn default_key_burst() -> u32 {
    2_000
}
fn default_listeners() -> usize {
    5_000
}
fn default_answer_memory() -> u64 {
    32 << 20
}
fn default_statement_timeout() -> u64 {
    5_000
}
fn default_request_timeout() -> u64 {
    15_000
}
fn default_head_timeout() -> u64 {
    10_000
}
fn default_rpc_timeout() -> u64 {
    8_000
}
fn default_lag() -> u32 {
    60
}
fn default_lag_slots() -> u32 {
    150
}
fn default_reconciliation_age() -> u32 {
    900
}
fn default_shutdown() -> u64 {
    10
}
fn default_log() -> String {
    // What the protocol's library says of each request, the request's own line says.
    "info,rmcp=warn".to_owned()
}

/// Why the settings cannot be used, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the file, if one is named, and the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = match file {
            None => Table::new(),
            Some(path) => {
                let shown = path.display();
                let text = std::fs::read_to_string(path).map_err(|error| {
                    ConfigError(format!("the configuration file {shown} cannot be read: {error}"))
                })?;
                text.parse().map_err(|error: toml::de::Error| {
                    ConfigError(format!("the configuration file {shown} is not TOML: {}", error.message()))
                })?
            }
        };
        for (name, value) in environment {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            let key = key.to_ascii_lowercase();
            let Some((_, number, ..)) = KEYS.iter().find(|(known, ..)| *known == key) else {
                return Err(ConfigError(format!(
                    "the variable {name} is not a setting of the API; {}",
                    known()
                )));
            };
            let value = if *number {
                Value::Integer(value.parse().map_err(|_| {
                    ConfigError(format!("the variable {name} must be a whole number, not \"{value}\""))
                })?)
            } else {
                Value::String(value)
            };
            table.insert(key, value);
        }
        Self::from_table(table)
    }

    fn from_table(table: Table) -> Result<Self, ConfigError> {
        if let Some(unknown) = table.keys().find(|key| KEYS.iter().all(|(known, ..)| known != key)) {
            return Err(ConfigError(format!("\"{unknown}\" is not a setting of the API; {}", known())));
        }
        let negative = table.iter().find(|(_, value)| value.as_integer().is_some_and(|value| value < 0));
        if let Some((name, value)) = negative {
            return Err(ConfigError(format!("{name} must be a whole number of 0 or more, not {value}")));
        }
        if !table.contains_key("database_url") {
            let hint = "put it into the file or set TALLY_API_DATABASE_URL";
            return Err(ConfigError(format!("the setting database_url is missing; {hint}")));
        }
        let read: Result<Self, _> = serde_path_to_error::deserialize(Value::Table(table));
        let mut settings = read.map_err(|error| {
            let message = error.inner().message().trim();
            ConfigError(format!("the setting {} cannot be used: {message}", error.path()))
        })?;
        settings.check()?;
        settings.public_url = settings.public_url.map(|url| url.trim_end_matches('/').to_owned());
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let positive = [
            ("database_connections", u64::from(self.database_connections)),
            ("statement_timeout_ms", self.statement_timeout_ms),
            ("export_connections", u64::try_from(self.export_connections).unwrap_or(u64::MAX)),
            ("export_timeout_ms", self.export_timeout_ms),
            ("request_timeout_ms", self.request_timeout_ms),
            ("head_timeout_ms", self.head_timeout_ms),
            ("write_timeout_ms", self.write_timeout_ms),
            ("rpc_timeout_ms", self.rpc_timeout_ms),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(ConfigError(format!("{name} must be greater than zero")));
        }
        if self.cursor_secret.as_ref().is_some_and(|secret| secret.len() < 32) {
            return Err(ConfigError("cursor_secret must have 32 characters or more".into()));
        }
        for (name, url) in [("public_url", &self.public_url), ("rpc_url", &self.rpc_url)] {
            let http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
            if url.as_ref().is_some_and(|url| !http(url)) {
                return Err(ConfigError(format!("{name} must start with http:// or https://")));
            }
        }
        let origin = |text: &String| {
            let (scheme, host) = text.split_once("://").unwrap_or_default();
            ["http", "https"].contains(&scheme) && !host.is_empty() && !host.contains('/')
        };
        if let Some(wrong) = self.mcp_origins.iter().find(|text| !origin(text)) {
            return Err(ConfigError(format!(
                "mcp_origins: \"{wrong}\" is no origin; write it as https://example.com, without a path"
            )));
        }
        if self.blockchain_id.as_ref().is_some_and(|id| !id.starts_with("solana:")) {
            return Err(ConfigError("blockchain_id must start with solana:".into()));
        }
        Ok(())
    }

    /// Most time of one statement.
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
    }
    /// How far a server may lie behind the other and still be read.
    pub fn replica_max_lag(&self) -> Duration {
        Duration::from_secs(self.replica_max_lag_seconds.into())
    }
    /// Most time of reading for one export.
    pub fn export_timeout(&self) -> Duration {
        Duration::from_millis(self.export_timeout_ms)
    }
    /// Most time of one request.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
    /// Most connections of one address; 0 for no bound. Behind a proxy all come from its address.
    pub fn connections_each(&self) -> usize {
        if self.trusted_proxies == 0 { self.connections_each } else { 0 }
    }
    /// Most time that a connection may stay whose reader takes nothing of what is sent.
    pub fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }
    /// Most time of a new connection until its first request's head is there.
    pub fn head_timeout(&self) -> Duration {
        Duration::from_millis(self.head_timeout_ms)
    }
    /// Most time of one call to the RPC node.
    pub fn rpc_timeout(&self) -> Duration {
        Duration::from_millis(self.rpc_timeout_ms)
    }
    /// How long open requests may finish.
    pub fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}

fn known() -> String {
    let names: Vec<_> = KEYS.iter().map(|(name, ..)| *name).collect();
    format!("the settings are: {}", names.join(", "))
}

/// The settings as a part of `--help`.
pub fn help() -> String {
    let mut text = String::from(
        "Settings, in the TOML file or as environment variables over it \
         (database_url is TALLY_API_DATABASE_URL):\n",
    );
    for (name, _, default, meaning) in KEYS {
        text.push_str(&format!("\n  {name}\n      {meaning}\n      [default: {default}]"));
    }
    text
}
