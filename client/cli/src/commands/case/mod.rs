//! For anyone: outages reported against providers, and disputes.

pub(super) mod answer;
mod dispute;
mod evidence;
pub(super) mod list;
mod report;
mod resolve;
mod reveal;
mod rule;
mod show;
mod withdraw;

use crate::context::Context;
use crate::failure::Result;
use crate::run::{Done, answer, carry_out};

/// What can be done about cases.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the cases of a job or against a provider, with what they wait for
    List(list::List),
    /// Show an outage case or a dispute
    Show(show::Show),
    /// Report an outage by what the job's registered meter signed, with a bond
    Report(Box<report::Report>),
    /// Overturn an outage case by better receipts of the same meter
    Answer(answer::AnswerCase),
    /// Dispute a receipt of a verifiable job with a trace of your own, with a bond; by the consumer
    Dispute(Box<dispute::OpenDispute>),
    /// Reveal the step of your trace that is due; by either side of a dispute
    Reveal(reveal::Reveal),
    /// Rule on the one step that is left; by an arbiter of the panel
    Rule(rule::Rule),
    /// Take a case one step further: mark it, or execute what is due
    Resolve(resolve::Resolve),
    /// Pay out what a decided case owes, and close it if it owes nothing
    Withdraw(withdraw::Withdraw),
}

/// Carries one out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::List(it) => answer(context, it).await,
        Command::Show(it) => answer(context, it).await,
        Command::Report(it) => carry_out(context, "case report", it.as_ref()).await,
        Command::Answer(it) => carry_out(context, "case answer", it).await,
        Command::Dispute(it) => carry_out(context, "case dispute", it.as_ref()).await,
        Command::Reveal(it) => carry_out(context, "case reveal", it).await,
        Command::Rule(it) => carry_out(context, "case rule", it).await,
        Command::Resolve(it) => carry_out(context, "case resolve", it).await,
        Command::Withdraw(it) => carry_out(context, "case withdraw", it).await,
    }
}
