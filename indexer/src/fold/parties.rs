//! Events of consumers and providers.

use super::effects::{Account, Effects, Fact, StakeMove};
use super::network::{add, agree, sub};
use super::world::{Contradiction, World};
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::{Consumer, Provider};
use settlement_interface::events::{
    ConsumerRegistered, ProviderRegistered, ProviderUpdated, StakeWithdrawn, Staked, StandingOfferSet,
    UnstakeRequested,
};

pub(super) fn consumer_registered(
    world: &mut World,
    event: &ConsumerRegistered,
) -> Result<(), Contradiction> {
    let config = &mut world.config()?.account;
    agree(config.consumers, event.index, "the consumer's number")?;
    config.consumers = add(config.consumers, 1, "the number of consumers")?;
    let consumer =
        Consumer { wallet: event.wallet, index: event.index, registered_at: event.at, ..Consumer::zeroed() };
    world.create(event.consumer, consumer)
}

pub(super) fn provider_registered(
    world: &mut World,
    event: &ProviderRegistered,
) -> Result<(), Contradiction> {
    let config = &mut world.config()?.account;
    agree(config.providers, event.index, "the provider's number")?;
    config.providers = add(config.providers, 1, "the number of providers")?;
    let provider = Provider {
        authority: event.authority,
        metadata_hash: event.metadata_hash,
        rates: event.rates,
        index: event.index,
        registered_at: event.at,
        decayed_at: event.at,
        ..Provider::zeroed()
    };
    world.create(event.provider, provider)
}

pub(super) fn provider_updated(world: &mut World, event: &ProviderUpdated) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.metadata_hash = event.metadata_hash;
    provider.rates = event.rates;
    Ok(())
}

pub(super) fn standing_offer_set(world: &mut World, event: &StandingOfferSet) -> Result<(), Contradiction> {
    world.provider(&event.provider)?.standing = event.offer;
    Ok(())
}

pub(super) fn staked(world: &mut World, event: &Staked, effects: &mut Effects) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.stake = add(provider.stake, event.amount, "the stake")?;
    agree(provider.stake, event.stake, "the stake")?;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Circulating.whole(), Account::Stake.of(event.provider));
    effects.transfer(mint, event.amount, from, to);
    moved(effects, event.provider, "staked", event.amount, event.stake);
    Ok(())
}

pub(super) fn unstake_requested(
    world: &mut World,
    event: &UnstakeRequested,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.unbonding = add(provider.unbonding, event.amount, "the unbonding stake")?;
    agree(provider.unbonding, event.unbonding, "the unbonding stake")?;
    provider.unbonding_at = event.available_at;
    let stake = provider.stake;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Stake.of(event.provider), Account::Unbonding.of(event.provider));
    effects.transfer(mint, event.amount, from, to);
    moved(effects, event.provider, "requested", event.amount, stake);
    Ok(())
}

pub(super) fn stake_withdrawn(
    world: &mut World,
    event: &StakeWithdrawn,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.stake = sub(provider.stake, event.amount, "the stake")?;
    agree(provider.stake, event.stake, "the stake")?;
    provider.unbonding = sub(provider.unbonding, event.amount, "the unbonding stake")?;
    if provider.unbonding == 0 {
        provider.unbonding_at = 0;
    }
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Unbonding.of(event.provider), Account::Circulating.whole());
    effects.transfer(mint, event.amount, from, to);
    moved(effects, event.provider, "withdrawn", event.amount, event.stake);
    Ok(())
}

fn moved(effects: &mut Effects, provider: Address, kind: &'static str, amount: u64, stake: u64) {
    effects.facts.push(Fact::StakeMove(StakeMove { provider, kind, amount, stake }));
}
