//! The one way in which every acceptance ends: the job is assigned, the price recorded, the event made.

use super::assigning::assign;
use crate::emit::touch;
use crate::guards::{add, oracle};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, Price, Provider, Totals};
use settlement_interface::events::{JobAccepted, Touched};
use settlement_interface::oracle::Quote;

/// What an acceptance changes, and how it came about. The provider's bond is locked already.
pub struct Acceptance<'a> {
    pub job: &'a mut Account<Job>,
    pub provider: &'a mut Account<Provider>,
    pub totals: &'a mut Account<Totals>,
    pub price: &'a mut Account<Price>,
    /// What brought the provider's consent: `BY_*`.
    pub by: u64,
    /// The bid accepted, if one was.
    pub bid: Touched,
    /// The bond, and the part of it that this acceptance locked.
    pub bond: u64,
    pub locked: u64,
    /// The escrow that the bond is a share of.
    pub bonded_escrow: u64,
}

impl Acceptance<'_> {
    /// Assigns the job and makes the event that tells it.
    pub fn conclude(self, quote: &Quote, now: i64, slot: u64) -> Result<JobAccepted> {
        let Self { job, provider, totals, price, by, bid, bond, locked, bonded_escrow } = self;
        assign(job, provider, bond, bonded_escrow, now)?;
        add(&mut totals.locked, bond)?;
        let quoted = oracle::record(price, quote, now, slot);
        require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);
        let (job_address, provider_address) = (*job.address(), *provider.address());
        let (totals_address, price_address) = (*totals.address(), *price.address());
        let order = &job.terms.order;
        let (rate, unit, hardware) = (order.rate, order.unit, u64::from(order.hardware));
        Ok(JobAccepted {
            entities: [
                touch(&job_address, &mut job.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&totals_address, &mut totals.sequence)?,
                touch(&price_address, &mut price.sequence)?,
                bid,
            ],
            at: now,
            job: job_address,
            provider: provider_address,
            terms_hash: job.terms_hash,
            escrow: job.escrow,
            budget: job.accepted_budget,
            by,
            bid: bid.entity,
            rate,
            unit,
            hardware,
            bond,
            locked,
            provider_locked: provider.locked,
            quoted,
        })
    }
}
