//! For anyone: jobs.

mod advance;
pub(super) mod check_receipt;
pub(super) mod close;
mod convert;
mod mark;
mod reclaim;
mod show;
mod withdraw;

use crate::context::Context;
use crate::failure::Result;
use crate::run::{Done, answer, carry_out};

/// What anyone can do about a job.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show a job and what can be done next
    Show(show::Show),
    /// Put a missed deadline on record
    Mark(mark::Mark),
    /// Take a job one step further, whatever time allows next
    Advance(advance::Advance),
    /// Convert what a job has outstanding
    Convert(convert::Convert),
    /// Pay out what a job owes, to whom it owes it
    Withdraw(withdraw::Withdraw),
    /// Close vault and job of an ended job; the rent returns to who paid it
    Reclaim(reclaim::Reclaim),
}

/// Carries one out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::Show(it) => answer(context, it).await,
        Command::Mark(it) => carry_out(context, "job mark", it).await,
        Command::Advance(it) => carry_out(context, "job advance", it).await,
        Command::Convert(it) => carry_out(context, "job convert", it).await,
        Command::Withdraw(it) => carry_out(context, "job withdraw", it).await,
        Command::Reclaim(it) => carry_out(context, "job reclaim", it).await,
    }
}
