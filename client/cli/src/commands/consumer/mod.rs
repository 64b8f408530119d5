//! For consumers.

mod accept_bid;
mod cancel;
mod jobs;
mod open;
mod order;
mod register;
mod rotate_meter;
pub(super) mod sign_receipt;
mod top_up;

use super::job::{check_receipt, close};
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Done, answer, carry_out};

/// What a consumer does.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Register a wallet as a consumer; "open" does it by itself if need be
    Register(register::Register),
    /// Open a job: pay into its escrow, and offer it to a provider or let providers bid
    Open(Box<open::Open>),
    /// Accept a bid once bidding has ended
    AcceptBid(accept_bid::AcceptBid),
    /// Add tokens or budget to a job
    TopUp(top_up::TopUp),
    /// Replace the session key that signs a job's receipts
    RotateMeter(rotate_meter::RotateMeter),
    /// Cancel a job that has not started
    Cancel(cancel::Cancel),
    /// End a running job
    Close(close::Close),
    /// List a consumer's jobs
    Jobs(jobs::Jobs),
    /// Sign a receipt with a job's session key
    SignReceipt(sign_receipt::SignReceipt),
    /// Check a signed receipt, as the program will
    CheckReceipt(check_receipt::CheckReceipt),
}

/// Carries one out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::Register(it) => carry_out(context, "consumer register", it).await,
        Command::Open(it) => carry_out(context, "consumer open", it.as_ref()).await,
        Command::AcceptBid(it) => carry_out(context, "consumer accept-bid", it).await,
        Command::TopUp(it) => carry_out(context, "consumer top-up", it).await,
        Command::RotateMeter(it) => carry_out(context, "consumer rotate-meter", it).await,
        Command::Cancel(it) => carry_out(context, "consumer cancel", it).await,
        Command::Close(it) => carry_out(context, "close", it).await,
        Command::Jobs(it) => answer(context, it).await,
        Command::SignReceipt(it) => answer(context, it).await,
        Command::CheckReceipt(it) => answer(context, it).await,
    }
}
