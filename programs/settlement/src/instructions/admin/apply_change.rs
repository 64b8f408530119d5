use super::change::{applied, ripe};
use crate::emit::emit;
use crate::guards;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange};
use settlement_interface::change::{Change, ChangeKind};

/// Puts a queued change into force and closes it: after its timelock, before it expires, within the
/// bounds of this very program, and only while what it replaces is still in force. Signed by the admin.
/// The stablecoin is named by `open_stable_rail`.
#[event_cpi]
#[derive(Accounts)]
pub struct ApplyChange {
    /// The admin.
    pub admin: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The change.
    #[account(mut)]
    pub change: Account<ConfigChange>,
    /// Who paid the change's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<ApplyChange>) -> Result<()> {
    let (now, _) = guards::now()?;
    let ApplyChange { admin, config, change, rent_payer, event_authority, .. } = &mut ctx.accounts;
    let kind = ripe(admin.address(), config, change, rent_payer.address(), now)?;
    require!(kind != ChangeKind::StableMint, SettlementError::OpensRail);
    let previous = Change::in_force(kind, config);
    change.change().apply(kind, config);
    let event = applied(config, change, &previous, now)?;
    emit(event_authority, ctx.bumps.event_authority, event.as_ref())?;
    change.close(*rent_payer.account())
}
