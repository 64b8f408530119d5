use crate::emit::{emit, touch};
use crate::guards::{self, same, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Epoch};
use settlement_interface::events::EpochClosed;

/// Closes an epoch that has ended and whose credits are all claimed. Anyone may: nothing can be booked
/// in it or claimed of it any more, and its rent goes to who paid it.
///
/// It never comes back: only the epoch of the current index is opened, the clock never goes back, and
/// `epoch_len` is fixed.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseEpoch {
    /// The epoch.
    #[account(mut)]
    pub epoch: Account<Epoch>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// Who paid the epoch's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<CloseEpoch>) -> Result<()> {
    let (now, _) = guards::now()?;
    let CloseEpoch { epoch, config, rent_payer, event_authority, .. } = &mut ctx.accounts;
    require!(epoch.index < whole(config.epoch_index(now))?, SettlementError::EpochRunning);
    require!(epoch.claimed == epoch.credits, SettlementError::CreditsRemain);
    same(rent_payer.address(), &epoch.rent_payer, SettlementError::WrongRentPayer)?;
    let entity = *epoch.address();
    let event = EpochClosed {
        entities: [touch(&entity, &mut epoch.sequence)?],
        at: now,
        epoch: epoch.index,
        take: epoch.take,
        rebated: epoch.rebated,
        credits: epoch.credits,
        rent_payer: epoch.rent_payer,
        lamports: epoch.account().lamports(),
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    epoch.close(*rent_payer.account())
}
