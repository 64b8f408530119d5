use super::change::base;
use crate::emit::{emit, touch};
use crate::guards::{self, same};
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange};
use settlement_interface::change::Change;
use settlement_interface::events::ChangeApplied;

/// Puts a queued change into force and closes it: after its timelock, before it expires, within the
/// bounds of this very program, and only while what it replaces is still in force. Signed by the admin.
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
    same(admin.address(), &config.admin, SettlementError::NotAdmin)?;
    same(rent_payer.address(), &change.rent_payer, SettlementError::WrongRentPayer)?;
    require!(now >= change.applies_from, SettlementError::ChangeWaits);
    require!(now <= change.expires_at, SettlementError::ChangeExpired);
    let wanted = change.change();
    let kind = wanted.validate(config)?; // again: the bounds may be another program version's
    require!(base(kind, config) == change.base, SettlementError::ChangeSuperseded);
    let previous = Change::in_force(kind, config);
    wanted.apply(kind, config);
    let (network, entity) = (*config.address(), *change.address());
    let event = Box::new(ChangeApplied {
        entities: [touch(&network, &mut config.sequence)?, touch(&entity, &mut change.sequence)?],
        at: now,
        by: config.admin,
        rent_payer: change.rent_payer,
        parameters: wanted.parameters,
        previous_parameters: previous.parameters,
        address: wanted.address,
        previous_address: previous.address,
        index: change.index,
        kind: u64::from(change.kind),
        lamports: change.account().lamports(),
    });
    emit(event_authority, ctx.bumps.event_authority, event.as_ref())?;
    change.close(*rent_payer.account())
}
