//! Settings, strictly: command line over environment over file over default. A name that is not a
//! setting is an error that says so, wherever it stands.

use crate::Error;
use crate::health::Limits;
use crate::source::rpc::Manners;
use clap::Args;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What every environment variable of the indexer starts with.
pub const PREFIX: &str = "TALLY_INDEXER_";
const MAX_LAG_SLOTS: u64 = 150;
const RECONCILE_INTERVAL_S: u64 = 60;

/// Settings as given in one place; what is missing is looked for in the next.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// URLs of Solana JSON-RPC nodes that keep transaction history, separated by commas or given
    /// repeatedly; in the file one, or a list. Required
    #[arg(
        long,
        global = true,
        env = "TALLY_INDEXER_RPC_URL",
        hide_env_values = true,
        value_name = "URL",
        value_delimiter = ','
    )]
    #[serde(default, deserialize_with = "one_or_several")]
    pub rpc_url: Option<Vec<String>>,

    /// URL of the PostgreSQL database, such as postgres://user@host/name. Required
    #[arg(
        long,
        global = true,
        env = "TALLY_INDEXER_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,

    /// Most connections to the database [default: 4]
    #[arg(long, global = true, env = "TALLY_INDEXER_DATABASE_CONNECTIONS", value_name = "N")]
    pub database_connections: Option<u32>,

    /// Slot after which indexing starts; only read when a database is new [default: 0]
    #[arg(long, global = true, env = "TALLY_INDEXER_START_SLOT", value_name = "SLOT")]
    pub start_slot: Option<u64>,

    /// Milliseconds between two looks at the head [default: 1000]
    #[arg(long, global = true, env = "TALLY_INDEXER_POLL_INTERVAL_MS", value_name = "MS")]
    pub poll_interval_ms: Option<u64>,

    /// Signatures a page of the crawl, 1 to 1000 [default: 1000]
    #[arg(long, global = true, env = "TALLY_INDEXER_PAGE_SIZE", value_name = "N")]
    pub page_size: Option<usize>,

    /// Slots behind the head from which on history is listed first, and fetched by all indexers on this database
    /// together; at least 1 [default: 10000]
    #[arg(long, global = true, env = "TALLY_INDEXER_HISTORY_SLOTS", value_name = "N")]
    pub history_slots: Option<u64>,

    /// Calls to the RPC node under way at a time, 1 to 256 [default: 8]
    #[arg(long, global = true, env = "TALLY_INDEXER_CONCURRENCY", value_name = "N")]
    pub concurrency: Option<usize>,

    /// Seconds that one call to the RPC node may take [default: 30]
    #[arg(long, global = true, env = "TALLY_INDEXER_RPC_TIMEOUT_S", value_name = "S")]
    pub rpc_timeout_s: Option<u64>,

    /// Calls a second to each RPC node, 1 to 10000; 0 for no limit [default: 0]
    #[arg(long, global = true, env = "TALLY_INDEXER_RPC_CALLS_PER_SECOND", value_name = "N")]
    pub rpc_calls_per_second: Option<u32>,

    /// Slots behind the best RPC node from which on one is not used; until then the slowest one decides
    /// what is final [default: 50]
    #[arg(long, global = true, env = "TALLY_INDEXER_RPC_MAX_LAG_SLOTS", value_name = "N")]
    pub rpc_max_lag_slots: Option<u64>,

    /// Number that spreads the pauses between tries; another one for each indexer [default: 0]
    #[arg(long, global = true, env = "TALLY_INDEXER_RPC_JITTER_SEED", value_name = "N")]
    pub rpc_jitter_seed: Option<u64>,

    /// URL of a Yellowstone gRPC server whose stream is followed beside the nodes [default: none]
    #[arg(
        long,
        global = true,
        env = "TALLY_INDEXER_YELLOWSTONE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub yellowstone_url: Option<String>,

    /// Token that the Yellowstone server asks for [default: none]
    #[arg(
        long,
        global = true,
        env = "TALLY_INDEXER_YELLOWSTONE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub yellowstone_token: Option<String>,

    /// Seconds after which nodes list again what the stream gave [default: 10]
    #[arg(long, global = true, env = "TALLY_INDEXER_YELLOWSTONE_AUDIT_S", value_name = "S")]
    pub yellowstone_audit_s: Option<u64>,

    /// Seconds without a new block after which the stream counts as stalled [default: 30]
    #[arg(long, global = true, env = "TALLY_INDEXER_YELLOWSTONE_STALL_S", value_name = "S")]
    pub yellowstone_stall_s: Option<u64>,

    /// Recording to index instead of asking nodes; nothing is compared with accounts then [default: none]
    #[arg(long, global = true, env = "TALLY_INDEXER_FROM_FILE", value_name = "FILE")]
    pub from_file: Option<PathBuf>,

    /// New file to record in what the nodes say, so that it can be indexed again [default: none]
    #[arg(long, global = true, env = "TALLY_INDEXER_RECORD_TO", value_name = "FILE")]
    pub record_to: Option<PathBuf>,

    /// Most events written in one transaction (a block is never divided) [default: 1000]
    #[arg(long, global = true, env = "TALLY_INDEXER_BATCH_EVENTS", value_name = "N")]
    pub batch_events: Option<usize>,

    /// Seconds between two comparisons of tables with accounts on chain; 0 for none [default: 60]
    #[arg(long, global = true, env = "TALLY_INDEXER_RECONCILE_INTERVAL_S", value_name = "S")]
    pub reconcile_interval_s: Option<u64>,

    /// Slots after the one that the node states in which its accounts may be: 0 for real nodes; local
    /// networks state the finalized slot and give the accounts of the present [default: 0]
    #[arg(long, global = true, env = "TALLY_INDEXER_RECONCILE_SLACK_SLOTS", value_name = "N")]
    pub reconcile_slack_slots: Option<u64>,

    /// Most accounts of the program compared with their rows each time; 0 for none [default: 2000]
    #[arg(long, global = true, env = "TALLY_INDEXER_RECONCILE_ACCOUNTS", value_name = "N")]
    pub reconcile_accounts: Option<usize>,

    /// Seconds after which another indexer on the same database takes over from one that writes it and no longer
    /// answers; one that was killed is replaced at once [default: 15]
    #[arg(long, global = true, env = "TALLY_INDEXER_LEASE_S", value_name = "S")]
    pub lease_s: Option<u64>,

    /// Seconds between two lines of progress [default: 10]
    #[arg(long, global = true, env = "TALLY_INDEXER_PROGRESS_INTERVAL_S", value_name = "S")]
    pub progress_interval_s: Option<u64>,

    /// Address to serve /livez, /readyz and /metrics on, such as 127.0.0.1:9101 [default: not served]
    #[arg(long, global = true, env = "TALLY_INDEXER_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,

    /// Slots behind the finalized head at which /readyz fails [default: 150]
    #[arg(long, global = true, env = "TALLY_INDEXER_MAX_LAG_SLOTS", value_name = "N")]
    pub max_lag_slots: Option<u64>,

    /// How much to log: a level, or `target=level` pairs [default: info, without notices of the database]
    #[arg(long, global = true, env = "TALLY_INDEXER_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// Log as JSON, one object a line [default: false]
    #[arg(
        long, global = true, env = "TALLY_INDEXER_LOG_JSON", value_name = "BOOL", num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub log_json: Option<bool>,
}

/// Settings as they hold.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // explained where they are given
pub struct Settings {
    pub rpc_url: Vec<String>,
    pub database_url: String,
    pub database_connections: u32,
    pub start_slot: u64,
    pub poll_interval_ms: u64,
    pub page_size: usize,
    pub history_slots: u64,
    pub concurrency: usize,
    pub rpc_timeout_s: u64,
    pub rpc_calls_per_second: u32,
    pub rpc_max_lag_slots: u64,
    pub rpc_jitter_seed: u64,
    pub yellowstone_url: Option<String>,
    pub yellowstone_token: Option<String>,
    pub yellowstone_audit_s: u64,
    pub yellowstone_stall_s: u64,
    pub from_file: Option<PathBuf>,
    pub record_to: Option<PathBuf>,
    pub batch_events: usize,
    pub reconcile_interval_s: u64,
    pub reconcile_slack_slots: u64,
    pub reconcile_accounts: usize,
    pub lease_s: u64,
    pub progress_interval_s: u64,
    pub listen: Option<SocketAddr>,
    pub max_lag_slots: u64,
}

impl Settings {
    /// How nodes are asked.
    pub fn manners(&self) -> Manners {
        Manners {
            timeout: Duration::from_secs(self.rpc_timeout_s),
            concurrency: self.concurrency,
            calls_a_second: self.rpc_calls_per_second,
            max_lag: self.rpc_max_lag_slots,
            seed: self.rpc_jitter_seed,
        }
    }

    /// What counts as wrong.
    pub fn limits(&self) -> Limits {
        Limits { max_lag_slots: self.max_lag_slots, reconcile_interval_s: self.reconcile_interval_s }
    }
}

impl Given {
    /// Reads a file of settings in TOML.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::Setup(format!("Cannot read the settings in {}: {error}.", path.display()))
        })?;
        toml::from_str(&text).map_err(|error| {
            let reason = crate::error::one_line(&error.message());
            Error::Setup(format!("The settings in {} are wrong: {reason}.", path.display()))
        })
    }

    /// These settings, and `lower`'s where they say nothing.
    pub fn over(self, lower: Self) -> Self {
        Self {
            rpc_url: self.rpc_url.or(lower.rpc_url),
            database_url: self.database_url.or(lower.database_url),
            database_connections: self.database_connections.or(lower.database_connections),
            start_slot: self.start_slot.or(lower.start_slot),
            poll_interval_ms: self.poll_interval_ms.or(lower.poll_interval_ms),
            page_size: self.page_size.or(lower.page_size),
            history_slots: self.history_slots.or(lower.history_slots),
            concurrency: self.concurrency.or(lower.concurrency),
            rpc_timeout_s: self.rpc_timeout_s.or(lower.rpc_timeout_s),
            rpc_calls_per_second: self.rpc_calls_per_second.or(lower.rpc_calls_per_second),
            rpc_max_lag_slots: self.rpc_max_lag_slots.or(lower.rpc_max_lag_slots),
            rpc_jitter_seed: self.rpc_jitter_seed.or(lower.rpc_jitter_seed),
            yellowstone_url: self.yellowstone_url.or(lower.yellowstone_url),
            yellowstone_token: self.yellowstone_token.or(lower.yellowstone_token),
            yellowstone_audit_s: self.yellowstone_audit_s.or(lower.yellowstone_audit_s),
            yellowstone_stall_s: self.yellowstone_stall_s.or(lower.yellowstone_stall_s),
            from_file: self.from_file.or(lower.from_file),
            record_to: self.record_to.or(lower.record_to),
            batch_events: self.batch_events.or(lower.batch_events),
            reconcile_interval_s: self.reconcile_interval_s.or(lower.reconcile_interval_s),
            reconcile_slack_slots: self.reconcile_slack_slots.or(lower.reconcile_slack_slots),
            reconcile_accounts: self.reconcile_accounts.or(lower.reconcile_accounts),
            lease_s: self.lease_s.or(lower.lease_s),
            progress_interval_s: self.progress_interval_s.or(lower.progress_interval_s),
            listen: self.listen.or(lower.listen),
            max_lag_slots: self.max_lag_slots.or(lower.max_lag_slots),
            log: self.log.or(lower.log),
            log_json: self.log_json.or(lower.log_json),
        }
    }

    /// What counts as wrong, for commands that need nothing else.
    pub fn limits(&self) -> Limits {
        Limits {
            max_lag_slots: self.max_lag_slots.unwrap_or(MAX_LAG_SLOTS),
            reconcile_interval_s: self.reconcile_interval_s.unwrap_or(RECONCILE_INTERVAL_S),
        }
    }

    /// The database's URL alone, for commands that need no node.
    pub fn database(&self) -> Result<String, Error> {
        required(self.database_url.clone(), "database_url")
    }

    /// The settings with defaults filled in and bounds checked.
    pub fn resolve(self) -> Result<Settings, Error> {
        Ok(Settings {
            rpc_url: match &self.from_file {
                None => required(self.rpc_url, "rpc_url")?,
                Some(_) => Vec::new(),
            },
            database_url: required(self.database_url, "database_url")?,
            database_connections: within(
                "database_connections",
                self.database_connections.unwrap_or(4),
                2,
                100,
            )?,
            start_slot: within("start_slot", self.start_slot.unwrap_or(0), 0, i64::MAX.unsigned_abs())?,
            poll_interval_ms: within("poll_interval_ms", self.poll_interval_ms.unwrap_or(1_000), 1, 60_000)?,
            page_size: within("page_size", self.page_size.unwrap_or(1_000), 1, 1_000)?,
            history_slots: within(
                "history_slots",
                self.history_slots.unwrap_or(10_000),
                1,
                i64::MAX.unsigned_abs(),
            )?,
            concurrency: within("concurrency", self.concurrency.unwrap_or(8), 1, 256)?,
            rpc_timeout_s: within("rpc_timeout_s", self.rpc_timeout_s.unwrap_or(30), 1, 600)?,
            rpc_calls_per_second: within(
                "rpc_calls_per_second",
                self.rpc_calls_per_second.unwrap_or(0),
                0,
                10_000,
            )?,
            rpc_max_lag_slots: self.rpc_max_lag_slots.unwrap_or(50),
            rpc_jitter_seed: self.rpc_jitter_seed.unwrap_or(0),
            yellowstone_url: self.yellowstone_url,
            yellowstone_token: self.yellowstone_token,
            yellowstone_audit_s: within(
                "yellowstone_audit_s",
                self.yellowstone_audit_s.unwrap_or(10),
                1,
                3_600,
            )?,
            yellowstone_stall_s: within(
                "yellowstone_stall_s",
                self.yellowstone_stall_s.unwrap_or(30),
                1,
                3_600,
            )?,
            from_file: self.from_file,
            record_to: self.record_to,
            batch_events: within("batch_events", self.batch_events.unwrap_or(1_000), 1, 100_000)?,
            reconcile_interval_s: within(
                "reconcile_interval_s",
                self.reconcile_interval_s.unwrap_or(RECONCILE_INTERVAL_S),
                0,
                86_400,
            )?,
            reconcile_slack_slots: within(
                "reconcile_slack_slots",
                self.reconcile_slack_slots.unwrap_or(0),
                0,
                1_000,
            )?,
            reconcile_accounts: within(
                "reconcile_accounts",
                self.reconcile_accounts.unwrap_or(2_000),
                0,
                1_000_000,
            )?,
            lease_s: within("lease_s", self.lease_s.unwrap_or(15), 1, 600)?,
            progress_interval_s: within(
                "progress_interval_s",
                self.progress_interval_s.unwrap_or(10),
                1,
                3_600,
            )?,
            listen: self.listen,
            max_lag_slots: self.max_lag_slots.unwrap_or(MAX_LAG_SLOTS),
        })
    }
}

/// A string, or a list of strings.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a URL, or a list of URLs, is expected")]
    enum Either {
        One(String),
        Several(Vec<String>),
    }
    Ok(Some(match Either::deserialize(deserializer)? {
        Either::One(one) => one.split(',').map(str::to_owned).collect(),
        Either::Several(several) => several,
    }))
}

fn required<T: PartialEq + Default>(value: Option<T>, name: &str) -> Result<T, Error> {
    value.filter(|value| *value != T::default()).ok_or_else(|| {
        let variable = format!("{PREFIX}{}", name.to_uppercase());
        Error::Setup(format!(
            "The setting `{name}` is missing; give --{}, {variable}, or `{name}` in the file of --config.",
            name.replace('_', "-")
        ))
    })
}

fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, least: T, most: T) -> Result<T, Error> {
    if value < least || value > most {
        return Err(Error::Setup(format!("`{name}` must lie between {least} and {most}; it is {value}.")));
    }
    Ok(value)
}

/// Refuses variables that start like the indexer's and are none of `known`.
pub fn check_environment<'a>(
    variables: impl Iterator<Item = &'a str>,
    known: &[String],
) -> Result<(), Error> {
    for name in variables.filter(|name| name.starts_with(PREFIX)) {
        if !known.iter().any(|candidate| candidate == name) {
            return Err(Error::Setup(format!(
                "The environment variable {name} is no setting of the indexer; see `indexer --help` for those that are."
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may fail
    use super::*;

    fn parse(text: &str) -> Result<Given, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn an_unknown_setting_is_named() {
        assert!(parse("rpc_urll = \"x\"").unwrap_err().contains("rpc_urll"));
        let known = ["TALLY_INDEXER_RPC_URL".to_owned()];
        let found = check_environment(["PATH", "TALLY_INDEXER_RPC_URI"].into_iter(), &known);
        assert!(found.unwrap_err().to_string().contains("TALLY_INDEXER_RPC_URI"));
        check_environment(["TALLY_INDEXER_RPC_URL"].into_iter(), &known).unwrap();
    }

    #[test]
    fn what_is_given_first_holds_and_defaults_fill_the_rest() {
        let file = parse("rpc_url = 'a'\ndatabase_url = 'b'\npage_size = 10").unwrap();
        let flags = Given { page_size: Some(20), ..Given::default() };
        let settings = flags.over(file).resolve().unwrap();
        assert_eq!((settings.page_size, settings.concurrency), (20, 8));
        assert_eq!(settings.rpc_url, ["a"]);
    }

    #[test]
    fn several_nodes_are_given_as_a_list_or_separated_by_commas() {
        for text in ["rpc_url = ['a', 'b']", "rpc_url = 'a,b'"] {
            assert_eq!(parse(text).unwrap().rpc_url.unwrap(), ["a", "b"]);
        }
        assert!(parse("rpc_url = 7").unwrap_err().contains("a list of URLs"));
    }

    #[test]
    fn what_is_missing_or_out_of_bounds_is_named() {
        let error = Given::default().resolve().unwrap_err().to_string();
        assert!(error.contains("rpc_url") && error.contains("TALLY_INDEXER_RPC_URL"), "{error}");
        let given = parse("rpc_url = 'a'\ndatabase_url = 'b'\npage_size = 1001").unwrap();
        let error = given.resolve().unwrap_err().to_string();
        assert_eq!(error, "`page_size` must lie between 1 and 1000; it is 1001.");
    }
}
