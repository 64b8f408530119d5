use crate::emit::{emit, touch};
use crate::guards::{self, oracle};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Price};
use settlement_interface::events::PriceObserved;

/// Records that a price qualifies within the network's limits; that refutes the halt of every job
/// whose own limits it meets too. Anyone may: the price is not the sender's to choose.
#[event_cpi]
#[derive(Accounts)]
pub struct Observe {
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<Observe>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let Observe { config, price, feed, event_authority, .. } = &mut ctx.accounts;
    let quote = oracle::read(config, price, feed.account(), &config.parameters.limits(), now)?;
    let quote = quote.map_err(|_| SettlementError::NoPrice)?;
    let quoted = oracle::record(price, &quote, now, slot);
    let entity = *price.address();
    let event = PriceObserved { entities: [touch(&entity, &mut price.sequence)?], at: now, quoted };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
