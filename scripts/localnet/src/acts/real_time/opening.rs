//! What begins first, because it waits longest.

use super::MOMENT;
use crate::actors::Deal;
use crate::acts::metering::{FLEET, METERED};
use crate::acts::{BASALT, COBALT, DRIFT, LAB, STARTUP, STUDIO};
use crate::failure::{Context, Result};
use crate::units::show_usd;
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, JobState};
use settlement_interface::change::Change;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use solana_signer::Signer;

/// Seconds in which an offer is ignored, and in which an accepted job is not started.
const PATIENCE: i64 = 15;

pub(super) fn announce(world: &mut World) -> Result<String> {
    world.queue(&Change::stable_mint(world.rail.mint))?;
    let config: Config = world.chain.read(&pda::config())?;
    let lower = world.queue(&Change::parameters(Parameters { take_bps: 450, ..config.parameters }))?;
    // The guardian that somebody asks for is thought better of.
    let mistaken = world.queue(&Change::guardian(world.officers.stranger.pubkey()))?;
    let admin = &world.officers.admin;
    let apply = world.addresses.apply_change(&admin.pubkey(), lower, &admin.pubkey());
    world.chain.refused(&[admin], &[apply], SettlementError::ChangeWaits)?;
    let cancel = world.addresses.cancel_change(&admin.pubkey(), mistaken, &admin.pubkey());
    world.chain.send(&[admin], &[cancel]).context("cannot cancel a change")?;
    Ok("a stablecoin and a lower take wait for their timelock, early is refused; another guardian is cancelled".into())
}

pub(super) fn count(world: &mut World) -> Result<String> {
    // One that will fall silent: started, and never heard of again.
    world.hire_and_start("silent", LAB, BASALT, &Deal { gpus: 2, silence: 300, ..Deal::default() })?;
    world.register_meter()?;
    for (at, (name, consumer, provider)) in (0u64..).zip(FLEET) {
        let deal = Deal { gpus: at.saturating_add(4), ..METERED };
        world.hire_and_start(name, consumer, provider, &deal)?;
    }
    // Reported later, each an outage of its own.
    world.hire_and_start("doubted", STUDIO, super::super::AURORA, &METERED)?;
    world.hire_and_start("interrupted", STARTUP, DRIFT, &METERED)?;
    let names = FLEET.map(|(name, ..)| name);
    for _ in 0..2 {
        world.pass(MOMENT)?;
        world.accept_batch(&names)?;
    }
    let mut settled = 0u64;
    for name in names {
        world.convert(name)?;
        world.close_by_consumer(name)?;
        settled = settled.saturating_add(world.job(name)?.settled);
    }
    Ok(format!("two signatures for the receipts of {} jobs, {} USD", names.len(), show_usd(settled)))
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
