use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::AdminAccepted;

/// Second step: signed by the proposed admin, who is admin from now on.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAdmin {
    /// The proposed admin.
    pub proposed: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<AcceptAdmin>) -> Result<()> {
    let (now, _) = guards::now()?;
    let AcceptAdmin { proposed, config, event_authority, .. } = &mut ctx.accounts;
    // No key signs for the zero address, so that nobody can accept where nobody is proposed.
    same(proposed.address(), &config.pending_admin, SettlementError::NotProposedAdmin)?;
    let previous = config.admin;
    config.admin = config.pending_admin;
    config.pending_admin = Address::default();
    let entity = *config.address();
    let event = AdminAccepted {
        entities: [touch(&entity, &mut config.sequence)?],
        at: now,
        previous,
        admin: config.admin,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
