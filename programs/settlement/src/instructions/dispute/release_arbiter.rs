use crate::emit::{emit, touch};
use crate::guards::{self, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Arbiter, Dispute};
use settlement_interface::events::ArbiterReleased;
use settlement_interface::rules::Stage;

/// Frees the stake that an arbiter locked by its ruling. Anyone may, once the dispute is resolved, which
/// anyone brings about by `resolve_dispute`: that it is resolved stands in for a signer.
#[event_cpi]
#[derive(Accounts)]
pub struct ReleaseArbiter {
    /// The dispute.
    #[account(mut)]
    pub dispute: Account<Dispute>,
    /// The arbiter.
    #[account(mut)]
    pub arbiter: Account<Arbiter>,
}

pub(crate) fn handler(ctx: &mut Context<ReleaseArbiter>) -> Result<()> {
    let (now, _) = guards::now()?;
    let ReleaseArbiter { dispute, arbiter, event_authority, .. } = &mut ctx.accounts;
    require!(dispute.stage() == Some(Stage::Resolved), SettlementError::WrongStage);
    let place = dispute.panel.place(&arbiter.wallet).ok_or(SettlementError::NotOnPanel)?;
    dispute.release(place).ok_or(SettlementError::NothingHeld)?;
    let amount = dispute.arbiter_stake;
    whole(arbiter.vouched.unlock(amount))?;
    let (dispute_address, arbiter_address) = (*dispute.address(), *arbiter.address());
    let event = ArbiterReleased {
        entities: [
            touch(&dispute_address, &mut dispute.sequence)?,
            touch(&arbiter_address, &mut arbiter.sequence)?,
        ],
        at: now,
        dispute: dispute_address,
        arbiter: arbiter.wallet,
        amount,
        locked: arbiter.vouched.locked,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
