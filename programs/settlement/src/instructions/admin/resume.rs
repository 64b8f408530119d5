use crate::emit::{emit, touch};
use crate::guards;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::Resumed;

/// Puts on record that a pause has ended by itself. Anyone may: the clock stands in for a signer,
/// and nothing depends on it.
#[event_cpi]
#[derive(Accounts)]
pub struct Resume {
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<Resume>) -> Result<()> {
    let (now, _) = guards::now()?;
    let Resume { config, event_authority, .. } = &mut ctx.accounts;
    require!(config.paused_until != 0 && !config.is_paused(now), SettlementError::NotPaused);
    let ended = config.paused_until;
    config.paused_until = 0;
    let entity = *config.address();
    let event = Resumed { entities: [touch(&entity, &mut config.sequence)?], at: now, ended };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
