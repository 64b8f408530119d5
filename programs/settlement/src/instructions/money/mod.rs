//! Receipts, conversions, claims.

pub mod accept_batch;
pub mod claim;
pub mod claim_rebate;
pub mod convert;
pub mod observe;
pub mod settle;

mod conversion;

pub use accept_batch::*;
pub use claim::*;
pub use claim_rebate::*;
pub use convert::*;
pub use observe::*;
pub use settle::*;
