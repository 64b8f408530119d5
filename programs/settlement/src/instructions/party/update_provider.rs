use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Provider, RATES, RateEntry};
use settlement_interface::events::ProviderUpdated;

/// Replaces a provider's description and rate card. Signed by its authority.
#[event_cpi]
#[derive(Accounts)]
pub struct UpdateProvider {
    /// The provider's authority.
    pub authority: Signer,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
}

/// Refuses two rates for one hardware class. An entry with rate 0 is unused and must be all zero.
pub(crate) fn rate_card(rates: &[RateEntry; RATES]) -> Result<()> {
    for (at, entry) in rates.iter().enumerate() {
        let clean = entry.reserved == [0; 6] && (entry.rate != 0 || entry.hardware == 0);
        let again = rates
            .iter()
            .skip(at.saturating_add(1))
            .any(|other| other.rate != 0 && other.hardware == entry.hardware);
        require!(clean && !(entry.rate != 0 && again), SettlementError::TooManyRates);
    }
    Ok(())
}

pub(crate) fn handler(
    ctx: &mut Context<UpdateProvider>,
    metadata_hash: [u8; 32],
    rates: [RateEntry; RATES],
) -> Result<()> {
    let (now, _) = guards::now()?;
    rate_card(&rates)?;
    let UpdateProvider { authority, provider, event_authority, .. } = &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    provider.metadata_hash = metadata_hash;
    provider.rates = rates;
    let entity = *provider.address();
    let event = ProviderUpdated {
        entities: [touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        metadata_hash,
        rates,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
