//! The network as a whole.

mod accept_admin;
mod apply_change;
mod cancel_change;
mod changes;
mod close_epoch;
mod initialize;
mod parameters;
mod pause;
mod propose_admin;
mod queue_change;
mod resume;
mod show;
mod unpause;

use crate::context::Context;
use crate::failure::Result;
use crate::run::{Done, answer, carry_out};

/// What can be done about the network.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the network: price, parameters, pauses, offices
    #[command(alias = "status")]
    Show(show::Show),
    /// Start the network; by the program's upgrade authority, who becomes its admin
    Initialize(Box<initialize::Initialize>),
    /// List the changes that wait for their timelock
    Changes(changes::Changes),
    /// Queue a change of parameters, guardian or treasury, or the naming of the stablecoin; by the admin
    QueueChange(queue_change::QueueChange),
    /// Apply a change whose timelock has passed; by the admin
    ApplyChange(apply_change::ApplyChange),
    /// Give a change up; by the admin, or by anyone once it has expired
    CancelChange(cancel_change::CancelChange),
    /// First step to another admin; by the admin
    ProposeAdmin(propose_admin::ProposeAdmin),
    /// Second step to another admin; by the proposed one
    AcceptAdmin(accept_admin::AcceptAdmin),
    /// Pause opening and accepting for some time; by admin or guardian
    Pause(pause::Pause),
    /// Lift a pause; by the admin
    Unpause(unpause::Unpause),
    /// Put the end of a pause on record; anyone
    Resume(resume::Resume),
    /// Close an epoch whose rebates are all claimed; anyone
    CloseEpoch(close_epoch::CloseEpoch),
}

/// Carries one out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::Show(it) => answer(context, it).await,
        Command::Initialize(it) => carry_out(context, "network initialize", it.as_ref()).await,
        Command::Changes(it) => answer(context, it).await,
        Command::QueueChange(it) => carry_out(context, "network queue-change", it).await,
        Command::ApplyChange(it) => carry_out(context, "network apply-change", it).await,
        Command::CancelChange(it) => carry_out(context, "network cancel-change", it).await,
        Command::ProposeAdmin(it) => carry_out(context, "network propose-admin", it).await,
        Command::AcceptAdmin(it) => carry_out(context, "network accept-admin", it).await,
        Command::Pause(it) => carry_out(context, "network pause", it).await,
        Command::Unpause(it) => carry_out(context, "network unpause", it).await,
        Command::Resume(it) => carry_out(context, "network resume", it).await,
        Command::CloseEpoch(it) => carry_out(context, "network close-epoch", it).await,
    }
}
