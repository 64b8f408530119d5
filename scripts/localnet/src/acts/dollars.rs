//! The stable rail: work paid in dollars, and the auction in which the take of it buys tokens.

use super::{AURORA, COBALT, STUDIO};
use crate::actors::Deal;
use crate::failure::{Context, Result};
use crate::units::{HOUR, show_tokens, show_usd};
use crate::world::World;
use settlement_interface::accounts::Party;
use solana_signer::Signer;

pub(super) fn pay(world: &mut World) -> Result<String> {
    let deal = Deal { gpus: 128, hours: 6, dollars: true, ..Deal::default() };
    world.hire_and_start("paid in dollars", STUDIO, AURORA, &deal)?;
    world.hire_and_start("paid in dollars too", STUDIO, COBALT, &Deal { gpus: 96, ..deal })?;
    world.pass(HOUR.saturating_mul(2))?;
    world.settle(&["paid in dollars"])?;
    world.settle(&["paid in dollars too"])?;
    world.pass(HOUR)?;
    world.settle(&["paid in dollars"])?;
    world.close_by_consumer("paid in dollars")?;
    world.close_by_provider("paid in dollars too")?;
    let job = world.job("paid in dollars")?;
    for name in ["paid in dollars", "paid in dollars too"] {
        world.finish(name)?;
        world.reclaim(name)?;
    }
    let aurora = world.dollars_of(&world.provider(AURORA)?.authority.pubkey())?;
    (aurora >= job.earned).then_some(()).context("Aurora was not paid")?;
    Ok(format!(
        "two jobs, no price needed; of the {} USD of one Aurora has {}, and {} is the take",
        show_usd(job.settled),
        show_usd(job.earned),
        show_usd(job.take),
    ))
}

pub(super) fn buy_back(world: &mut World) -> Result<String> {
    let started = world.tick_buyback()?;
    // The asking price falls from 110% of the oracle's for as long as prices are seen.
    world.pass(HOUR)?;
    world.tick_buyback()?;
    world.pass(HOUR)?;
    let half = started.lot.checked_div(2).unwrap_or(0);
    let (sold, burned) = world.buy_dollars(half)?;
    (sold == half).then_some(()).context("the buyback sold something else")?;
    Ok(format!(
        "of the {} USD of its round a stranger buys {} with {} tokens, which burn",
        show_usd(started.lot),
        show_usd(sold),
        show_tokens(burned)
    ))
}

/// Pays only the buyback's share of a job that goes on, so that others are left.
pub(super) fn leave_dues(world: &mut World) -> Result<()> {
    let deal = Deal { gpus: 32, hours: 24, dollars: true, ..Deal::default() };
    world.hire_and_start("dollars left", STUDIO, COBALT, &deal)?;
    world.pass(HOUR)?;
    world.settle(&["dollars left"])?;
    world.withdraw("dollars left", Party::Buyback)
}
