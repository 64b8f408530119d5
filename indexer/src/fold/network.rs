//! Events of the network as a whole.

use super::effects::{Account, Effects, Fact, Price as PriceFact};
use super::images::ConfigImage;
use super::world::{Contradiction, World, singletons};
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::{Config, Price, Totals};
use settlement_interface::events::{
    AdminAccepted, AdminProposed, Initialized, Paused, PriceObserved, Quoted, Resumed, Touched, Unpaused,
};

/// `a + b`, or that `what` left its range.
pub(super) fn add(a: u64, b: u64, what: &str) -> Result<u64, Contradiction> {
    a.checked_add(b).ok_or_else(|| Contradiction(format!("{what} would exceed 64 bits")))
}

/// A figure, or that `what` would not fit.
pub(super) fn within<T>(figure: Option<T>, what: &str) -> Result<T, Contradiction> {
    figure.ok_or_else(|| Contradiction(format!("{what} would exceed 64 bits")))
}

/// `a - b`, or that `what` would be negative.
pub(super) fn sub(a: u64, b: u64, what: &str) -> Result<u64, Contradiction> {
    a.checked_sub(b).ok_or_else(|| Contradiction(format!("{what} would be negative ({a} less {b})")))
}

/// A code of eight bits that an event gives in 64.
pub(super) fn code(value: u64, what: &str) -> Result<u8, Contradiction> {
    u8::try_from(value).map_err(|_| Contradiction(format!("{value} is no {what}")))
}

/// That what the event states is what its predecessors lead to.
pub(super) fn agree(computed: u64, stated: u64, what: &str) -> Result<(), Contradiction> {
    if computed == stated {
        return Ok(());
    }
    Err(Contradiction(format!("{what} would be {computed}, the event says {stated}")))
}

/// The zero address as nothing.
pub(super) fn present(address: Address) -> Option<Address> {
    (address != Touched::NOTHING.entity).then_some(address)
}

pub(super) fn initialized(
    world: &mut World,
    event: &Initialized,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let decimals = u8::try_from(event.decimals)
        .map_err(|_| Contradiction(format!("a mint cannot have {} decimals", event.decimals)))?;
    let account = Config {
        admin: event.admin,
        guardian: event.guardian,
        treasury: event.treasury,
        mint: event.mint,
        feed: event.feed,
        feed_id: event.feed_id,
        cluster: event.cluster,
        receipt_domain: event.receipt_domain,
        parameters: event.parameters,
        genesis_supply: event.genesis_supply,
        initialized_at: event.at,
        decimals,
        ..Config::zeroed()
    };
    let config = ConfigImage { account, stake_vault: event.stake_vault };
    world.create(singletons().config, config)?;
    world.create(singletons().price, Price { seen_at: event.at, ..Price::zeroed() })?;
    world.create(singletons().totals, Totals::zeroed())?;
    let (genesis, circulating) = (Account::Genesis.whole(), Account::Circulating.whole());
    effects.transfer(event.mint, event.genesis_supply, genesis, circulating);
    Ok(())
}

pub(super) fn admin_proposed(world: &mut World, event: &AdminProposed) -> Result<(), Contradiction> {
    world.config()?.account.pending_admin = event.proposed;
    Ok(())
}

pub(super) fn admin_accepted(world: &mut World, event: &AdminAccepted) -> Result<(), Contradiction> {
    let config = &mut world.config()?.account;
    config.admin = event.admin;
    config.pending_admin = Touched::NOTHING.entity;
    Ok(())
}

pub(super) fn paused(world: &mut World, event: &Paused) -> Result<(), Contradiction> {
    world.config()?.account.paused_until = event.until;
    Ok(())
}

pub(super) fn unpaused(world: &mut World, _: &Unpaused) -> Result<(), Contradiction> {
    world.config()?.account.paused_until = 0;
    Ok(())
}

pub(super) fn resumed(world: &mut World, _: &Resumed) -> Result<(), Contradiction> {
    world.config()?.account.paused_until = 0;
    Ok(())
}

pub(super) fn price_observed(
    world: &mut World,
    event: &PriceObserved,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    quoted(world, &event.quoted, event.at, effects)
}

/// Records a price that qualified.
pub(super) fn quoted(
    world: &mut World,
    quoted: &Quoted,
    at: i64,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let price = world.price(&singletons().price)?;
    if quoted.publish_time < price.publish_time {
        return Err(Contradiction("its price is older than the last one".into()));
    }
    price.spot = quoted.spot;
    price.confidence = quoted.confidence;
    price.average = quoted.average;
    price.publish_time = quoted.publish_time;
    price.slot = quoted.slot;
    price.seen_at = at;
    price.exponent = quoted.exponent;
    effects.facts.push(Fact::Price(PriceFact(*quoted)));
    Ok(())
}
