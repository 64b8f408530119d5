use super::auction::advance;
use crate::emit::{emit, touch};
use crate::guards;
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenAccount;
use settlement_interface::accounts::{Buyback, Config, Price};
use settlement_interface::events::BuybackTicked;

/// Counts the time of a buyback round, by which its asking price falls, or starts a round. Anyone may:
/// a qualifying price stands in for a signer.
///
/// Time counts for an hour after each moment at which a price is known to have qualified, so whoever
/// wants the price to fall sends this every hour.
#[event_cpi]
#[derive(Accounts)]
pub struct TickBuyback {
    /// The network's configuration.
    pub config: Account<Config>,
    /// The buyback.
    #[account(mut)]
    pub buyback: Account<Buyback>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// Holds what is sold.
    #[account(seeds = [b"buyback_vault"], bump = config.buyback_vault_bump)]
    pub buyback_vault: InterfaceAccount<TokenAccount>,
}

pub(crate) fn handler(ctx: &mut Context<TickBuyback>) -> Result<()> {
    let clock = guards::now()?;
    let TickBuyback { config, buyback, price, feed, buyback_vault, event_authority, .. } = &mut ctx.accounts;
    let asked = advance(buyback, config, price, feed.account(), buyback_vault, clock)?;
    let (buyback_address, price_address) = (*buyback.address(), *price.address());
    let event = BuybackTicked {
        entities: [
            touch(&buyback_address, &mut buyback.sequence)?,
            touch(&price_address, &mut price.sequence)?,
        ],
        at: clock.0,
        round: buyback.rounds,
        lot: buyback.lot,
        left: buyback.left,
        elapsed: buyback.elapsed,
        factor_bps: asked.factor_bps,
        quoted: asked.quoted,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
