use crate::emit::{emit, touch};
use crate::guards::{self, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Dispute;
use settlement_interface::events::StepRevealed;
use settlement_interface::merkle::{self, Proof};
use settlement_interface::rules::Side;

/// Reveals the hash of the step that is due, with its proof under the side's own root. Possible until
/// the missed turn is executed, even after a mark. Signed by the side whose turn it is.
#[event_cpi]
#[derive(Accounts)]
pub struct Reveal {
    /// The consumer's wallet or the provider's authority.
    pub party: Signer,
    /// The dispute.
    #[account(mut)]
    pub dispute: Account<Dispute>,
}

pub(crate) fn handler(ctx: &mut Context<Reveal>, step: &[u8; 32], proof: &Proof) -> Result<()> {
    let (now, slot) = guards::now()?;
    let Reveal { party, dispute, event_authority, .. } = &mut ctx.accounts;
    let (side, index) = dispute.turn().ok_or(SettlementError::WrongStage)?;
    let turn = match side {
        Side::Provider => &dispute.authority,
        Side::Challenger => &dispute.challenger,
    };
    same(party.address(), turn, SettlementError::NotYourTurn)?;
    let proved = merkle::verify(dispute.root(side), dispute.steps, index, step, proof);
    require!(proved, SettlementError::WrongProof);
    whole(dispute.reveal(step, (now, slot)))?;
    let entity = *dispute.address();
    let event = StepRevealed {
        entities: [touch(&entity, &mut dispute.sequence)?],
        at: now,
        dispute: entity,
        by: *party.address(),
        slot,
        index,
        step: *step,
        lo: dispute.lo,
        hi: dispute.hi,
        rounds: dispute.rounds,
        stage: u64::from(dispute.stage),
        outcome: u64::from(dispute.outcome),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
