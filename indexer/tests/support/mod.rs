//! Helpers of all tests here.

pub mod accounts;
pub mod chain;
pub mod encode;
#[cfg(feature = "yellowstone")]
pub mod geyser;
pub mod market;
pub mod node;
pub mod process;
pub mod random;
pub mod recording;
pub mod script;
pub mod tables;
