//! Changes of the configuration: announced, waited for, applied; or given up.

use crate::failure::{Context, Result};
use crate::units::HOUR;
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, ConfigChange};
use settlement_interface::change::Change;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The take that is announced, basis points.
const LOWER_TAKE_BPS: u16 = 450;

pub(super) fn change(world: &mut World) -> Result<String> {
    let index = announce_lower_take(world, HOUR.checked_div(2).unwrap_or(0))?;
    let change: ConfigChange = world.chain.read(&pda::change(index))?;
    world.until(change.applies_from.saturating_add(1))?;
    apply_lower_take(world, index)?;
    Ok("a lower take waits for its timelock, early is refused; a change of the guardian is cancelled".into())
}

/// Announces a lower take, is refused it `later` seconds after, and cancels another change. Returns its number.
pub(super) fn announce_lower_take(world: &mut World, later: i64) -> Result<u64> {
    let config: Config = world.chain.read(&pda::config())?;
    let index =
        world.queue(&Change::parameters(Parameters { take_bps: LOWER_TAKE_BPS, ..config.parameters }))?;
    // The guardian that somebody asks for meanwhile is thought better of.
    let mistaken = world.queue(&Change::guardian(Keypair::new().pubkey()))?;
    world.pass(later)?;
    let admin = &world.officers.admin;
    let apply = world.addresses.apply_change(&admin.pubkey(), index, &admin.pubkey());
    world.chain.refused(&[admin], &[apply], SettlementError::ChangeWaits)?;
    let cancel = world.addresses.cancel_change(&admin.pubkey(), mistaken, &admin.pubkey());
    world.chain.send(&[admin], &[cancel]).context("cannot cancel a change")?;
    Ok(index)
}

/// Applies it once its wait is over; nothing else has changed.
pub(super) fn apply_lower_take(world: &World, index: u64) -> Result<()> {
    let before: Config = world.chain.read(&pda::config())?;
    let change: ConfigChange = world.chain.read(&pda::change(index))?;
    let admin = &world.officers.admin;
    let apply = world.addresses.apply_change(&admin.pubkey(), index, &change.rent_payer);
    world.chain.send(&[admin], &[apply]).context("cannot apply a change")?;
    let config: Config = world.chain.read(&pda::config())?;
    let lower = Parameters { take_bps: LOWER_TAKE_BPS, ..before.parameters };
    (config.parameters == lower).then_some(()).context("the parameters are others")
}

pub(super) fn open_rail(world: &mut World) -> Result<String> {
    let index = world.queue(&Change::stable_mint(world.rail.mint))?;
    let change: ConfigChange = world.chain.read(&pda::change(index))?;
    world.until(change.applies_from.saturating_add(1))?;
    open(world, index)
}

/// Opens the rail by an announced change whose wait is over.
pub(super) fn open(world: &mut World, index: u64) -> Result<String> {
    let change: ConfigChange = world.chain.read(&pda::change(index))?;
    let admin = &world.officers.admin;
    let key = admin.pubkey();
    let open = world.rail.open_rail(&key, &key, index, &change.rent_payer);
    world.chain.send(&[admin], &[open]).context("cannot open the stable rail")?;
    let config: Config = world.chain.read(&pda::config())?;
    (config.stable_mint == world.rail.mint).then_some(()).context("the stablecoin is another")?;
    let program = if world.rail.token_program == pda::TOKEN_PROGRAM { "SPL Token" } else { "Token-2022" };
    Ok(format!("the stablecoin, of {program}, was announced, is looked at and named for good"))
}

impl World {
    /// Announces a change, by the admin. Returns its number.
    pub(super) fn queue(&self, change: &Change) -> Result<u64> {
        let config: Config = self.chain.read(&pda::config())?;
        let admin = &self.officers.admin;
        let key = admin.pubkey();
        let queue = self.addresses.queue_change(&key, &key, config.changes, change);
        self.chain.send(&[admin], &[queue]).context("cannot queue a change")?;
        Ok(config.changes)
    }
}
