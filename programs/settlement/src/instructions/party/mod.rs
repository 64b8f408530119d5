//! Consumers, providers and their stake.

pub mod register_consumer;
pub mod register_provider;
pub mod request_unstake;
pub mod stake;
pub mod update_provider;
pub mod withdraw_stake;

pub use register_consumer::*;
pub use register_provider::*;
pub use request_unstake::*;
pub use stake::*;
pub use update_provider::*;
pub use withdraw_stake::*;
