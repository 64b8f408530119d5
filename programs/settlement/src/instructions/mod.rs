//! One file an instruction: its accounts, what it checks, what it does.

pub mod admin;
pub mod dispute;
pub mod job;
pub mod money;
pub mod party;
