//! What happens while no price qualifies, and to tokens that the program never sees move.

use super::{AURORA, BASALT, STARTUP};
use crate::actors::{Deal, minutes};
use crate::failure::{Context, Result};
use crate::spl;
use crate::units::{HOUR, TOKEN, show_tokens, show_usd, tokens};
use crate::world::World;
use settlement_interface::accounts::JobState;
use settlement_interface::{SettlementError, pda};
use solana_signer::Signer;

pub(super) fn stale(world: &mut World) -> Result<String> {
    world.set_feed_silent(true)?;
    world.pass(minutes(20))?;
    world.settle(&["render"])?;
    world.settle(&["train"])?;
    let mut waiting = 0u64;
    for name in ["render", "train"] {
        let outstanding = world.job(name)?.outstanding().context("a job's figures contradict each other")?;
        (outstanding > 0).then_some(()).context(format!("{name} converted at a stale price"))?;
        waiting = waiting.saturating_add(outstanding);
        world.convert_refused(name, SettlementError::NoPrice)?;
    }
    world.set_feed_silent(false)?;
    world.observe()?;
    world.convert("render")?;
    world.convert("train")?;
    Ok(format!(
        "{} USD accepted and not converted; once it is fresh a stranger converts them",
        show_usd(waiting)
    ))
}

pub(super) fn gifts(world: &mut World) -> Result<String> {
    let World { chain, officers, addresses, .. } = &*world;
    let stranger = officers.stranger.pubkey();
    let own = pda::associated_token(&stranger, &addresses.mint);
    let dust = TOKEN.saturating_add(7);
    let vault = pda::vault(&world.hire("index")?.keys.job);
    let burn = spl::burn(&own, &addresses.mint, &stranger, tokens(11));
    let gifts = [
        burn,
        spl::transfer(&own, &vault, &stranger, dust),
        spl::transfer(&own, &pda::stake_vault(), &stranger, 3),
    ];
    chain.send(&[&officers.stranger], &gifts).context("cannot give tokens away")?;
    Ok(format!(
        "a stranger burns {} of its own and drops {} into vaults",
        show_tokens(tokens(11)),
        show_tokens(dust)
    ))
}

pub(super) fn in_kind(world: &mut World) -> Result<String> {
    // Somebody leaves meanwhile: the ticket is ripe when the halt is over.
    let authority = &world.provider(BASALT)?.authority;
    let request = world.addresses.request_unstake(&authority.pubkey(), tokens(1_500));
    world.chain.send(&[authority], &[request]).context("cannot ask stake back")?;
    world.request_unvouch(tokens(300))?;

    let deal = Deal { gpus: 24, hours: 3, ..Deal::default() };
    world.hire_and_start("stranded", STARTUP, AURORA, &deal)?;
    world.pass(HOUR)?;
    world.settle(&["stranded"])?;
    world.set_feed_silent(true)?;
    world.pass(HOUR)?;
    world.settle(&["stranded"])?;
    world.mark("stranded")?;
    world.close_by_provider("stranded")?;
    world.pass(HOUR.saturating_add(2))?;
    world.advance("stranded", JobState::Settling)?;
    world.advance_refused("stranded", SettlementError::NothingDue)?;

    let job = world.job("stranded")?;
    let wait = job.terms.parameters.halt_max;
    world.until(job.marked_at.saturating_add(wait).saturating_add(1))?;
    world.advance("stranded", JobState::Closed)?;
    let paid = world.job("stranded")?.dues.get(1).map_or(0, |due| due.escrow);
    world.withdraw_all("stranded")?;
    world.set_feed_silent(false)?;
    world.observe()?;

    let withdraw = world.addresses.withdraw_stake(&world.provider(BASALT)?.authority.pubkey());
    world.send_by_stranger(&[withdraw]).context("cannot withdraw stake")?;
    world.withdraw_vouched()?;
    Ok(format!("no price for a day: Aurora is paid {} out of the escrow, nobody mints", show_tokens(paid)))
}
