//! Third parties: meters, arbiters, and what they vouch with.

pub mod register_arbiter;
pub mod register_meter;
pub mod request_unvouch;
pub mod vouch;
pub mod withdraw_vouched;

mod loaded;

pub use register_arbiter::*;
pub use register_meter::*;
pub use request_unvouch::*;
pub use vouch::*;
pub use withdraw_vouched::*;
