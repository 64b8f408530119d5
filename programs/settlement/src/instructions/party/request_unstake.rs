use crate::emit::{emit, touch};
use crate::guards::{self, add, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Provider};
use settlement_interface::events::UnstakeRequested;

/// Asks stake back. A new request adds to the one ticket and restarts its clock; what is asked back
/// stays slashable until it is withdrawn. Signed by the provider's authority.
#[event_cpi]
#[derive(Accounts)]
pub struct RequestUnstake {
    /// The provider's authority.
    pub authority: Signer,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<RequestUnstake>, amount: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let RequestUnstake { authority, provider, config, event_authority, .. } = &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    require!(amount > 0, SettlementError::ZeroAmount);
    require!(amount <= whole(provider.free_stake())?, SettlementError::InsufficientStake);
    add(&mut provider.unbonding, amount)?;
    provider.unbonding_at = whole(now.checked_add(config.parameters.unbonding))?;
    require!(provider.invariant(), SettlementError::InvariantViolated);
    let entity = *provider.address();
    let event = UnstakeRequested {
        entities: [touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        amount,
        unbonding: provider.unbonding,
        available_at: provider.unbonding_at,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
