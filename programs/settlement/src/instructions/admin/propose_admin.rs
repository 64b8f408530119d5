use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::AdminProposed;

/// First of two steps to another admin; the zero address withdraws a proposal. Signed by the admin.
#[event_cpi]
#[derive(Accounts)]
pub struct ProposeAdmin {
    /// The admin.
    pub admin: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<ProposeAdmin>, proposed: Address) -> Result<()> {
    let (now, _) = guards::now()?;
    let ProposeAdmin { admin, config, event_authority, .. } = &mut ctx.accounts;
    same(admin.address(), &config.admin, SettlementError::NotAdmin)?;
    config.pending_admin = proposed;
    let entity = *config.address();
    let event = AdminProposed {
        entities: [touch(&entity, &mut config.sequence)?],
        at: now,
        admin: config.admin,
        proposed,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
