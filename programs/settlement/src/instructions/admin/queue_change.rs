use super::change::base;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same, whole};
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange, Layout};
use settlement_interface::change::Change;
use settlement_interface::events::ChangeQueued;

/// Queues a change of the configuration; it may be applied once the timelock in force now has
/// passed, and until it expires. Signed by the admin. Several changes may wait at once.
#[event_cpi]
#[derive(Accounts)]
pub struct QueueChange {
    /// The admin.
    pub admin: Signer,
    /// Pays the rent of the change, and gets it back.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The change.
    #[account(init, payer = payer, space = ConfigChange::LEN, seeds = [b"change", &config.changes.to_le_bytes()], bump)]
    pub change: Account<ConfigChange>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<QueueChange>, wanted: Change) -> Result<()> {
    let (now, _) = guards::now()?;
    let bump = ctx.bumps.change;
    let QueueChange { admin, payer, config, change, event_authority, .. } = &mut ctx.accounts;
    same(admin.address(), &config.admin, SettlementError::NotAdmin)?;
    let kind = wanted.validate(config)?;
    change.rent_payer = *payer.address();
    change.queued_by = *admin.address();
    change.address = wanted.address;
    change.base = base(kind, config);
    change.parameters = wanted.parameters;
    change.index = config.changes;
    change.queued_at = now;
    change.applies_from = whole(now.checked_add(config.parameters.timelock))?;
    change.expires_at = whole(change.applies_from.checked_add(config.parameters.change_expiry))?;
    change.kind = wanted.kind;
    change.bump = bump;
    add(&mut config.changes, 1)?;
    let (network, entity) = (*config.address(), *change.address());
    let event = Box::new(ChangeQueued {
        entities: [touch(&network, &mut config.sequence)?, touch(&entity, &mut change.sequence)?],
        at: now,
        by: change.queued_by,
        rent_payer: change.rent_payer,
        parameters: change.parameters,
        address: change.address,
        base: change.base,
        index: change.index,
        kind: u64::from(change.kind),
        applies_from: change.applies_from,
        expires_at: change.expires_at,
    });
    emit(event_authority, ctx.bumps.event_authority, event.as_ref())
}
