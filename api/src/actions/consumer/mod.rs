//! What consumers sign, and what anyone may sign so that a job goes on and pays.

mod accept_bid;
mod advance_job;
mod cancel_job;
mod close_job;
mod open_job;
mod order;
mod reclaim_job;
mod register;
mod rotate_meter;
mod top_up;
mod withdraw;

pub use accept_bid::AcceptBid;
pub use advance_job::AdvanceJob;
pub use cancel_job::CancelJob;
pub use close_job::CloseJob;
pub use open_job::{OpenJob, Rail};
pub use reclaim_job::ReclaimJob;
pub use register::RegisterConsumer;
pub use rotate_meter::RotateMeter;
pub use top_up::TopUp;
pub use withdraw::Withdraw;
