use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::Unpaused;

/// Lifts a pause before it ends; what is left of it counts as not used. Signed by the admin.
#[event_cpi]
#[derive(Accounts)]
pub struct Unpause {
    /// The admin.
    pub admin: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<Unpause>) -> Result<()> {
    let (now, _) = guards::now()?;
    let Unpause { admin, config, event_authority, .. } = &mut ctx.accounts;
    same(admin.address(), &config.admin, SettlementError::NotAdmin)?;
    require!(config.is_paused(now), SettlementError::NotPaused);
    for pause in &mut config.pauses {
        pause.until = pause.until.min(now);
    }
    config.paused_until = 0;
    let entity = *config.address();
    let event = Unpaused { entities: [touch(&entity, &mut config.sequence)?], at: now, by: config.admin };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
