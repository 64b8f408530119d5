use crate::emit::{emit, touch};
use crate::guards::{self, same};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange};
use settlement_interface::events::ChangeCancelled;

/// Gives a queued change up and closes it. Signed by the admin; once it has expired anyone may: it can
/// never be applied, and its rent goes to who paid it.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelChange {
    /// The admin, or anyone.
    pub by: Signer,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The change.
    #[account(mut)]
    pub change: Account<ConfigChange>,
    /// Who paid the change's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<CancelChange>) -> Result<()> {
    let (now, _) = guards::now()?;
    let CancelChange { by, config, change, rent_payer, event_authority, .. } = &mut ctx.accounts;
    if now <= change.expires_at {
        same(by.address(), &config.admin, SettlementError::NotAdmin)?;
    }
    same(rent_payer.address(), &change.rent_payer, SettlementError::WrongRentPayer)?;
    let entity = *change.address();
    let event = ChangeCancelled {
        entities: [touch(&entity, &mut change.sequence)?],
        at: now,
        by: *by.address(),
        rent_payer: change.rent_payer,
        index: change.index,
        kind: u64::from(change.kind),
        expires_at: change.expires_at,
        lamports: change.account().lamports(),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    change.close(*rent_payer.account())
}
