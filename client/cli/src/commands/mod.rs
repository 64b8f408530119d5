//! What can be done and asked: one small file a command, in groups by who it is for.
//!
//! To add one: a struct of arguments that implements [`crate::run::Doing`] or [`crate::run::Asking`], and
//! its line in the group's enum and `dispatch`. Arguments serialise to what was typed: that is the name
//! by which the command is known if it is run again.

mod buyback;
mod case;
mod checks;
mod consumer;
mod job;
mod network;
mod observe;
mod provider;
mod third_party;

use crate::context::Context;
use crate::failure::Result;
use crate::run::{Done, carry_out};

/// Everything.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// For providers: register, stake, accept and work on jobs, be paid
    #[command(subcommand)]
    Provider(provider::Command),
    /// For consumers: open jobs, pay for them, sign receipts
    #[command(subcommand)]
    Consumer(consumer::Command),
    /// For anyone: look at a job, and take it further where time allows
    #[command(subcommand)]
    Job(job::Command),
    /// For anyone: outages, disputes, rulings
    #[command(subcommand)]
    Case(case::Command),
    /// For meters: third parties that sign receipts
    #[command(subcommand)]
    Meter(third_party::MeterCommand),
    /// For arbiters: third parties that rule on disputes
    #[command(subcommand)]
    Arbiter(third_party::ArbiterCommand),
    /// For anyone: dollars of the take, sold for tokens that burn
    #[command(subcommand)]
    Buyback(buyback::Command),
    /// The network as a whole: its state, starting, pausing, changing, handing over
    #[command(subcommand)]
    Network(network::Command),
    /// Put on record that a price qualifies
    Observe(observe::Observe),
}

/// Carries a command out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::Provider(command) => provider::dispatch(context, command).await,
        Command::Consumer(command) => consumer::dispatch(context, command).await,
        Command::Job(command) => job::dispatch(context, command).await,
        Command::Case(command) => case::dispatch(context, command).await,
        Command::Meter(command) => third_party::dispatch_meter(context, command).await,
        Command::Arbiter(command) => third_party::dispatch_arbiter(context, command).await,
        Command::Buyback(command) => buyback::dispatch(context, command).await,
        Command::Network(command) => network::dispatch(context, command).await,
        Command::Observe(command) => carry_out(context, "observe", command).await,
    }
}
