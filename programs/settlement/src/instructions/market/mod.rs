//! How jobs and providers find each other: auctions, standing offers, and bonds that are kept up.

pub mod accept_bid;
pub mod accept_standing_offer;
pub mod place_bid;
pub mod set_standing_offer;
pub mod top_up_bond;
pub mod withdraw_bid;

pub use accept_bid::*;
pub use accept_standing_offer::*;
pub use place_bid::*;
pub use set_standing_offer::*;
pub use top_up_bond::*;
pub use withdraw_bid::*;

use settlement_interface::parameters::Parameters;

/// `sha256` of parameters: what a standing offer names.
fn parameters_hash(parameters: &Parameters) -> [u8; 32] {
    anchor_lang::solana_program::hash::hashv(&[bytemuck::bytes_of(parameters)]).to_bytes()
}
