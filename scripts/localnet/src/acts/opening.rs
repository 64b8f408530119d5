//! Wallets are endowed, consumers and providers register, providers stake.

use crate::actors::{Consumer, Provider};
use crate::failure::{Context, Result};
use crate::genesis::endow;
use crate::units::{DOLLAR, show_tokens, tokens};
use crate::world::World;
use solana_signer::Signer;

const CONSUMER_TOKENS: u64 = 200_000;
const CONSUMER_DOLLARS: u64 = 50_000;
const PROVIDER_TOKENS: u64 = 100_000;
const STAKE: u64 = 20_000;

pub(super) fn arrive(world: &mut World) -> Result<String> {
    world.consumers = ["Studio", "Lab", "Startup"].map(Consumer::new).into();
    let providers = [("Aurora", 200), ("Basalt", 190), ("Cobalt", 240), ("Drift", 150)];
    world.providers = providers
        .map(|(name, cents)| Provider::new(name, DOLLAR.saturating_mul(cents).checked_div(100).unwrap_or(0)))
        .into();
    endow_all(world)?;
    register_consumers(world)?;
    register_providers(world)?;
    Ok(format!(
        "{} consumers and {} providers; each provider stakes {} tokens",
        world.consumers.len(),
        world.providers.len(),
        show_tokens(tokens(STAKE))
    ))
}

fn endow_all(world: &World) -> Result<()> {
    let World { chain, officers, addresses, .. } = world;
    for consumer in &world.consumers {
        endow(chain, officers, addresses, &consumer.wallet.pubkey(), CONSUMER_TOKENS)?;
    }
    for provider in &world.providers {
        endow(chain, officers, addresses, &provider.authority.pubkey(), PROVIDER_TOKENS)?;
    }
    endow(chain, officers, addresses, &officers.stranger.pubkey(), 1_000)?;
    for consumer in &world.consumers {
        let dollars = DOLLAR.saturating_mul(CONSUMER_DOLLARS);
        world.hand_out_dollars(&consumer.wallet.pubkey(), dollars)?;
    }
    // Accounts to be paid into, which anyone may open.
    let paid = world.providers.iter().map(|provider| &provider.authority);
    for wallet in paid.chain([&officers.treasury, &officers.stranger]) {
        world.hand_out_dollars(&wallet.pubkey(), 0)?;
    }
    Ok(())
}

fn register_consumers(world: &World) -> Result<()> {
    for consumer in &world.consumers {
        let wallet = consumer.wallet.pubkey();
        // Anyone may register a wallet by paying the rent; here a stranger does.
        let stranger = &world.officers.stranger;
        let register = world.addresses.register_consumer(&stranger.pubkey(), &wallet);
        world.chain.send(&[stranger], &[register]).context(format!("cannot register {}", consumer.name))?;
    }
    Ok(())
}

fn register_providers(world: &mut World) -> Result<()> {
    for place in 0..world.providers.len() {
        let provider = world.provider(place)?;
        let authority = provider.authority.pubkey();
        let rates = provider.rates();
        let register = world.addresses.register_provider(&authority, &authority, &[0; 32], &rates);
        let mut description = [0; 32];
        description.iter_mut().zip(provider.name.bytes()).for_each(|(to, from)| *to = from);
        let update = world.addresses.update_provider(&authority, &description, &rates);
        world
            .chain
            .send(&[&provider.authority], &[register, update])
            .context(format!("cannot register {}", provider.name))?;
        world.stake(place, tokens(STAKE))?;
    }
    Ok(())
}
