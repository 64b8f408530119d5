//! Converting what a job has outstanding: shared by `settle` and `convert`.

use crate::emit::{emit_made, touch};
use crate::guards::{add, epoch, oracle, take, whole};
use crate::tokens;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, MARK_HALT, MARK_NONE, Price, Provider};
use settlement_interface::events::Converted;
use settlement_interface::math::Wide;
use settlement_interface::oracle::{Quote, reaches_minimum};
use settlement_interface::pda::JOB;
use settlement_interface::rules;

/// The accounts that a conversion touches.
pub struct Conversion<'a> {
    pub job: &'a mut Account<Job>,
    pub provider: &'a mut Account<Provider>,
    pub config: &'a Account<Config>,
    pub price: &'a mut Account<Price>,
    pub vault: &'a mut UncheckedAccount,
    pub mint: &'a mut UncheckedAccount,
    pub epoch: &'a UncheckedAccount,
    pub credit: &'a UncheckedAccount,
    pub payer: &'a Signer,
    pub event_authority: &'a UncheckedAccount,
    pub event_authority_bump: u8,
}

/// Whether the consumer's minimum allows converting at this price now.
#[inline(always)]
pub fn allowed(job: &Job, quote: &Quote, now: i64) -> bool {
    let order = &job.terms.order;
    now >= order.convert_by || reaches_minimum(quote.burn, quote.message.exponent, order.min_price)
}

impl Conversion<'_> {
    /// Burns, books and emits. `outstanding` and the escrow are both greater than zero.
    #[inline(always)]
    pub fn run(self, outstanding: u64, quote: &Quote, now: i64, slot: u64) -> Result<()> {
        let Self { job, provider, config, price, vault, mint, .. } = self;
        let terms = job.terms.parameters;
        let moved = whole(rules::convert(outstanding, job.escrow, terms.take_bps, quote))?;

        take(&mut job.escrow, moved.burned)?;
        add(&mut job.settled, moved.usd)?;
        add(&mut job.recorded, moved.usd)?;
        add(&mut job.burned, moved.burned)?;
        add(&mut job.take, moved.take)?;
        add(&mut job.earned, moved.earned)?;
        if job.mark == MARK_HALT {
            job.mark = MARK_NONE; // a price qualifies, so no halt is marked any more
        }

        provider.decay(now);
        let quality = rules::quality(provider.good, provider.bad); // before this conversion adds to it
        provider.credit(moved.usd, now);
        add(&mut provider.settled, moved.usd)?;
        add(&mut provider.burned, moved.burned)?;
        add(&mut provider.take, moved.take)?;
        add(&mut provider.earned, moved.earned)?;
        add(&mut provider.claimable, moved.earned)?;

        let index = whole(config.epoch_index(now))?;
        let payer = self.payer.account();
        let provider_address = *provider.address();
        let mut epoch = epoch::epoch(*self.epoch.account(), index, config.parameters.rebate_bps, payer)?;
        let (mut credit, opened) = epoch::credit(*self.credit.account(), index, &provider_address, payer)?;
        let weight = whole(u128::from(moved.take).checked_mul(u128::from(quality)))?;
        add(&mut epoch.take, moved.take)?;
        epoch.weight = Wide::from(whole(epoch.weight.get().checked_add(weight))?);
        add(&mut epoch.credits, u64::from(opened))?;
        add(&mut credit.take, moved.take)?;
        credit.weight = Wide::from(whole(credit.weight.get().checked_add(weight))?);

        let quoted = oracle::record(price, quote, now, slot);
        require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);

        let (consumer, nonce, bump) = (job.terms.consumer, job.nonce.to_le_bytes(), [job.bump]);
        tokens::burn(
            vault.try_cpi_handle_mut()?,
            mint.try_cpi_handle_mut()?,
            job.cpi_handle(),
            moved.burned,
            &[&[JOB, consumer.as_ref(), &nonce, &bump]],
        );

        let (job_address, price_address) = (*job.address(), *price.address());
        let (epoch_address, credit_address) = (*epoch.address(), *credit.address());
        let event = Converted {
            entities: [
                touch(&job_address, &mut job.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&price_address, &mut price.sequence)?,
                touch(&epoch_address, &mut epoch.sequence)?,
                touch(&credit_address, &mut credit.sequence)?,
            ],
            at: now,
            job: job_address,
            provider: provider_address,
            usd: moved.usd,
            burned: moved.burned,
            take: moved.take,
            earned: moved.earned,
            escrow: job.escrow,
            outstanding: whole(job.outstanding())?,
            claimable: provider.claimable,
            epoch: index,
            weight: Wide::from(weight),
            quality: u64::from(quality),
            rebate_bps: u64::from(epoch.rebate_bps),
            credit_payer: if opened { credit.rent_payer } else { Address::default() },
            quoted,
        };
        emit_made(self.event_authority, self.event_authority_bump, event);
        Ok(())
    }
}
