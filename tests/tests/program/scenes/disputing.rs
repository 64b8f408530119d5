//! Scenes of disputes.

use super::{FEED, Scene, advance, anybody, crowded};
use settlement_interface::pda;
use settlement_interface::rules::CHALLENGER;
use solana_signer::Signer;
use tests::{Trace, Verifiable, World};

/// A dispute at some stage between other parties, so that what belongs to them is there to be tried.
fn disputing() -> World {
    let (mut world, _) = crowded();
    Verifiable::narrowed(&mut world);
    world
}

pub fn open_dispute() -> Scene {
    let mut world = disputing();
    let payer = world.wallet();
    let fixture = Verifiable::committed(&mut world, &Trace::differing_from(8, 3));
    let (mut open, _) = fixture.opening(&world, 1, &Trace::honest(8));
    open.accounts[0].pubkey = payer.pubkey();
    Scene::new("open_dispute", world, open, &[&payer, &fixture.job.actors.consumer]).meant(0, anybody())
}

pub fn reveal() -> Scene {
    let mut world = disputing();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    let (reveal, key) = fixture.revealing(&world, &dispute, &provider, &own).unwrap();
    Scene::new("reveal", world, reveal, &[key])
}

pub fn rule() -> Scene {
    let mut world = disputing();
    let (fixture, dispute) = Verifiable::narrowed(&mut world);
    let arbiter = &fixture.arbiters[0];
    let rule = world.network.rule(&arbiter.pubkey(), &dispute, false);
    Scene::new("rule", world, rule, &[arbiter])
}

pub fn resolve_a_missed_turn() -> Scene {
    let mut world = disputing();
    let (fixture, dispute) =
        Verifiable::disputed(&mut world, &Trace::differing_from(8, 3), &Trace::honest(8));
    world.pass(3_601);
    let resolve = fixture.resolving(&world, &dispute);
    // A mark changes the dispute alone.
    Scene::new("resolve_dispute", world, resolve, &[])
}

pub fn resolve_a_ruling() -> Scene {
    let mut world = disputing();
    let (fixture, dispute) = Verifiable::ruled(&mut world, false);
    world.pass(3_600);
    let resolve = fixture.resolving(&world, &dispute);
    Scene::new("resolve_dispute", world, resolve, &[])
}

pub fn release_arbiter() -> Scene {
    let mut world = disputing();
    Verifiable::resolved(&mut world, false);
    let (fixture, dispute) = Verifiable::resolved(&mut world, false);
    let release = world.network.release_arbiter(&dispute, &fixture.arbiters[0].pubkey());
    // The other one that ruled is freed in its place.
    let other = pda::arbiter(&fixture.arbiters[1].pubkey());
    Scene::new("release_arbiter", world, release, &[]).meant(1, other)
}

pub fn withdraw_dispute() -> Scene {
    let mut world = disputing();
    let (fixture, dispute) = Verifiable::resolved(&mut world, false);
    let withdraw = world.network.withdraw_dispute(&dispute, CHALLENGER, &fixture.job.wallet());
    Scene::new("withdraw_dispute", world, withdraw, &[])
}

pub fn close_dispute() -> Scene {
    let mut world = disputing();
    let (provider, own) = (Trace::honest(8), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    fixture.play(&mut world, &dispute, &provider, &own);
    fixture.execute(&mut world, &dispute).unwrap();
    let close = world.network.close_dispute(&dispute, &world.bank.pubkey());
    world.bank = world.wallet(); // so that the rent's payer is not also the fee's
    Scene::new("close_dispute", world, close, &[])
}

pub fn advance_a_held_job() -> Scene {
    let (mut world, _) = crowded();
    let fixture = Verifiable::committed(&mut world, &Trace::honest(8));
    fixture.job.close(&mut world, &fixture.job.actors.consumer).unwrap();
    world.pass(86_401);
    fixture.job.advance(&mut world);
    world.pass(2 * 86_400);
    advance(world, &fixture.job).unread(&[FEED])
}
