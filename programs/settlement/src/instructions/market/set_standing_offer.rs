use super::parameters_hash;
use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Provider, StandingOffer};
use settlement_interface::events::StandingOfferSet;
use settlement_interface::rules::check_standing;

/// Sets, replaces or takes back a provider's standing offer. Signed by its authority: this signature is
/// the consent to every job that the offer fits.
#[event_cpi]
#[derive(Accounts)]
pub struct SetStandingOffer {
    /// The provider's authority.
    pub authority: Signer,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration, whose parameters the offer names.
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<SetStandingOffer>, offer: StandingOffer) -> Result<()> {
    let (now, _) = guards::now()?;
    let SetStandingOffer { authority, provider, config, event_authority, .. } = &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    check_standing(&offer, now, &parameters_hash(&config.parameters))?;
    provider.standing = offer;
    let entity = *provider.address();
    let event = StandingOfferSet {
        entities: [touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        offer,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
