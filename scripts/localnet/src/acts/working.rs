//! Ordinary work: offered, accepted, started, attested, settled.

use super::{AURORA, BASALT, COBALT, LAB, STARTUP, STUDIO};
use crate::actors::{Deal, minutes};
use crate::failure::Result;
use crate::units::{DOLLAR, HOUR, show_tokens, show_usd};
use crate::world::World;

/// Ordinary rounds between the special acts.
const ROUNDS: usize = 2;

pub(super) fn hire(world: &mut World) -> Result<String> {
    world.hire_and_start("render", STUDIO, AURORA, &Deal { gpus: 64, ..Deal::default() })?;
    world.hire_and_start("index", LAB, AURORA, &Deal { gpus: 16, hours: 24, ..Deal::default() })?;
    let train = Deal { gpus: 32, hours: 10, rate: 3_800_000, hardware: 2, ..Deal::default() };
    world.hire_and_start("train", STARTUP, BASALT, &train)?;
    let (render, train) = (world.job("render")?, world.job("train")?);
    Ok(format!(
        "3 running; the largest has {} tokens in escrow for up to {} USD and locks a bond of {}",
        show_tokens(train.escrow.max(render.escrow)),
        show_usd(train.terms.order.budget.max(render.terms.order.budget)),
        show_tokens(train.bond.max(render.bond)),
    ))
}

pub(super) fn settle_together(world: &mut World) -> Result<String> {
    world.pass(HOUR.saturating_mul(2))?;
    world.settle(&["render", "index"])?;
    world.pass(HOUR)?;
    world.settle(&["train"])?;
    let mut burned = 0u64;
    let mut usd = 0u64;
    for name in ["render", "index", "train"] {
        let job = world.job(name)?;
        burned = burned.saturating_add(job.burned);
        usd = usd.saturating_add(job.settled);
    }
    Ok(format!("{} USD of work settled by burning {} tokens", show_usd(usd), show_tokens(burned)))
}

pub(super) fn top_up_and_rotate(world: &mut World) -> Result<String> {
    let more = DOLLAR.saturating_mul(400);
    let tokens = world.worth(more, 130);
    world.top_up("render", tokens, more)?;
    world.pass(minutes(30))?;
    world.rotate("render")?;
    world.pass(minutes(30))?;
    // What the old key attested up to its rotation counts for one receipt grace; then the new one does.
    world.settle(&["render"])?;
    world.settle(&["render"])?;
    let job = world.job("render")?;
    Ok(format!(
        "budget now {} USD; {} receipts by two keys settled {} USD",
        show_usd(job.terms.order.budget),
        job.receipts,
        show_usd(job.settled)
    ))
}

pub(super) fn rounds(world: &mut World) -> Result<String> {
    let mut usd = 0u64;
    for number in 0..ROUNDS {
        usd = usd.saturating_add(round(world, number)?);
    }
    Ok(format!("{ROUNDS} rounds of ordinary work, {} USD settled", show_usd(usd)))
}

/// One round: every consumer hires somebody, all is worked, settled, closed and paid. Returns the
/// micro-dollars settled.
pub fn round(world: &mut World, number: usize) -> Result<u64> {
    let names = ["a", "b", "c"].map(|letter| format!("round {number}{letter}"));
    for (consumer, name) in [STUDIO, LAB, STARTUP].into_iter().zip(&names) {
        let workers = [AURORA, BASALT, COBALT];
        let chosen = usize::try_from(world.dice.between(0, 2)).unwrap_or(0);
        let worker = workers.get(chosen).copied().unwrap_or(AURORA);
        let hardware = world.dice.between(1, 2);
        let asked = world.provider(worker)?.rate.saturating_mul(hardware);
        let deal = Deal {
            gpus: world.dice.between(4, 48),
            hours: 4,
            rate: asked,
            hardware: u16::try_from(hardware).unwrap_or(1),
            ..Deal::default()
        };
        world.hire_and_start(name, consumer, worker, &deal)?;
    }
    for _ in 0..2 {
        let worked = world.dice.between(30, 90);
        world.pass(minutes(i64::try_from(worked).unwrap_or(60)))?;
        for name in &names {
            world.settle(&[name])?;
        }
    }
    for name in &names {
        world.close_by_consumer(name)?;
    }
    let mut usd = 0u64;
    for name in &names {
        world.finish(name)?;
        usd = usd.saturating_add(world.job(name)?.settled);
        world.reclaim(name)?;
        world.jobs.remove(name);
    }
    Ok(usd)
}
