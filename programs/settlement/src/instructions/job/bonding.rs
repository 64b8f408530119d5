//! What bond a job's terms ask for. Every instruction that locks, tops up or weighs a bond comes here.

use crate::guards::{oracle, whole};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, Job, Price};
use settlement_interface::rules::bond_asked;
use settlement_interface::terms::RAIL_TOKEN;

/// Asked for `escrow` at a price, a mantissa with its scale; the token rail asks the same at every price.
pub fn asked(job: &Job, escrow: u64, price: u64, scale: u32) -> Result<u64> {
    let terms = &job.terms;
    whole(bond_asked(terms.order.rail, escrow, terms.parameters.bond_bps, price, scale))
}

/// Asked of an accepted job at the last price that qualified.
pub fn asked_now(job: &Job, config: &Config, price: &Price) -> Result<u64> {
    // The token rail needs no price, not even a first one.
    let scale = if job.terms.order.rail == RAIL_TOKEN { 0 } else { oracle::last_scale(config, price)? };
    asked(job, job.bonded_escrow, price.spot, scale)
}
