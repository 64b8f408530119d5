//! Events of changes of the configuration.

use super::images::{CHANGE_APPLIED, CHANGE_CANCELLED, CHANGE_EXPIRED, CHANGE_WAITING, ChangeImage};
use super::network::{add, agree, code};
use super::world::{Contradiction, World};
use bytemuck::Zeroable;
use settlement_interface::accounts::ConfigChange;
use settlement_interface::change::{Change, ChangeKind};
use settlement_interface::events::{ChangeApplied, ChangeCancelled, ChangeQueued, Touched};

pub(super) fn queued(world: &mut World, event: &ChangeQueued) -> Result<(), Contradiction> {
    let [_, entity] = event.entities.map(|touched: Touched| touched.entity);
    let config = &mut world.config()?.account;
    agree(config.changes, event.index, "the change's number")?;
    config.changes = add(config.changes, 1, "the number of changes")?;
    let account = ConfigChange {
        rent_payer: event.rent_payer,
        queued_by: event.by,
        address: event.address,
        base: event.base,
        parameters: event.parameters,
        index: event.index,
        queued_at: event.at,
        applies_from: event.applies_from,
        expires_at: event.expires_at,
        kind: code(event.kind, "kind of change")?,
        ..ConfigChange::zeroed()
    };
    world.create(entity, ChangeImage { account, state: CHANGE_WAITING, ..ChangeImage::zeroed() })
}

pub(super) fn applied(world: &mut World, event: &ChangeApplied) -> Result<(), Contradiction> {
    let [_, entity] = event.entities.map(|touched: Touched| touched.entity);
    let wanted = Change {
        parameters: event.parameters,
        address: event.address,
        kind: code(event.kind, "kind of change")?,
    };
    let kind = ChangeKind::from_code(wanted.kind)
        .ok_or_else(|| Contradiction(format!("{} is no kind of change", event.kind)))?;
    let image = world.change(&entity)?;
    if image.account.change() != wanted {
        return Err(Contradiction("it applies what was not queued".into()));
    }
    (image.previous_parameters, image.previous_address) = (event.previous_parameters, event.previous_address);
    (image.state, image.decided_at, image.decided_by) = (CHANGE_APPLIED, event.at, event.by);
    let config = &mut world.config()?.account;
    let previous = Change::in_force(kind, config);
    if (previous.parameters, previous.address) != (event.previous_parameters, event.previous_address) {
        return Err(Contradiction("what it replaces was not in force".into()));
    }
    wanted.apply(kind, config);
    Ok(())
}

pub(super) fn cancelled(world: &mut World, event: &ChangeCancelled) -> Result<(), Contradiction> {
    let [entity] = event.entities.map(|touched: Touched| touched.entity);
    let image = world.change(&entity)?;
    image.state = if event.at > event.expires_at { CHANGE_EXPIRED } else { CHANGE_CANCELLED };
    (image.decided_at, image.decided_by) = (event.at, event.by);
    Ok(())
}
