//! Jobs that nobody was named for in person: an auction, and a standing offer.

use super::{AURORA, BASALT, COBALT, LAB, STARTUP};
use crate::actors::{Deal, minutes};
use crate::failure::{Context, Result};
use crate::units::{DOLLAR, HOUR, show_usd};
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;

/// In an auction until `bidding` has passed, then accepted by anyone.
pub(super) const AUCTION: Deal =
    Deal { gpus: 24, rate: 2_500_000, bidding: 30 * 60, offer: HOUR, ..Deal::USUAL };

pub(super) fn auction(world: &mut World) -> Result<String> {
    world.auction("auctioned", LAB, &AUCTION)?;
    world.bid("auctioned", AURORA, DOLLAR.saturating_mul(2))?;
    world.bid("auctioned", COBALT, 1_950_000)?;
    world.pass(minutes(10))?;
    world.bid("auctioned", BASALT, 1_900_000)?;
    // Less than a hundredth below the best: kept, but it does not lead.
    world.bid("auctioned", AURORA, 1_890_000)?;
    world.withdraw_bid_refused("auctioned", BASALT, SettlementError::BestBid)?;
    let bid_end = world.job("auctioned")?.terms.order.bid_end;
    world.until(bid_end.saturating_add(1))?;
    world.accept_best_bid("auctioned", BASALT)?;
    for loser in [AURORA, COBALT] {
        world.release_bid("auctioned", loser)?;
    }
    world.start("auctioned")?;
    world.pass(HOUR)?;
    world.settle(&["auctioned"])?;
    let job = world.job("auctioned")?;
    (job.terms.order.rate == 1_900_000).then_some(()).context("the winner's rate is not the job's")?;
    world.close_by_consumer("auctioned")?;
    world.finish("auctioned")?;
    Ok(format!(
        "{} bids from a ceiling of 2.50 USD; Basalt leads, cannot withdraw, wins at {} and settles {}",
        job.bids.saturating_add(1),
        show_usd(job.terms.order.rate),
        show_usd(job.settled),
    ))
}

pub(super) fn standing(world: &mut World) -> Result<String> {
    world.stand(COBALT)?;
    let rate = world.provider(COBALT)?.rate;
    let deal = Deal { gpus: 12, hours: 8, rate, ..Deal::default() };
    world.offer_to_standing("stood for", STARTUP, COBALT, &deal)?;
    let state = world.job("stood for")?.state();
    (state == Some(JobState::Assigned)).then_some(()).context("the standing offer did not accept")?;
    world.start("stood for")?;
    world.pass(HOUR)?;
    world.settle(&["stood for"])?;
    world.close_by_provider("stood for")?;
    world.finish("stood for")?;
    let settled = world.job("stood for")?.settled;
    Ok(format!(
        "opened and accepted in one transaction, which Startup alone signs; {} USD settled",
        show_usd(settled)
    ))
}
