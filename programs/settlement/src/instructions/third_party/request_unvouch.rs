use super::loaded::ThirdParty;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::events::UnvouchRequested;

/// Asks stake of a meter or an arbiter back. A new request adds to the one ticket and restarts its
/// clock. Signed by the third party's wallet.
#[event_cpi]
#[derive(Accounts)]
pub struct RequestUnvouch {
    /// The third party's wallet.
    pub wallet: Signer,
    /// The meter or arbiter.
    /// CHECK: loaded as one of the two.
    #[account(mut)]
    pub third_party: UncheckedAccount,
    /// The network's configuration.
    pub config: Account<Config>,
}

pub(crate) fn handler(ctx: &mut Context<RequestUnvouch>, amount: u64) -> Result<()> {
    let (now, _) = guards::now()?;
    let RequestUnvouch { wallet, third_party, config, event_authority, .. } = &mut ctx.accounts;
    let entity = *third_party.address();
    let mut party = ThirdParty::load(third_party)?;
    same(wallet.address(), &party.wallet(), SettlementError::WrongParty)?;
    require!(amount > 0, SettlementError::ZeroAmount);
    let (vouched, sequence) = party.parts();
    require!(amount <= whole(vouched.free())?, SettlementError::InsufficientStake);
    add(&mut vouched.unbonding, amount)?;
    vouched.available_at = whole(now.checked_add(config.parameters.unbonding))?;
    let event = UnvouchRequested {
        entities: [touch(&entity, sequence)?],
        at: now,
        party: entity,
        amount,
        unbonding: vouched.unbonding,
        available_at: vouched.available_at,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
