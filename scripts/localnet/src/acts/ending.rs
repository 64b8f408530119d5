//! How jobs end, and how what was earned is minted.

use super::{BASALT, LAB};
use crate::actors::{Deal, minutes};
use crate::failure::Result;
use crate::units::{HOUR, show_tokens};
use crate::world::World;
use settlement_interface::accounts::{Config, JobState};
use settlement_interface::pda;

pub(super) fn close(world: &mut World) -> Result<String> {
    // One that will fall silent: started, and never heard of again.
    let quiet = Deal { gpus: 2, silence: minutes(30), ..Deal::default() };
    world.hire_and_start("silent", LAB, BASALT, &quiet)?;
    world.pass(HOUR)?;
    world.advance("silent", JobState::Closing)?;

    world.close_by_consumer("render")?;
    world.close_by_provider("index")?;
    world.pass(minutes(10))?;
    // Late receipts: up to the closing, within the grace.
    world.settle(&["render", "index"])?;

    let end_by = world.job("train")?.terms.order.end_by;
    world.until(end_by.saturating_add(1))?;
    world.advance("train", JobState::Closing)?;
    world.settle(&["train"])?;
    let mut refunded = 0u64;
    for name in ["silent", "render", "index", "train"] {
        let before = world.job(name)?.escrow;
        world.finish(name)?;
        refunded = refunded.saturating_add(before);
    }
    // `index` holds a stranger's gift, which goes to the consumer when the vault closes.
    world.reclaim("index")?;
    world.reclaim("silent")?;
    Ok(format!(
        "by consumer, by provider, at the end, by silence; {} tokens refunded, two vaults reclaimed",
        show_tokens(refunded)
    ))
}

pub(super) fn claim(world: &mut World) -> Result<String> {
    let config: Config = world.chain.read(&pda::config())?;
    world.pass(config.parameters.epoch_len)?;
    let present = world.epoch()?;
    let first = config.epoch_index(config.initialized_at).unwrap_or(0);
    let (mut claimed, mut rebates) = (0u64, 0u64);
    for provider in 0..world.providers.len() {
        claimed = claimed.saturating_add(world.claim(provider)?);
        for epoch in first..present {
            if world.claim_rebate(provider, epoch)? {
                rebates = rebates.saturating_add(1);
            }
        }
    }
    let mut closed = 0u64;
    for epoch in first..present {
        if world.close_epoch(epoch)? {
            closed = closed.saturating_add(1);
        }
    }
    Ok(format!(
        "{} tokens minted, {rebates} rebates of ended epochs paid, {closed} epochs closed",
        show_tokens(claimed)
    ))
}
