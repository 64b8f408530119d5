//! The settlement network from the command line.
//!
//! A command is one small file under [`commands`]: arguments, accounts read, checks in the user's terms,
//! and then either an answer or a plan. Plans are carried out in one place, [`run`]: summary, simulation,
//! confirmation, and sending that survives the death of the process without paying twice.
//!
//! | module | what |
//! |---|---|
//! | [`commands`] | what can be done and asked |
//! | [`run`] | carrying out a plan; giving an answer; the exit code |
//! | [`context`] | settings, keys, the node, what most commands read |
//! | [`arguments`] | amounts, times, jobs and receipts as people write them |
//! | [`steps`] | what can be done about a job next |
//! | [`show`] | tables for people, one JSON document for programs |
//!
//! No key is ever printed, nor the node's URL, which may hold one.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects,
        reason = "tests: a failed expectation is a failed test"
    )
)]

mod arguments;
mod commands;
mod context;
mod failure;
mod run;
mod show;
mod steps;

use clap::Parser;
use std::process::ExitCode;

/// Providers, consumers, operators and anyone else on the settlement network.
#[derive(Debug, Parser)]
#[command(name = "tally", version, arg_required_else_help = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 refused or failed (nothing was moved), 2 usage, 3 outcome unknown \
    (run the same command again: it finds out first and pays at most once)."
)]
struct Cli {
    #[command(flatten)]
    options: context::Options,
    #[command(subcommand)]
    command: commands::Command,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Cli { options, command } = Cli::parse();
    let json = options.json;
    let result = match context::Context::new(options) {
        Ok(context) => commands::dispatch(&context, &command).await,
        Err(failure) => Err(failure),
    };
    run::finish(json, result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_described_and_usage_errors_have_their_code() {
        fn described(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            command.get_subcommands().for_each(described);
        }
        Cli::command().get_subcommands().for_each(described);
        assert_eq!(Cli::try_parse_from(["tally", "provider", "stake"]).unwrap_err().exit_code(), 2);
        assert_eq!(Cli::try_parse_from(["tally", "provider", "stake", "1,5"]).unwrap_err().exit_code(), 2);
    }
}
