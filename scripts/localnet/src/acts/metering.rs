//! A registered meter: it counts for many jobs at once, and speaks up when a provider is absent.

use super::{AURORA, BASALT, COBALT, DRIFT, LAB, STARTUP, STUDIO};
use crate::actors::{Deal, Seen, minutes};
use crate::failure::{Context, Result};
use crate::units::{HOUR, show_tokens, show_usd};
use crate::world::World;

/// Counted by the meter, with nine tenths of all that it can deliver promised.
pub(super) const METERED: Deal = Deal { gpus: 8, hours: 10, promise: Some(9_000), ..Deal::USUAL };

/// Jobs that the batch counts.
const FLEET: [(&str, usize, usize); 4] = [
    ("fleet a", STUDIO, AURORA),
    ("fleet b", LAB, BASALT),
    ("fleet c", STARTUP, COBALT),
    ("fleet d", LAB, AURORA),
];

pub(super) fn count(world: &mut World) -> Result<String> {
    let settled = count_fleet(world, HOUR)?;
    let names = FLEET.map(|(name, ..)| name);
    for name in names {
        world.finish(name)?;
    }
    world.reclaim("fleet a")?;
    Ok(format!(
        "it vouches with a stake of its own; two signatures for {} receipts of {} jobs, {} USD",
        names.len().saturating_mul(2),
        names.len(),
        show_usd(settled)
    ))
}

/// Registers the meter, has it count all jobs of the fleet twice, each time after `worked` seconds, and closes
/// them. Returns the micro-dollars settled.
pub(super) fn count_fleet(world: &mut World, worked: i64) -> Result<u64> {
    world.register_meter()?;
    for (at, (name, consumer, provider)) in (0u64..).zip(FLEET) {
        let deal = Deal { gpus: at.saturating_add(4), ..METERED };
        world.hire_and_start(name, consumer, provider, &deal)?;
    }
    let names = FLEET.map(|(name, ..)| name);
    for _ in 0..2 {
        world.pass(worked)?;
        world.accept_batch(&names)?;
    }
    let mut settled = 0u64;
    for name in names {
        world.convert(name)?;
        world.close_by_consumer(name)?;
        settled = settled.saturating_add(world.job(name)?.settled);
    }
    Ok(settled)
}

pub(super) fn answered(world: &mut World) -> Result<String> {
    world.hire_and_start("doubted", STUDIO, AURORA, &METERED)?;
    world.pass(minutes(100))?;
    let started = world.job("doubted")?.started_at;
    let gained = refute(world, started.saturating_add(minutes(20)), started.saturating_add(minutes(80)))?;
    world.finish("doubted")?;
    Ok(format!(
        "two receipts of the same meter contradict it; Aurora gets {}, the reporter's bond, and what the meter pledged burns",
        show_tokens(gained)
    ))
}

/// The meter says by mistake that the doubted job stood still, is contradicted by receipts of its own, and the
/// job closes. Returns what its provider gained by the report, base units.
pub(super) fn refute(world: &mut World, from: i64, to: i64) -> Result<u64> {
    let job = world.job("doubted")?;
    let case = world.report_absence("doubted", from, to)?;
    let hire = world.hire("doubted")?;
    let [first, second] = [from, to].map(|through| Seen { units: hire.busy(&job, through), through });
    world.answer_case("doubted", case, first, second)?;
    let gained = world.job("doubted")?.dues.get(1).map_or(0, |due| due.stake);
    (gained > 0).then_some(()).context("the lost report paid nothing")?;
    world.settle(&["doubted"])?;
    world.close_by_provider("doubted")?;
    Ok(gained)
}

pub(super) fn unanswered(world: &mut World) -> Result<String> {
    world.hire_and_start("interrupted", STARTUP, DRIFT, &METERED)?;
    world.pass(minutes(30))?;
    world.settle(&["interrupted"])?;
    let from = world.job("interrupted")?.through;
    world.pass(minutes(90))?;
    let to = world.now()?;
    let before = world.provider_account(DRIFT)?.slashed;
    let case = world.report_absence("interrupted", from, to)?;
    // Once to have it on record, and once for what it costs.
    world.resolve_case("interrupted", case)?;
    world.resolve_case("interrupted", case)?;
    let slashed = world.provider_account(DRIFT)?.slashed.saturating_sub(before);
    let harmed = world.job("interrupted")?.dues.first().map_or(0, |due| due.stake);
    let paid = world.withdraw_case("interrupted", case)?;
    (slashed > 0).then_some(()).context("nothing was taken for the outage")?;
    let bond = world.top_up_bond("interrupted", slashed)?;
    world.close_by_consumer("interrupted")?;
    world.finish("interrupted")?;
    Ok(format!(
        "90 minutes without Drift, no answer in time: {} of its bond lost, {} to the consumer, {} paid to the reporter; topped up to {}",
        show_tokens(slashed),
        show_tokens(harmed),
        show_tokens(paid),
        show_tokens(bond)
    ))
}
