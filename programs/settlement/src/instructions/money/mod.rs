//! Receipts, conversions, claims.

pub mod accept_batch;
pub mod buyback;
pub mod claim;
pub mod claim_rebate;
pub mod close_epoch;
pub mod convert;
pub mod convert_stable;
pub mod observe;
pub mod settle;
pub mod settle_stable;
pub mod tick_buyback;

mod accepting;
mod auction;
mod conversion;
pub(crate) mod stable;

pub use accept_batch::*;
pub use buyback::*;
pub use claim::*;
pub use claim_rebate::*;
pub use close_epoch::*;
pub use convert::*;
pub use convert_stable::*;
pub use observe::*;
pub use settle::*;
pub use settle_stable::*;
pub use tick_buyback::*;
