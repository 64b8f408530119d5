//! Helpers of all tests here.

pub mod accounts;
pub mod chain;
pub mod encode;
pub mod garbling;
#[cfg(feature = "yellowstone")]
pub mod geyser;
pub mod http;
pub mod market;
pub mod node;
pub mod process;
pub mod random;
pub mod recording;
pub mod script;
pub mod tables;
