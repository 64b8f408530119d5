//! What happens while that waits.

use super::MOMENT;
use crate::actors::Deal;
use crate::acts::governing::pause_for;
use crate::acts::{AURORA, BASALT, COBALT, LAB, STARTUP, STUDIO, bidding, metering};
use crate::failure::{Context, Result};
use crate::units::{DOLLAR, MINUTE, show_tokens, show_usd};
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::pda;

/// Seconds of bidding.
const BIDDING: i64 = 30;

pub(super) fn settle(world: &mut World) -> Result<String> {
    let mut usd = 0u64;
    for _ in 0..2 {
        world.pass(MOMENT)?;
        world.settle(&["render", "index"])?;
        world.settle(&["train"])?;
    }
    for name in ["render", "index", "train"] {
        usd = usd.saturating_add(world.job(name)?.settled);
    }
    Ok(format!("{} USD, two jobs in one transaction", show_usd(usd)))
}

pub(super) fn rotate(world: &mut World) -> Result<String> {
    let more = DOLLAR.saturating_mul(400);
    world.top_up("render", world.worth(more, 130), more)?;
    world.pass(MOMENT)?;
    world.rotate("render")?;
    world.pass(MOMENT)?;
    // What the old key attested up to its rotation counts for one receipt grace; then the new one does.
    world.settle(&["render"])?;
    world.settle(&["render"])?;
    let receipts = world.job("render")?.receipts;
    Ok(format!("more budget; {receipts} receipts by two keys"))
}

pub(super) fn pause(world: &mut World) -> Result<String> {
    pause_for(world, 10 * MINUTE)?;
    let (open, _) = world.opening("refused", STUDIO, Some(COBALT), &Deal::default())?;
    world.chain.refused(&[&world.consumer(STUDIO)?.wallet], &[open], SettlementError::Paused)?;
    // A pause traps nobody: work settles and rewards are claimed meanwhile.
    world.pass(MOMENT)?;
    world.settle(&["render", "index"])?;
    let claimed = world.claim(AURORA)?;
    world.unpause()?;
    pause_for(world, MINUTE)?;
    world.pass(MINUTE.saturating_add(1))?;
    world.resume()?;
    Ok(format!("opening is refused, settling and claiming go on: Aurora mints {}", show_tokens(claimed)))
}

pub(super) fn auction(world: &mut World) -> Result<String> {
    let deal = Deal { bidding: BIDDING, offer: 20 * MINUTE, ..bidding::AUCTION };
    world.auction("auctioned", LAB, &deal)?;
    world.bid("auctioned", AURORA, DOLLAR.saturating_mul(2))?;
    world.bid("auctioned", BASALT, 1_900_000)?;
    world.withdraw_bid_refused("auctioned", BASALT, SettlementError::BestBid)?;
    let bid_end = world.job("auctioned")?.terms.order.bid_end;
    world.until(bid_end.saturating_add(1))?;
    world.accept_best_bid("auctioned", BASALT)?;
    world.release_bid("auctioned", AURORA)?;
    world.start("auctioned")?;
    world.pass(MOMENT)?;
    world.settle(&["auctioned"])?;
    world.close_by_consumer("auctioned")?;
    let settled = world.job("auctioned")?.settled;
    Ok(format!("Basalt leads, cannot withdraw, wins and settles {}", show_usd(settled)))
}

pub(super) fn standing(world: &mut World) -> Result<String> {
    world.stand(COBALT)?;
    let rate = world.provider(COBALT)?.rate;
    world.offer_to_standing(
        "stood for",
        STARTUP,
        COBALT,
        &Deal { gpus: 12, hours: 8, rate, ..Deal::default() },
    )?;
    world.start("stood for")?;
    world.pass(MOMENT)?;
    world.settle(&["stood for"])?;
    world.close_by_provider("stood for")?;
    let settled = world.job("stood for")?.settled;
    Ok(format!("in the transaction that opens the job; {} USD settled", show_usd(settled)))
}

pub(super) fn outages(world: &mut World) -> Result<String> {
    let job = world.job("doubted")?;
    let from = job.started_at.saturating_add(MOMENT);
    // Nothing shorter than a grace counts.
    let to = from.saturating_add(job.terms.parameters.grace).saturating_add(MOMENT);
    world.until(to.saturating_add(MOMENT))?;
    let gained = metering::refute(world, from, to)?;
    // The other one is true.
    let absent = world.job("interrupted")?;
    world.report_absence("interrupted", absent.started_at, to)?;
    Ok(format!("two receipts of the same meter contradict one: Aurora gets {}", show_tokens(gained)))
}

pub(super) fn stale(world: &mut World) -> Result<String> {
    let config: Config = world.chain.read(&pda::config())?;
    world.set_feed_silent(true)?;
    world.pass(i64::from(config.parameters.max_age).saturating_add(20))?;
    world.settle(&["train"])?;
    let waiting = world.job("train")?.outstanding().context("a job's figures contradict each other")?;
    (waiting > 0).then_some(()).context("train converted at a stale price")?;
    world.convert_refused("train", SettlementError::NoPrice)?;
    world.set_feed_silent(false)?;
    world.observe()?;
    world.convert("train")?;
    Ok(format!("{} USD wait; once it is fresh a stranger converts them", show_usd(waiting)))
}
