//! The chain's clock reaches the reader's, and something is left open in every place.

use super::{AURORA, BASALT, COBALT, DRIFT, LAB, STARTUP, STUDIO};
use super::{bidding, disputing, dollars, metering};
use crate::actors::{Deal, minutes};
use crate::failure::{Context, Result};
use crate::market::wall_clock;
use crate::units::{DOLLAR, HOUR, tokens};
use crate::world::World;
use settlement_interface::accounts::{Config, JobState, Party};
use settlement_interface::change::Change;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use solana_signer::Signer;

pub(super) fn open_ends(world: &mut World) -> Result<String> {
    world.until(wall_clock()?.saturating_sub(HOUR.saturating_mul(6)))?;
    dollars::leave_dues(world)?;
    disputing::leave_open(world, HOUR)?;
    world.until(wall_clock()?.saturating_sub(HOUR.saturating_mul(3)))?;
    // A provider failed again, and part of what that cost it has not been withdrawn.
    let deal = Deal { gpus: 10, offer: minutes(10), start: minutes(20), ..Deal::default() };
    world.offer("unclaimed", LAB, DRIFT, &deal)?;
    world.accept("unclaimed")?;
    // Work whose rewards wait to be minted, in a job that goes on.
    let long = Deal { gpus: 16, hours: 48, ..Deal::default() };
    world.hire_and_start("live", STUDIO, AURORA, &long)?;
    world.hire_and_start("shadow", STARTUP, COBALT, &Deal { gpus: 6, hours: 48, ..Deal::default() })?;
    world.pass(HOUR)?;
    world.mark("unclaimed")?;
    world.settle(&["live"])?;
    world.settle(&["shadow"])?;
    world.pass(minutes(15))?;
    world.advance("unclaimed", JobState::Failed)?;
    world.withdraw("unclaimed", Party::Reporter)?;
    // An outage that can still be answered.
    world.hire_and_start("absent", LAB, AURORA, &metering::METERED)?;
    // Accepted and not converted.
    world.set_feed_silent(true)?;
    world.pass(minutes(30))?;
    world.settle(&["shadow"])?;
    world.set_feed_silent(false)?;
    // Stake on its way out.
    ask_stakes_back(world)?;

    world.until(wall_clock()?)?;
    world.settle(&["live"])?;
    leave_offers(world)?;
    world.bid("in auction", BASALT, 1_900_000)?;
    world.stand(COBALT)?;
    announce_longer_grace(world)?;
    Ok("an auction, offered, assigned, running and failed jobs, a case, a dispute, a buyback, a change: all open; the clock is the reader's".into())
}

/// A case that can still be answered, a job offered, one accepted, and one in an auction with a bid.
pub(super) fn leave_offers(world: &mut World) -> Result<()> {
    let (from, to) = (world.job("absent")?.started_at, world.now()?);
    world.report_absence("absent", from, to)?;
    world.offer("offered", STARTUP, BASALT, &Deal { gpus: 8, ..Deal::default() })?;
    world.offer("assigned", LAB, COBALT, &Deal { gpus: 8, ..Deal::default() })?;
    world.accept("assigned")?;
    world.auction("in auction", STARTUP, &bidding::AUCTION)?;
    world.bid("in auction", AURORA, DOLLAR.saturating_mul(2))
}

/// A provider and the meter's keeper ask for a part of their stake.
pub(super) fn ask_stakes_back(world: &World) -> Result<()> {
    let authority = &world.provider(BASALT)?.authority;
    let request = world.addresses.request_unstake(&authority.pubkey(), tokens(700));
    world.chain.send(&[authority], &[request]).context("cannot ask stake back")?;
    world.request_unvouch(tokens(900))
}

/// A change that waits for its timelock.
pub(super) fn announce_longer_grace(world: &World) -> Result<()> {
    let config: Config = world.chain.read(&pda::config())?;
    let longer = Parameters { grace: config.parameters.grace.saturating_mul(2), ..config.parameters };
    world.queue(&Change::parameters(longer))?;
    Ok(())
}
