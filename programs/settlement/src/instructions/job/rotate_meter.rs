use crate::emit::{emit, touch};
use crate::guards::{self, in_state, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Job, JobState, Provider};
use settlement_interface::events::MeterRotated;
use settlement_interface::rules::has_outlasted;
use settlement_interface::terms::METER_SESSION;

/// Replaces the session key, once per `receipt_grace`. What the previous key signed up to now counts
/// for one `receipt_grace`, in seconds and in slots. Signed by the consumer.
#[event_cpi]
#[derive(Accounts)]
pub struct RotateMeter {
    /// The consumer's wallet.
    pub wallet: Signer,
    /// The job's provider.
    pub provider: Account<Provider>,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
}

pub(crate) fn handler(ctx: &mut Context<RotateMeter>, meter: Address) -> Result<()> {
    let (now, slot) = guards::now()?;
    let RotateMeter { wallet, provider, job, event_authority, .. } = &mut ctx.accounts;
    same(wallet.address(), &job.terms.consumer, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    in_state(job, JobState::Running)?;
    require!(job.terms.order.meter_kind == METER_SESSION, SettlementError::UnsupportedTerms);
    require!(meter != job.meter, SettlementError::SameMeter);
    require!(meter != provider.authority, SettlementError::MeterIsParty);
    let rotated = (job.rotated_at, job.rotated_slot);
    let settled = has_outlasted(rotated, job.terms.parameters.receipt_grace, (now, slot));
    require!(job.rotated_at == 0 || settled, SettlementError::RotatedRecently);
    job.previous_meter = job.meter;
    job.meter = meter;
    job.rotated_at = now;
    job.rotated_slot = slot;
    let entity = *job.address();
    let event = MeterRotated {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        previous: job.previous_meter,
        meter,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
