//! What the command line says.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A local Solana network with the settlement program deployed, and a market that plays on it.
///
/// Everything runs in this process and listens on 127.0.0.1 only. Time travels, so that days pass
/// within minutes; at the end the network's clock is the machine's own. With --validator the network is a real
/// validator, and the market a shorter one.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; without a command the network starts.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the network starts.
    #[command(flatten)]
    pub run: Run,
}

/// Other things to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare every figure of the API with accounts read from the chain; fails on any difference.
    Compare(Compare),
    /// Print a line of the API's figures whenever one changes.
    Watch(Watch),
}

/// How the network starts.
#[derive(Args, Debug)]
pub struct Run {
    /// Port of JSON-RPC; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub rpc_port: u16,
    /// Port of subscriptions; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub ws_port: u16,
    /// Folder for network.json, network.env and guest.json; created if missing.
    #[arg(long, default_value = ".tally/network")]
    pub folder: PathBuf,
    /// The compiled program.
    #[arg(long, default_value = "target/deploy/settlement.so")]
    pub program: PathBuf,
    /// A `solana-test-validator` to play on in real time, in place of the embedded network: a shorter market
    /// of an hour and a half. Subscriptions are then at the port after JSON-RPC's.
    #[arg(long, value_name = "EXECUTABLE", conflicts_with_all = ["ws_port", "empty"])]
    pub validator: Option<PathBuf>,
    /// The compiled program that stands in for the oracle's on a validator.
    #[arg(long, default_value = "target/deploy/receiver.so")]
    pub receiver: PathBuf,
    /// Play the market that a validator gets, on the embedded network.
    #[arg(long)]
    pub short: bool,
    /// Decides prices and what the market does; keys differ every time.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Milliseconds to rest after each act.
    #[arg(long, default_value_t = 0)]
    pub pace: u64,
    /// Do not play the market: initialise, and nothing more.
    #[arg(long)]
    pub empty: bool,
    /// Go on producing blocks and prices until Ctrl-C.
    #[arg(long)]
    pub hold: bool,
}

/// What is compared.
#[derive(Args, Debug)]
pub struct Compare {
    /// Where the API answers, such as http://127.0.0.1:8080.
    #[arg(long)]
    pub api: String,
    /// Where the chain answers JSON-RPC.
    #[arg(long)]
    pub rpc: String,
    /// Seconds to wait for the API to catch up with the chain.
    #[arg(long, default_value_t = 120)]
    pub wait: u64,
    /// File for the table with every single figure; what is printed counts the smaller ones.
    #[arg(long)]
    pub report: Option<PathBuf>,
}

/// What is watched.
#[derive(Args, Debug)]
pub struct Watch {
    /// Where the API answers.
    #[arg(long)]
    pub api: String,
    /// The network.json of a market; ends when the market does. Without it: never.
    #[arg(long)]
    pub until_played: Option<PathBuf>,
    /// Milliseconds between two looks.
    #[arg(long, default_value_t = 1_000)]
    pub every: u64,
}
