//! The API's program; everything is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    api::run::main(api::cli::Arguments::parse())
}
