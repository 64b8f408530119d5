//! What bond a job's terms ask for. Every instruction that locks, tops up or weighs a bond comes here.

use crate::guards::{oracle, whole};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, Job, Price};
use settlement_interface::rules::{bond_asked, escrow_covered, pending_bond};
use settlement_interface::terms::RAIL_TOKEN;

/// Asked for `escrow` at a price, a mantissa with its scale; the token rail asks the same at every price.
pub fn asked(job: &Job, escrow: u64, price: u64, scale: u32) -> Result<u64> {
    let terms = &job.terms;
    whole(bond_asked(terms.order.rail, escrow, terms.parameters.bond_bps, price, scale))
}

/// The scale of the last price; the token rail's bonds need no price, not even a first one.
fn scale(job: &Job, config: &Config, price: &Price) -> Result<u32> {
    if job.terms.order.rail == RAIL_TOKEN { Ok(0) } else { oracle::last_scale(config, price) }
}

/// Asked of an accepted job at the last price that qualified.
pub fn asked_now(job: &Job, config: &Config, price: &Price) -> Result<u64> {
    asked(job, job.bonded_escrow, price.spot, scale(job, config, price)?)
}

/// Asked for all that was ever deposited, and how much of it this bond covers; at the last price.
pub fn asked_at_most(job: &Job, bond: u64, config: &Config, price: &Price) -> Result<(u64, u64)> {
    let (terms, scale) = (&job.terms, scale(job, config, price)?);
    let (rail, bond_bps) = (terms.order.rail, terms.parameters.bond_bps);
    let covered = whole(escrow_covered(rail, bond, bond_bps, price.spot, scale, job.funded))?;
    Ok((asked(job, job.funded, price.spot, scale)?, covered))
}

/// What would be asked for an escrow worth what is pending, at the last price.
pub fn of_pending(job: &Job, pending: u64, config: &Config, price: &Price) -> Result<u64> {
    let (rail, bond_bps) = (job.terms.order.rail, job.terms.parameters.bond_bps);
    let scale = oracle::last_scale(config, price)?;
    whole(pending_bond(rail, pending, job.escrow, bond_bps, price.spot, scale))
}
