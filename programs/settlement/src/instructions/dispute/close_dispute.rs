use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Dispute;
use settlement_interface::events::DisputeClosed;

/// Closes a resolved dispute that owes nothing and holds no arbiter's stake, and returns its rent to who paid it. Anyone may:
/// nothing is left to decide.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseDispute {
    /// The dispute.
    #[account(mut)]
    pub dispute: Account<Dispute>,
    /// Who paid the rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<CloseDispute>) -> Result<()> {
    let (now, _) = guards::now()?;
    let CloseDispute { dispute, rent_payer, event_authority, .. } = &mut ctx.accounts;
    require!(dispute.is_paid_out(), SettlementError::DuesRemain);
    require!(dispute.held == 0, SettlementError::ArbitersHeld);
    same(rent_payer.address(), &dispute.rent_payer, SettlementError::WrongRentPayer)?;
    let lamports = dispute.account().lamports();
    let entity = *dispute.address();
    let event = DisputeClosed {
        entities: [touch(&entity, &mut dispute.sequence)?],
        at: now,
        dispute: entity,
        rent_payer: dispute.rent_payer,
        lamports,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    dispute.close(*rent_payer.account())
}
