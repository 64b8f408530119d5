//! The rules of settlement as pure functions: what is charged, burned, earned, bonded, lost and
//! given back. The program applies them; tests and off-chain code use the very same ones.
//!
//! Rounding favours the vault: what is burned or taken rounds up, what is minted or paid rounds down.

pub mod pending;

mod conversion;
mod dispute;
mod penalty;
mod quality;
mod receipts;

pub use conversion::{Conversion, InKind, convert, settle_in_kind, tokens_ceil, usd_floor};
pub use dispute::{CHALLENGER, Due, Loss, Side, Stage, challenge_bond, divide_loss};
pub use penalty::{Split, bond, cancellation_fee, split_penalty};
pub use quality::{HALF_LIFE, halvings, quality, rebate_pool};
pub use receipts::{Meters, Progress, accept_receipt, charge, is_secured};

/// Share of the escrow's worth that unconverted work may reach while a job runs, basis points.
pub const SECURED_BPS: u64 = 7_000;
