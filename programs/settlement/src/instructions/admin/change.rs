//! What `queue_change` and those that apply a change share.

use crate::emit::touch;
use crate::guards::same;
use alloc::boxed::Box;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange};
use settlement_interface::change::{Change, ChangeKind};
use settlement_interface::events::ChangeApplied;

/// Refuses a change that the admin cannot apply at this moment: its signature, the change's timelock, its
/// expiry, the bounds of this very program, and that what it replaces is still in force.
pub fn ripe(
    admin: &Address,
    config: &Config,
    change: &ConfigChange,
    rent_payer: &Address,
    now: i64,
) -> Result<ChangeKind> {
    same(admin, &config.admin, SettlementError::NotAdmin)?;
    same(rent_payer, &change.rent_payer, SettlementError::WrongRentPayer)?;
    require!(now >= change.applies_from, SettlementError::ChangeWaits);
    require!(now <= change.expires_at, SettlementError::ChangeExpired);
    let kind = change.change().validate(config)?; // again: the bounds may be another program version's
    require!(base(kind, config) == change.base, SettlementError::ChangeSuperseded);
    Ok(kind)
}

/// What tells that a change is in force and its account about to close.
pub fn applied(
    config: &mut Account<Config>,
    change: &mut Account<ConfigChange>,
    previous: &Change,
    now: i64,
) -> Result<Box<ChangeApplied>> {
    let (network, entity) = (*config.address(), *change.address());
    let wanted = change.change();
    Ok(Box::new(ChangeApplied {
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
    }))
}

/// What a change of this kind replaces: the sha256 of the parameters in force, or the address. A change
/// is applied only while this is what it was when the change was queued.
pub fn base(kind: ChangeKind, config: &Config) -> [u8; 32] {
    match kind {
        ChangeKind::Parameters => {
            let bytes = bytemuck::bytes_of(&config.parameters);
            anchor_lang::solana_program::hash::hashv(&[bytes]).to_bytes()
        }
        ChangeKind::Guardian | ChangeKind::Treasury | ChangeKind::StableMint => {
            Change::in_force(kind, config).address.to_bytes()
        }
    }
}
