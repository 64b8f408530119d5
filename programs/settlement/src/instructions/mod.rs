//! One file an instruction: its accounts, what it checks, what it does.

pub mod admin;
pub mod case;
pub mod dispute;
pub mod job;
pub mod market;
pub mod money;
pub mod party;
pub mod third_party;
