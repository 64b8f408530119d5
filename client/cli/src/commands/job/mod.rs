//! For anyone: jobs.

mod accept_standing;
mod advance;
mod bids;
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
    /// List the bids for a job
    Bids(bids::Bids),
    /// Accept an offer in the name of a provider whose standing offer it fits
    AcceptStanding(accept_standing::AcceptStanding),
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
        Command::Bids(it) => answer(context, it).await,
        Command::AcceptStanding(it) => carry_out(context, "job accept-standing", it).await,
        Command::Mark(it) => carry_out(context, "job mark", it).await,
        Command::Advance(it) => carry_out(context, "job advance", it).await,
        Command::Convert(it) => carry_out(context, "job convert", it).await,
        Command::Withdraw(it) => carry_out(context, "job withdraw", it).await,
        Command::Reclaim(it) => carry_out(context, "job reclaim", it).await,
    }
}
