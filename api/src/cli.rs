//! The command line.

use crate::config;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Serves Tally's figures, recorded by the indexer, over HTTP, and builds unsigned transactions for
/// wallets. It only reads the database, and it holds no keys.
#[derive(Debug, Parser)]
#[command(name = "api", version, after_long_help = config::help(), after_help = "Use --help to see every setting.")]
pub struct Arguments {
    /// TOML file with settings; variables TALLY_API_* go over it.
    #[arg(short, long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// What to do; serves if nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve until SIGINT or SIGTERM.
    Serve,
    /// Check the settings, say what is wrong with them, and end.
    CheckConfig,
    /// Print the OpenAPI document, and end.
    Openapi,
}
