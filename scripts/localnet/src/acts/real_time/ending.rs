//! How it all ends, an hour later.

use super::{CLOSED, MOMENT};
use crate::actors::Deal;
use crate::acts::disputing::{self, DISPUTED};
use crate::acts::metering::METERED;
use crate::acts::{AURORA, COBALT, DRIFT, LAB, STUDIO};
use crate::acts::{changing, ending, today};
use crate::failure::{Context, Result};
use crate::units::{show_tokens, show_usd};
use crate::world::World;
use settlement_interface::accounts::{ConfigChange, JobState, Party};
use settlement_interface::pda;

/// Number of the announced change that names the stablecoin.
const STABLECOIN: u64 = 0;
/// The lower take.
const LOWER_TAKE: u64 = 1;

pub(super) fn close(world: &mut World) -> Result<String> {
    let quiet = world.job("silent")?;
    let heard = quiet.started_at.max(quiet.through);
    world.until(heard.saturating_add(quiet.terms.order.silence_max).saturating_add(1))?;
    world.advance("silent", JobState::Closing)?;
    world.close_by_consumer("render")?;
    world.close_by_provider("index")?;
    world.pass(MOMENT)?;
    // Late receipts: up to the closing, within the grace.
    world.settle(&["render", "index"])?;
    Ok("by consumer, by provider, by silence; late receipts count up to the closing".into())
}

pub(super) fn wait(world: &mut World) -> Result<String> {
    let change: ConfigChange = world.chain.read(&pda::change(LOWER_TAKE))?;
    world.until(change.applies_from.saturating_add(1))?;
    for name in CLOSED {
        let job = world.job(name)?;
        (job.state() == Some(JobState::Closing)).then_some(()).context(format!("{name} is not closing"))?;
        let waits = &job.terms.parameters;
        world.outlast((job.closing_at, job.closing_slot), waits.receipt_grace.max(waits.case_window))?;
    }
    world.settle(&["train"])?;
    let settled = world.job("train")?.settled;
    Ok(format!(
        "receipts' grace, cases' window and a timelock are over; train settled {} USD",
        show_usd(settled)
    ))
}

pub(super) fn slash(world: &mut World) -> Result<String> {
    world.fail("abandoned")?;
    world.withdraw_all("abandoned")?;
    Ok(format!("Drift lost {}", show_tokens(world.provider_account(DRIFT)?.slashed)))
}

pub(super) fn finish(world: &mut World) -> Result<String> {
    let mut refunded = 0u64;
    for name in CLOSED.into_iter().chain([DISPUTED]) {
        refunded = refunded.saturating_add(world.job(name)?.escrow);
        world.finish(name)?;
    }
    // `index` holds a stranger's gift, which goes to the consumer when the vault closes.
    let reclaimed = ["index", "silent", "fleet a"];
    for name in reclaimed {
        world.reclaim(name)?;
    }
    Ok(format!(
        "{} jobs, {} tokens refunded, {} vaults reclaimed",
        CLOSED.len().saturating_add(1),
        show_tokens(refunded),
        reclaimed.len()
    ))
}

pub(super) fn apply(world: &mut World) -> Result<String> {
    changing::apply_lower_take(world, LOWER_TAKE)?;
    changing::open(world, STABLECOIN)
}

pub(super) fn dollars(world: &mut World) -> Result<String> {
    let deal = Deal { gpus: 16_384, hours: 1, dollars: true, ..Deal::default() };
    world.hire_and_start("paid in dollars", STUDIO, AURORA, &deal)?;
    world.hire_and_start("dollars left", STUDIO, COBALT, &Deal { gpus: 96, ..deal })?;
    world.pass(MOMENT.saturating_mul(3))?;
    for name in ["paid in dollars", "dollars left"] {
        world.settle(&[name])?;
        world.withdraw(name, Party::Buyback)?;
    }
    world.withdraw("paid in dollars", Party::Provider)?;
    world.tick_buyback()?;
    world.pass(MOMENT)?;
    let lot = world.tick_buyback()?.lot;
    let (sold, burned) = world.buy_dollars(lot.checked_div(2).unwrap_or(0))?;
    (sold > 0).then_some(()).context("the buyback sold nothing")?;
    world.close_by_consumer("paid in dollars")?;
    let settled = world.job("paid in dollars")?.settled;
    Ok(format!(
        "{} USD settled; a stranger buys {} of the take with {} tokens, which burn",
        show_usd(settled),
        show_usd(sold),
        show_tokens(burned)
    ))
}

pub(super) fn claim(world: &mut World) -> Result<String> {
    // On record; what it costs waits one grace, which an epoch outlasts.
    world.resolve_case("interrupted", 0)?;
    // Absent for as long, reported at the end.
    world.hire_and_start("absent", LAB, AURORA, &METERED)?;
    ending::claim(world)
}

pub(super) fn unanswered(world: &mut World) -> Result<String> {
    let before = world.provider_account(DRIFT)?.slashed;
    world.resolve_case("interrupted", 0)?;
    let slashed = world.provider_account(DRIFT)?.slashed.saturating_sub(before);
    let paid = world.withdraw_case("interrupted", 0)?;
    (slashed > 0).then_some(()).context("nothing was taken for the outage")?;
    world.top_up_bond("interrupted", slashed)?;
    world.close_by_consumer("interrupted")?;
    Ok(format!("{} of Drift's bond lost, {} paid to the reporter", show_tokens(slashed), show_tokens(paid)))
}

pub(super) fn leave_open(world: &mut World) -> Result<String> {
    disputing::leave_open(world, MOMENT)?;
    world.hire_and_start("live", STUDIO, AURORA, &Deal { gpus: 16, hours: 48, ..Deal::default() })?;
    world.pass(MOMENT.saturating_mul(2))?;
    world.settle(&["live"])?;
    today::leave_offers(world)?;
    today::ask_stakes_back(world)?;
    today::announce_longer_grace(world)?;
    world.settle(&["dollars left"])?;
    Ok("an auction, offered, assigned and running jobs, a case, a dispute, a buyback, a change: all open"
        .into())
}
