//! The rules of settlement as pure functions: what is charged, burned, earned, bonded, lost and
//! given back. The program applies them; tests and off-chain code use the very same ones.
//!
//! Rounding favours the vault: what is burned or taken rounds up, what is minted or paid rounds down.

mod auction;
mod batch;
mod bonding;
pub mod buyback;
mod conversion;
mod dispute;
mod halt;
mod judged;
mod mass;
mod penalty;
pub mod pending;
mod quality;
mod receipts;
mod service;
mod stable;
mod standing;
mod time;
mod vouching;

pub use auction::{beats, check_auction};
pub use batch::Security;
pub use bonding::{bond_asked, escrow_covered, escrow_worth, is_depleted, pending_bond};
pub use conversion::{Conversion, InKind, convert, settle_in_kind, tokens_ceil, usd_floor};
pub use dispute::{CHALLENGER, Due, Loss, Side, Stage, challenge_bond, divide_loss};
pub use halt::{halt_is_over, halt_refuted};
pub use mass::{MASS_COUNT, MASS_SPAN, MASS_WAIT};
pub use penalty::{Split, bond, cancellation_fee, split, split_penalty};
pub use quality::{HALF_LIFE, halvings, quality, rebate_pool};
pub use receipts::{Meters, Progress, accept_receipt, charge, is_secured};
pub use service::{
    Gap, LAST, Promise, START, Watch, contradicts, missed, missed_budget, outage_penalty, report_bond,
    service_credit,
};
pub use stable::{Settled, Taken, settle_stable};
pub use standing::{FLOOR_UNIT, Occasion, check_standing, fits, rail_bit};
pub use time::{Moment, has_lasted, has_outlasted};

/// Share of the escrow's worth that unconverted work may reach while a job runs, basis points.
pub const SECURED_BPS: u64 = 7_000;
