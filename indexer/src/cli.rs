//! The command line: what to do, and the settings that can be given there.

use crate::Error;
use crate::settings::{Given, check_environment};
use crate::source::Until;
use clap::{CommandFactory, Parser, Subcommand};
use std::path::PathBuf;

/// Reads the settlement program's events from a Solana cluster and keeps in PostgreSQL what they
/// amount to: entities, a double-entry ledger, revenue by hour. Exactly once, whatever stops it.
///
/// Settings come from the command line, else from the environment, else from the file of --config.
/// The file is TOML with the long names below, `-` written `_`: rpc_url = "http://127.0.0.1:8899".
#[derive(Debug, Parser)]
#[command(name = "indexer", version, max_term_width = 110)]
pub struct Cli {
    /// File of settings in TOML
    #[arg(long, global = true, env = "TALLY_INDEXER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Stop once everything up to the chain's finalized head at the start is in
    #[arg(long, conflicts_with = "until_slot")]
    pub once: bool,

    /// Stop once everything through this slot is in and final
    #[arg(long, value_name = "SLOT")]
    pub until_slot: Option<u64>,

    /// Settings.
    #[command(flatten)]
    pub given: Given,

    /// What to do; without it: index.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of indexing.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Bring the database's schema to this version and stop (indexing does so by itself)
    Migrate,
    /// Make every table that follows from the events anew, in one transaction, and stop
    Rebuild,
    /// Divide the tables that grow for ever into partitions by slot, once, and make partitions ahead; the indexer then
    /// goes on making them. May run beside a live indexer
    Partition {
        /// Slots of a partition, 10000 or more; 6480000 are 30 days of 400 ms
        #[arg(long, value_name = "N", default_value_t = 6_480_000, value_parser = clap::value_parser!(u64).range(10_000..))]
        slots: u64,
    },
    /// Read dead letters again after an upgrade, in one transaction, and say what is left and why
    Replay {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Say how far the tables go, what is missing and what differs; exits with 1 unless all is well
    Status {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Compute every provider's reputation out of exported events alone (the CSV of the API's /v1/exports/events), with
    /// neither database nor node
    Reputation {
        /// The export; - for standard input
        events: PathBuf,
        /// The moment to compute it at, Unix seconds: `computed_at` of the API's answer [default: the last event's]
        #[arg(long, value_name = "SECONDS")]
        at: Option<i64>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make the tables anew beside the live ones and compare them; exits with 1 if any differs
    Verify {
        /// Read the chain again from the start of indexing, and compare blocks, transactions and events too
        #[arg(long)]
        from_genesis: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Cli {
    /// When indexing ends.
    pub fn until(&self) -> Until {
        match (self.once, self.until_slot) {
            (_, Some(slot)) => Until::Slot(slot),
            (true, None) => Until::Head,
            (false, None) => Until::Stopped,
        }
    }

    /// All settings of command line, environment and file together.
    pub fn settings(&self) -> Result<Given, Error> {
        let command = Self::command();
        let known = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
        let known: Vec<String> = known.map(str::to_owned).collect();
        let names: Vec<String> =
            std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        check_environment(names.iter().map(String::as_str), &known)?;
        match &self.config {
            None => Ok(self.given.clone()),
            Some(path) => Ok(self.given.clone().over(Given::read(path)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_is_explained_and_says_its_default() {
        for argument in Cli::command().get_arguments().filter(|argument| argument.get_env().is_some()) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let says =
                help.contains("[default:") || help.contains("Required") || argument.get_id() == "config";
            assert!(says, "--{}: {help}", argument.get_id());
        }
    }
}
