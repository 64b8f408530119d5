//! Receipts, conversions, claims.

pub mod claim;
pub mod claim_rebate;
pub mod close_epoch;
pub mod convert;
pub mod observe;
pub mod settle;

mod conversion;

pub use claim::*;
pub use claim_rebate::*;
pub use close_epoch::*;
pub use convert::*;
pub use observe::*;
pub use settle::*;
