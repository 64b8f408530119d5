//! Accepting an offer: by whom, until when, at which bond.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::JobState;
use settlement_interface::events::{BY_OFFER, Event, JobAccepted, Quoted, Touched};
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use tests::{ESCROW, JobFixture, STAKE, World, touched};

const BOND: u64 = ESCROW / 10;

fn accepting(world: &World, job: &JobFixture, max_bond: u64) -> Instruction {
    let hash = job.read(world).terms_hash;
    world.network.accept_offer(&job.authority(), &job.keys.job, &hash, max_bond)
}

#[test]
fn accepting_locks_the_bond_and_is_told_in_full() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let hash = job.read(&world).terms_hash;
    let sent = job.accept(&mut world).unwrap();
    let expected = JobAccepted {
        entities: [
            touched(&job.keys.job, 2),
            touched(&job.keys.provider, 3),
            touched(&pda::totals(), 2),
            touched(&pda::price(), 2),
            Touched::NOTHING,
        ],
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        terms_hash: hash,
        escrow: ESCROW,
        budget: 100_000_000,
        by: BY_OFFER,
        bid: Address::default(),
        rate: 2_000_000,
        unit: 3_600_000,
        hardware: 1,
        bond: BOND,
        locked: BOND,
        provider_locked: BOND,
        quoted: Quoted {
            spot: 200_000_000,
            confidence: 100_000,
            average: 200_000_000,
            burn: 199_900_000,
            mint: 200_100_000,
            publish_time: world.now(),
            slot: world.slot(),
            exponent: -8,
            scale: 11,
        },
    };
    assert_eq!(sent.events, [Event::JobAccepted(Box::new(expected))]);
    let (state, provider) = (job.read(&world), job.provider(&world));
    assert_eq!((state.state(), state.bond, state.accepted_at), (Some(JobState::Assigned), BOND, world.now()));
    assert_eq!((provider.stake, provider.locked), (STAKE, BOND));
    assert_eq!((provider.jobs_accepted, provider.jobs_open), (1, 1));
    assert_eq!(world.totals().locked, BOND);
    // Nothing moved: the bond stays in the one stake vault.
    assert_eq!(world.tokens(&pda::stake_vault()), STAKE);
}

#[test]
fn an_offer_is_accepted_until_offer_by_and_not_a_second_later() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let offer_by = job.read(&world).terms.order.offer_by;
    let accept = accepting(&world, &job, u64::MAX);
    world.until(offer_by + 1);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.provider], E::OfferExpired);
    world.set_clock(offer_by, world.slot());
    world.refresh();
    world.must(&[accept], &[&job.actors.provider]);
}

#[test]
fn an_offer_is_accepted_while_min_lead_is_left_to_start_by_and_not_a_second_later() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let mut soon = job.read(&world).terms.order;
    soon.start_by = soon.offer_by;
    let job = job.again(&mut world, &soon, ESCROW);
    let accept = accepting(&world, &job, u64::MAX);
    world.until(soon.start_by - 899);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.provider], E::OfferExpired);
    world.set_clock(soon.start_by - 900, world.slot());
    world.refresh();
    world.must(&[accept], &[&job.actors.provider]);
}

#[test]
fn a_provider_accepts_only_the_terms_that_it_read() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    for hash in [[0; 32], [0xFF; 32]] {
        let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, u64::MAX);
        world.refused(&[accept], &[&job.actors.provider], E::TermsChanged);
    }
}

#[test]
fn the_bond_is_at_most_what_the_provider_allows() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    // One token more in escrow rounds the bond up.
    let accept = accepting(&world, &job, BOND);
    job.top_up(&mut world, 1, 0).unwrap();
    world.refused(&[accept], &[&job.actors.provider], E::BondTooHigh);
    let accept = accepting(&world, &job, BOND + 1);
    world.must(&[accept], &[&job.actors.provider]);
    assert_eq!(job.read(&world).bond, BOND + 1);
}

#[test]
fn one_stake_is_not_locked_twice() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    // All but one bond, less one base unit, is asked back.
    let rest = world.network.request_unstake(&job.authority(), STAKE - 2 * BOND + 1);
    world.must(&[rest], &[&job.actors.provider]);
    let usual = job.read(&world).terms.order;
    let next = job.again(&mut world, &usual, ESCROW);
    let accept = accepting(&world, &next, u64::MAX);
    world.refused(std::slice::from_ref(&accept), &[&next.actors.provider], E::InsufficientStake);
    let owner = next.authority();
    let source = world.associated(&owner);
    let stake = world.network.stake(&owner, &source, &next.keys.provider, 1);
    world.must(&[stake], &[&next.actors.provider]);
    world.must(&[accept], &[&next.actors.provider]);
    let provider = next.provider(&world);
    assert_eq!(provider.free_stake(), Some(0));
    assert_eq!((provider.locked, world.totals().locked), (2 * BOND, 2 * BOND));
}

#[test]
fn only_the_provider_named_accepts() {
    let mut world = World::new();
    let (job, other) = (JobFixture::offered(&mut world), JobFixture::offered(&mut world));
    let hash = job.read(&world).terms_hash;
    let theirs = world.network.accept_offer(&other.authority(), &job.keys.job, &hash, u64::MAX);
    world.refused(&[theirs], &[&other.actors.provider], E::WrongProvider);
    let mut stranger = accepting(&world, &job, u64::MAX);
    stranger.accounts[0].pubkey = other.authority();
    world.refused(&[stranger], &[&other.actors.provider], E::WrongParty);
}

#[test]
fn an_offer_is_accepted_once_and_only_while_it_stands() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let cancelled = JobFixture::offered(&mut world);
    cancelled.cancel(&mut world).unwrap();
    for job in [&job, &cancelled] {
        let accept = accepting(&world, job, u64::MAX);
        world.refused(&[accept], &[&job.actors.provider], E::WrongState);
    }
}

#[test]
fn an_offer_is_not_accepted_without_a_price() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    world.pass(121);
    let accept = accepting(&world, &job, u64::MAX);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.provider], E::NoPrice);
    world.refresh();
    let mut other_feed = accept.clone();
    other_feed.accounts[6].pubkey = world.network.mint;
    world.refused(&[other_feed], &[&job.actors.provider], E::WrongFeed);
    world.must(&[accept], &[&job.actors.provider]);
}
