//! A pause stops opening and accepting, nothing else, and ends by itself.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Party;
use settlement_interface::events::{Event, Paused, Resumed, Unpaused};
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, World, order, touched};

/// The default `pause_max`, seconds.
const MOST: u32 = 72 * 3_600;

fn pausing(world: &World, seconds: u32) -> Instruction {
    world.network.pause(&world.guardian.pubkey(), seconds)
}

#[track_caller]
fn pause(world: &mut World, seconds: u32) {
    let guardian = world.guardian.insecure_clone();
    world.must(&[pausing(world, seconds)], &[&guardian]);
}

#[track_caller]
fn pause_refused(world: &mut World, seconds: u32, why: E) {
    let guardian = world.guardian.insecure_clone();
    let pause = pausing(world, seconds);
    world.refused(&[pause], &[&guardian], why);
}

#[track_caller]
fn unpause(world: &mut World) {
    let admin = world.admin.insecure_clone();
    world.must(&[world.network.unpause(&admin.pubkey())], &[&admin]);
}

#[test]
fn admin_and_guardian_pause_and_it_is_told_in_full() {
    for by_admin in [true, false] {
        let mut world = World::new();
        let by = if by_admin { &world.admin } else { &world.guardian }.insecure_clone();
        let sent = world.must(&[world.network.pause(&by.pubkey(), 60)], &[&by]);
        let expected = Paused {
            entities: [touched(&pda::config(), 2)],
            at: world.now(),
            by: by.pubkey(),
            until: world.now() + 60,
        };
        assert_eq!(sent.events, [Event::Paused(Box::new(expected))]);
        assert_eq!(world.config().paused_until, world.now() + 60);
    }
}

#[test]
fn a_pause_stops_opening_and_accepting_until_it_ends_by_itself_to_the_second() {
    let mut world = World::new();
    let offered = JobFixture::offered(&mut world);
    let actors = Actors::new(&mut world);
    let mut usual = order(world.now(), &actors.session.pubkey());
    (usual.offer_by, usual.start_by) = (world.now() + 7_200, world.now() + 10_000);
    let (open, ..) = actors.open(&world, &usual, ESCROW);
    let hash = offered.read(&world).terms_hash;
    let accept = world.network.accept_offer(&offered.authority(), &offered.keys.job, &hash, u64::MAX);
    pause(&mut world, 600);
    let until = world.now() + 600;
    for now in [world.now(), until - 1] {
        world.until(now);
        world.refused(std::slice::from_ref(&open), &[&actors.consumer], E::Paused);
        world.refused(std::slice::from_ref(&accept), &[&offered.actors.provider], E::Paused);
    }
    world.until(until);
    world.must(&[open], &[&actors.consumer]);
    world.must(&[accept], &[&offered.actors.provider]);
}

#[test]
fn while_paused_everything_else_works() {
    let mut world = World::new();
    let idle = JobFixture::offered(&mut world);
    let gone = JobFixture::assigned(&mut world);
    let slow = JobFixture::assigned(&mut world);
    let job = JobFixture::assigned(&mut world);
    pause(&mut world, MOST);
    // Register, stake, unstake.
    let newcomer = Actors::new(&mut world);
    let ask = world.network.request_unstake(&newcomer.provider.pubkey(), 5);
    world.must(&[ask], &[&newcomer.provider]);
    // Start, top up, rotate, work, convert, claim, close.
    job.start(&mut world).unwrap();
    job.top_up(&mut world, 5, 5).unwrap();
    world.until(world.now() + 60);
    job.settle(&mut world, 60_000).unwrap();
    world.pass(121);
    job.settle(&mut world, 120_000).unwrap();
    world.refresh();
    job.convert(&mut world).unwrap();
    world.must(&[world.network.observe()], &[]);
    world.must(&[world.network.claim(&job.authority())], &[]);
    job.rotate(&mut world, &tests::keypair(88).pubkey()).unwrap();
    job.close(&mut world, &job.actors.consumer).unwrap();
    // Cancel, withdraw, reclaim.
    gone.cancel(&mut world).unwrap();
    gone.withdraw(&mut world, Party::Provider, &gone.authority()).unwrap();
    gone.withdraw(&mut world, Party::Consumer, &gone.wallet()).unwrap();
    gone.reclaim(&mut world).unwrap();
    // Lapse, mark, fail, settle, close: penalties are answered, not suspended.
    world.until(world.now() + 3_601);
    idle.advance(&mut world);
    slow.mark(&mut world, &slow.actors.consumer);
    world.until(world.now() + 3_600);
    slow.advance(&mut world);
    world.until(world.now() + DAY);
    job.advance(&mut world);
    job.advance(&mut world);
    let epoch = world.epoch() - 1;
    let rebate = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    world.must(&[rebate], &[]);
    assert!(world.config().is_paused(world.now()));
}

#[test]
fn the_admin_lifts_a_pause_early_and_the_guardian_cannot() {
    let mut world = World::new();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    let lift = world.network.unpause(&admin.pubkey());
    world.refused(std::slice::from_ref(&lift), &[&admin], E::NotPaused);
    pause(&mut world, 600);
    let theirs = world.network.unpause(&guardian.pubkey());
    world.refused(&[theirs], &[&guardian], E::NotAdmin);
    world.pass(10);
    let sent = world.must(std::slice::from_ref(&lift), &[&admin]);
    let expected = Unpaused { entities: [touched(&pda::config(), 3)], at: world.now(), by: admin.pubkey() };
    assert_eq!(sent.events, [Event::Unpaused(Box::new(expected))]);
    assert!(!world.config().is_paused(world.now()));
    world.refused(&[lift], &[&admin], E::NotPaused);
    JobFixture::running(&mut world);
}

#[test]
fn anyone_puts_the_end_of_a_pause_on_record_once() {
    let mut world = World::new();
    let resume = world.network.resume();
    world.refused(std::slice::from_ref(&resume), &[], E::NotPaused);
    pause(&mut world, 600);
    let ended = world.now() + 600;
    world.until(ended - 1);
    world.refused(std::slice::from_ref(&resume), &[], E::NotPaused);
    world.until(ended);
    let sent = world.must(std::slice::from_ref(&resume), &[]);
    let expected = Resumed { entities: [touched(&pda::config(), 3)], at: world.now(), ended };
    assert_eq!(sent.events, [Event::Resumed(Box::new(expected))]);
    world.refused(&[resume], &[], E::NotPaused);
}

#[test]
fn strangers_zero_seconds_and_a_second_pause_are_refused() {
    let mut world = World::new();
    let stranger = world.wallet();
    let theirs = world.network.pause(&stranger.pubkey(), 60);
    world.refused(&[theirs], &[&stranger], E::NotGuardian);
    pause_refused(&mut world, 0, E::ZeroAmount);
    pause(&mut world, 60);
    world.pass(59);
    pause_refused(&mut world, 60, E::PausedAlready);
    world.pass(1);
    // One that ended needs no resume.
    pause(&mut world, 60);
}

#[test]
fn no_pause_exceeds_the_budget_of_thirty_days() {
    let mut world = World::new();
    pause_refused(&mut world, MOST + 1, E::PauseBudget);
    pause_refused(&mut world, u32::MAX, E::PauseBudget);
    let began = world.now();
    pause(&mut world, MOST);
    // Used up until the first of its seconds is thirty days gone.
    for now in [began + i64::from(MOST), began + 30 * DAY - 1] {
        world.until(now);
        pause_refused(&mut world, 1, E::PauseBudget);
    }
    world.until(began + 30 * DAY);
    pause(&mut world, MOST);
}

#[test]
fn what_is_left_of_a_lifted_pause_counts_as_unused() {
    let mut world = World::new();
    pause(&mut world, MOST);
    world.pass(3_600);
    unpause(&mut world);
    pause_refused(&mut world, MOST - 3_599, E::PauseBudget);
    pause(&mut world, MOST - 3_600);
}

#[test]
fn many_short_pauses_count_together_and_never_exhaust_the_memory_of_pauses() {
    let mut world = World::with(Parameters { pause_max: 20, ..Parameters::DEFAULT });
    for _ in 0..20 {
        pause(&mut world, 1);
        world.pass(60);
    }
    pause_refused(&mut world, 1, E::PauseBudget);
    // Those that were put together count for no longer than thirty days after the last.
    world.until(world.now() + 30 * DAY);
    pause(&mut world, 20);
}

#[test]
fn a_network_without_pauses_or_guardian_has_none() {
    let mut world = World::before_genesis();
    let mut genesis = world.genesis(Parameters { pause_max: 0, ..Parameters::DEFAULT });
    genesis.guardian = Address::default();
    let (admin, guardian) = (world.admin.insecure_clone(), world.guardian.insecure_clone());
    world.must(&[world.initialize(&genesis)], &[&admin]);
    let theirs = world.network.pause(&guardian.pubkey(), 1);
    world.refused(&[theirs], &[&guardian], E::NotGuardian);
    let own = world.network.pause(&admin.pubkey(), 1);
    world.refused(&[own], &[&admin], E::PauseBudget);
}
