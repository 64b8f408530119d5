//! The steps of `advance_job`, one file each.

mod close;
mod closing;
mod fail;
mod lapse;
mod settling;
