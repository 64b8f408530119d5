//! What begins first, because it waits longest.

use super::MOMENT;
use crate::actors::Deal;
use crate::acts::metering::{self, METERED};
use crate::acts::{AURORA, BASALT, COBALT, DRIFT, LAB, STARTUP, STUDIO, changing};
use crate::failure::Result;
use crate::units::show_usd;
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::change::Change;

/// Seconds in which an offer is ignored, and in which an accepted job is not started.
const PATIENCE: i64 = 15;

pub(super) fn announce(world: &mut World) -> Result<String> {
    world.queue(&Change::stable_mint(world.rail.mint))?;
    changing::announce_lower_take(world, 0)?;
    Ok("a stablecoin and a lower take wait for their timelock, early is refused; another guardian is cancelled".into())
}

pub(super) fn count(world: &mut World) -> Result<String> {
    // One that will fall silent: started, and never heard of again.
    world.hire_and_start("silent", LAB, BASALT, &Deal { gpus: 2, silence: 300, ..Deal::default() })?;
    let settled = metering::count_fleet(world, MOMENT)?;
    // Reported later, each an outage of its own.
    world.hire_and_start("doubted", STUDIO, AURORA, &METERED)?;
    world.hire_and_start("interrupted", STARTUP, DRIFT, &METERED)?;
    Ok(format!("two signatures for the receipts of all its jobs, {} USD", show_usd(settled)))
}

pub(super) fn miss(world: &mut World) -> Result<String> {
    let ignored = Deal { gpus: 4, offer: PATIENCE, start: PATIENCE, ..Deal::default() };
    world.offer("ignored", STUDIO, COBALT, &ignored)?;
    world.offer("abandoned", STARTUP, DRIFT, &Deal { gpus: 40, ..ignored })?;
    world.accept("abandoned")?;
    let start_by = world.job("abandoned")?.terms.order.start_by;
    world.until(start_by.saturating_add(1))?;
    world.advance("ignored", JobState::Cancelled)?;
    world.withdraw_all("ignored")?;
    world.reclaim("ignored")?;
    world.mark("abandoned")?;
    world.advance_refused("abandoned", SettlementError::NothingDue)?;
    Ok("nobody accepted, the escrow is back; Drift accepted and did not start, which is on record".into())
}
