//! What happens when somebody does not do what was agreed, and when nobody had agreed yet.

use super::{BASALT, COBALT, DRIFT, LAB, STARTUP, STUDIO};
use crate::actors::{Deal, minutes};
use crate::failure::Result;
use crate::units::show_tokens;
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;

pub(super) fn lapse(world: &mut World) -> Result<String> {
    let deal = Deal { gpus: 4, offer: minutes(20), start: minutes(40), ..Deal::default() };
    world.offer("ignored", STUDIO, COBALT, &deal)?;
    let offer_by = world.job("ignored")?.terms.order.offer_by;
    world.until(offer_by.saturating_add(1))?;
    world.advance("ignored", JobState::Cancelled)?;
    world.withdraw_all("ignored")?;
    world.reclaim("ignored")?;
    let slashed = world.provider_account(COBALT)?.slashed;
    Ok(format!("nobody accepted; the escrow is back and Cobalt lost {}", show_tokens(slashed)))
}

pub(super) fn cancel(world: &mut World) -> Result<String> {
    world.offer("withdrawn", LAB, BASALT, &Deal { gpus: 4, ..Deal::default() })?;
    world.cancel("withdrawn")?;
    world.withdraw_all("withdrawn")?;
    world.reclaim("withdrawn")?;
    world.offer("regretted", LAB, BASALT, &Deal { gpus: 12, ..Deal::default() })?;
    world.accept("regretted")?;
    world.cancel("regretted")?;
    let fee = world.job("regretted")?.dues.get(1).map_or(0, |due| due.escrow);
    world.withdraw_all("regretted")?;
    Ok(format!("free before acceptance; after it Basalt is paid {} for the wait", show_tokens(fee)))
}

pub(super) fn no_show(world: &mut World) -> Result<String> {
    let deal = Deal { gpus: 40, offer: minutes(15), start: minutes(30), ..Deal::default() };
    world.offer("abandoned", STARTUP, DRIFT, &deal)?;
    world.accept("abandoned")?;
    let start_by = world.job("abandoned")?.terms.order.start_by;
    world.until(start_by.saturating_add(1))?;
    world.mark("abandoned")?;
    world.advance_refused("abandoned", SettlementError::NothingDue)?;
    world.fail("abandoned")?;
    let job = world.job("abandoned")?;
    let due = |party: usize| job.dues.get(party).copied().unwrap_or_default();
    let (harmed, reported) = (due(0).stake, due(2).stake);
    world.withdraw_all("abandoned")?;
    world.settle(&["render", "index"])?;
    world.settle(&["train"])?;
    Ok(format!(
        "Drift is slashed {}: {} to the consumer on top of its escrow, {} to who marked it, the rest burned",
        show_tokens(world.provider_account(DRIFT)?.slashed),
        show_tokens(harmed),
        show_tokens(reported),
    ))
}
