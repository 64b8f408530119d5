//! What admin and guardian can do, and how little that is.

use super::{AURORA, COBALT, STUDIO};
use crate::actors::{Deal, minutes};
use crate::failure::{Context, Result};
use crate::genesis::LAMPORTS;
use crate::units::{HOUR, show_tokens};
use crate::world::World;
use settlement_interface::SettlementError;
use settlement_interface::accounts::Config;
use settlement_interface::pda;
use solana_keypair::Keypair;
use solana_signer::Signer;

pub(super) fn pause(world: &mut World) -> Result<String> {
    pause_for(world, HOUR)?;
    let (open, _) = world.opening("refused", STUDIO, Some(COBALT), &Deal::default())?;
    let studio = world.consumers.get(STUDIO).context("there is no studio")?;
    world.chain.refused(&[&studio.wallet], &[open], SettlementError::Paused)?;
    // A pause traps nobody: work settles and rewards are claimed meanwhile.
    world.pass(minutes(10))?;
    world.settle(&["render", "index"])?;
    let claimed = world.claim(AURORA)?;
    world.unpause()?;
    // Another ends by itself; that it did is put on record by anyone.
    pause_for(world, minutes(15))?;
    world.pass(minutes(16))?;
    world.resume()?;
    Ok(format!("opening is refused, settling and claiming go on: Aurora mints {}", show_tokens(claimed)))
}

impl World {
    /// Ends a pause by the admin.
    pub(super) fn unpause(&self) -> Result<()> {
        let unpause = self.addresses.unpause(&self.officers.admin.pubkey());
        self.chain.send(&[&self.officers.admin], &[unpause]).context("cannot unpause")?;
        Ok(())
    }

    /// Puts on record that a pause has ended by itself; sent by a stranger.
    pub(super) fn resume(&self) -> Result<()> {
        let resume = self.addresses.resume();
        self.chain.send(&[&self.officers.stranger], &[resume]).context("cannot resume")?;
        Ok(())
    }
}

/// Pauses the network by its guardian, for so many seconds.
pub(super) fn pause_for(world: &World, seconds: i64) -> Result<()> {
    let guardian = &world.officers.guardian;
    let seconds = u32::try_from(seconds).context("too long a pause")?;
    let pause = world.addresses.pause(&guardian.pubkey(), seconds);
    world.chain.send(&[guardian], &[pause]).context("cannot pause")?;
    Ok(())
}

pub(super) fn hand_over(world: &mut World) -> Result<String> {
    let next = Keypair::new();
    let World { chain, officers, addresses, .. } = &mut *world;
    // What it does from now on it pays for itself.
    chain.give_lamports(&next.pubkey(), LAMPORTS)?;
    let propose = addresses.propose_admin(&officers.admin.pubkey(), &next.pubkey());
    chain.send(&[&officers.admin], &[propose]).context("cannot propose an admin")?;
    let accept = addresses.accept_admin(&next.pubkey());
    // The old admin pays the fee; the new one only signs.
    chain.send(&[&officers.admin, &next], &[accept]).context("cannot accept as admin")?;
    let config: Config = chain.read(&pda::config())?;
    let right = (config.admin == next.pubkey()).then_some(());
    right.context("the admin is another one")?;
    officers.admin = next;
    Ok("proposed by the old key, accepted by the new one".into())
}
