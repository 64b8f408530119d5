//! Events of meters and arbiters and of their stake.

use super::effects::{Account, Effects};
use super::images::{ROLE_ARBITER, ROLE_METER, ThirdPartyImage};
use super::network::{add, agree, sub};
use super::world::{Contradiction, World};
use bytemuck::Zeroable;
use settlement_interface::events::{
    ArbiterRegistered, MeterRegistered, StakeVouched, UnvouchRequested, VouchedWithdrawn,
};

pub(super) fn meter_registered(world: &mut World, event: &MeterRegistered) -> Result<(), Contradiction> {
    let config = &mut world.config()?.account;
    agree(config.meters, event.index, "the meter's number")?;
    config.meters = add(config.meters, 1, "the number of meters")?;
    let image = ThirdPartyImage {
        role: ROLE_METER,
        key: event.key,
        wallet: event.authority,
        index: event.index,
        registered_at: event.at,
        ..ThirdPartyImage::zeroed()
    };
    world.create(event.meter, image)
}

pub(super) fn arbiter_registered(world: &mut World, event: &ArbiterRegistered) -> Result<(), Contradiction> {
    let config = &mut world.config()?.account;
    agree(config.arbiters, event.index, "the arbiter's number")?;
    config.arbiters = add(config.arbiters, 1, "the number of arbiters")?;
    let image = ThirdPartyImage {
        role: ROLE_ARBITER,
        wallet: event.wallet,
        index: event.index,
        registered_at: event.at,
        ..ThirdPartyImage::zeroed()
    };
    world.create(event.arbiter, image)
}

pub(super) fn vouched(
    world: &mut World,
    event: &StakeVouched,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let vouched = &mut world.third_party(&event.party)?.vouched;
    vouched.stake = add(vouched.stake, event.amount, "the stake")?;
    agree(vouched.stake, event.stake, "the stake")?;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Circulating.whole(), Account::Vouched.of(event.party));
    effects.transfer(mint, event.amount, from, to);
    Ok(())
}

pub(super) fn unvouch_requested(
    world: &mut World,
    event: &UnvouchRequested,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let vouched = &mut world.third_party(&event.party)?.vouched;
    vouched.unbonding = add(vouched.unbonding, event.amount, "the unbonding stake")?;
    agree(vouched.unbonding, event.unbonding, "the unbonding stake")?;
    vouched.available_at = event.available_at;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Vouched.of(event.party), Account::VouchedUnbonding.of(event.party));
    effects.transfer(mint, event.amount, from, to);
    Ok(())
}

pub(super) fn vouched_withdrawn(
    world: &mut World,
    event: &VouchedWithdrawn,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let vouched = &mut world.third_party(&event.party)?.vouched;
    vouched.stake = sub(vouched.stake, event.amount, "the stake")?;
    agree(vouched.stake, event.stake, "the stake")?;
    vouched.unbonding = sub(vouched.unbonding, event.amount, "the unbonding stake")?;
    if vouched.unbonding == 0 {
        vouched.available_at = 0;
    }
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::VouchedUnbonding.of(event.party), Account::Circulating.whole());
    effects.transfer(mint, event.amount, from, to);
    Ok(())
}
