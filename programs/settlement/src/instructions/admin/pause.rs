use crate::emit::{emit, touch};
use crate::guards::{self, whole};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Pause};
use settlement_interface::events::Paused;
use settlement_interface::parameters::DAY;

/// Any stretch of this length holds at most `pause_max` of pauses.
const WINDOW: i64 = 30 * DAY;

/// Pauses opening, accepting and bidding, nothing else. Signed by admin or guardian. Ends by itself.
#[event_cpi]
#[derive(Accounts)]
pub struct PauseNetwork {
    /// Admin or guardian.
    pub by: Signer,
    /// The network's configuration.
    #[account(mut)]
    pub config: Account<Config>,
}

/// Seconds of `pause` that lie at `since` or later.
fn within(pause: &Pause, since: i64) -> i64 {
    pause.until.saturating_sub(pause.from.max(since)).max(0)
}

/// Remembers a pause if all pauses within the 30 days that end with it stay within `pause_max`.
/// Earlier windows were checked when their pauses began; later ones hold no more than this one.
fn remember(config: &mut Config, new: Pause) -> Result<()> {
    let since = new.until.saturating_sub(WINDOW);
    let used =
        config.pauses.iter().chain([&new]).fold(0i64, |sum, pause| sum.saturating_add(within(pause, since)));
    require!(used <= config.parameters.pause_max, SettlementError::PauseBudget);
    if let Some(forgotten) = config.pauses.iter_mut().find(|pause| within(pause, since) == 0) {
        *forgotten = new;
        return Ok(());
    }
    // Many short pauses: the latest one moves next to this one, which can only count for longer.
    let latest = whole(config.pauses.iter_mut().max_by_key(|pause| pause.until))?;
    let length = latest.until.saturating_sub(latest.from);
    *latest = Pause { from: new.from.saturating_sub(length), until: new.until };
    Ok(())
}

pub(crate) fn handler(ctx: &mut Context<PauseNetwork>, seconds: u32) -> Result<()> {
    let (now, _) = guards::now()?;
    let PauseNetwork { by, config, event_authority, .. } = &mut ctx.accounts;
    let is = |key: &Address| anchor_lang::address_eq(by.address(), key);
    require!(is(&config.admin) || is(&config.guardian), SettlementError::NotGuardian);
    require!(seconds > 0, SettlementError::ZeroAmount);
    require!(!config.is_paused(now), SettlementError::PausedAlready);
    let until = whole(now.checked_add(i64::from(seconds)))?;
    remember(config, Pause { from: now, until })?;
    config.paused_until = until;
    let entity = *config.address();
    let event =
        Paused { entities: [touch(&entity, &mut config.sequence)?], at: now, by: *by.address(), until };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
