//! The end of converting: everything that is left is booked to somebody.

use crate::AdvanceJob;
use crate::emit::{emit, touch};
use crate::guards::{add, oracle, present, take, whole};
use crate::instructions::job::ending::{end, owe_from_escrow, release_bond};
use crate::instructions::money::stable;
use crate::tokens;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{JobState, Party};
use settlement_interface::events::JobClosed;
use settlement_interface::pda::JOB;
use settlement_interface::rules::{InKind, halt_is_over, settle_in_kind};
use settlement_interface::terms::RAIL_STABLE;

impl AdvanceJob {
    /// What is paid in kind; nothing if the job can be closed without.
    fn in_kind(&self, outstanding: u64, now: i64, slot: u64) -> Result<InKind> {
        let Self { job, config, price, feed, .. } = self;
        if outstanding == 0 || job.escrow == 0 {
            return Ok(InKind::default());
        }
        let over = halt_is_over(job, price, config.decimals, now, slot);
        require!(over, SettlementError::NothingDue);
        let halted = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?.is_err();
        require!(halted, SettlementError::NothingDue);
        let scale = oracle::last_scale(config, price)?;
        let take_bps = job.terms.parameters.take_bps;
        whole(settle_in_kind(outstanding, job.escrow, take_bps, price.spot, scale))
    }

    pub(in super::super) fn close(&mut self, now: i64, slot: u64, bump: u8) -> Result<()> {
        if self.job.terms.order.rail == RAIL_STABLE {
            stable::settle(&mut self.job, now, &self.event_authority, bump)?;
        }
        let outstanding = whole(self.job.outstanding())?;
        let paid = self.in_kind(outstanding, now, slot)?;
        let Self { job, provider, totals, vault, mint, .. } = self;
        let provider = present(provider)?;
        let entity = *job.address();
        if paid.burned > 0 {
            take(&mut job.escrow, paid.burned)?;
            add(&mut job.burned, paid.burned)?;
            add(&mut job.take, paid.burned)?;
            let (nonce, job_bump) = (job.nonce.to_le_bytes(), [job.bump]);
            let consumer = job.terms.consumer;
            tokens::burn(
                vault.try_cpi_handle_mut()?,
                mint.try_cpi_handle_mut()?,
                job.cpi_handle(),
                paid.burned,
                &[&[JOB, consumer.as_ref(), &nonce, &job_bump]],
            );
        }
        owe_from_escrow(job, Party::Provider, paid.provider)?;
        add(&mut job.settled, paid.usd)?;
        let recorded = whole(job.settled.checked_sub(job.recorded))?;
        job.recorded = job.settled;
        add(&mut provider.settled, recorded)?;
        provider.credit(recorded, now);
        let void = whole(outstanding.checked_sub(paid.usd))?;
        let bond = release_bond(job, provider, totals)?;
        let refund = end(job, JobState::Closed, now)?;
        let (provider_address, totals_address) = (*provider.address(), *totals.address());
        let event = JobClosed {
            entities: [
                touch(&entity, &mut job.sequence)?,
                touch(&provider_address, &mut provider.sequence)?,
                touch(&totals_address, &mut totals.sequence)?,
            ],
            at: now,
            job: entity,
            provider: provider_address,
            refund,
            bond,
            void,
            in_kind_usd: paid.usd,
            in_kind_paid: paid.provider,
            in_kind_burned: paid.burned,
            recorded,
        };
        emit(&self.event_authority, bump, &event)
    }
}
