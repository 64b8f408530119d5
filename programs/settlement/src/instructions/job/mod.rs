//! A job's life, from opening to the return of its rent.

pub mod accept_offer;
pub mod advance_job;
pub mod cancel_job;
pub mod close_job;
pub mod mark;
pub mod open_job;
pub mod reclaim_job;
pub mod rotate_meter;
pub mod start_job;
pub mod top_up;
pub mod withdraw;

pub(super) mod accepted;
pub(crate) mod advance;
pub(super) mod assigning;
pub(super) mod bonding;
pub(crate) mod ending;

pub use accept_offer::*;
pub use advance_job::*;
pub use cancel_job::*;
pub use close_job::*;
pub use mark::*;
pub use open_job::*;
pub use reclaim_job::*;
pub use rotate_meter::*;
pub use start_job::*;
pub use top_up::*;
pub use withdraw::*;

use anchor_lang::prelude::*;
use settlement_interface::terms::Terms;

/// `sha256(job ‖ opened_at ‖ terms)`: what an acceptance names.
pub(crate) fn terms_hash(job: &Address, opened_at: i64, terms: &Terms) -> [u8; 32] {
    let parts: [&[u8]; 3] = [job.as_ref(), &opened_at.to_le_bytes(), bytemuck::bytes_of(terms)];
    anchor_lang::solana_program::hash::hashv(&parts).to_bytes()
}
