//! What is shown: aligned tables for people, one JSON document for programs, from the same records.

mod job;
mod record;
mod table;

pub use job::{job, row as job_row};
pub use record::{Record, rate};
pub use table::{lines, table};
