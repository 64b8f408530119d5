use super::update_provider::rate_card;
use crate::emit::{emit, touch};
use crate::guards::{self, add};
use anchor_lang::prelude::*;
use settlement_interface::accounts::{Config, Layout, Provider, RATES, RateEntry};
use settlement_interface::events::ProviderRegistered;

/// Registers a provider. Signed by its authority, the wallet that acts for it and is paid.
#[event_cpi]
#[derive(Accounts)]
pub struct RegisterProvider {
    /// Pays the rent.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The provider's authority.
    pub authority: Signer,
    /// Its provider account.
    #[account(init, payer = payer, space = Provider::LEN, seeds = [b"provider", authority.address().as_ref()], bump)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(
    ctx: &mut Context<RegisterProvider>,
    metadata_hash: [u8; 32],
    rates: [RateEntry; RATES],
) -> Result<()> {
    let (now, _) = guards::now()?;
    let bump = ctx.bumps.provider;
    rate_card(&rates)?;
    let RegisterProvider { authority, provider, config, event_authority, .. } = &mut ctx.accounts;
    provider.authority = *authority.address();
    provider.metadata_hash = metadata_hash;
    provider.rates = rates;
    provider.index = config.providers;
    provider.registered_at = now;
    provider.decayed_at = now;
    provider.bump = bump;
    add(&mut config.providers, 1)?;
    let (network, entity) = (*config.address(), *provider.address());
    let event = ProviderRegistered {
        entities: [touch(&network, &mut config.sequence)?, touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        authority: provider.authority,
        metadata_hash,
        rates,
        index: provider.index,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
