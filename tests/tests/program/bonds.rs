//! Bonds that are kept up, and what it means if they are not.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Party;
use settlement_interface::events::{BondToppedUp, Event};
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{DOLLARS, ESCROW, JobFixture, STAKE, World, touched};

const BOND: u64 = ESCROW / 10;

#[test]
fn a_bond_that_was_lowered_is_topped_up_out_of_free_stake_and_told_in_full() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    job.penalise(&mut world, 100);
    let top_up = job.topping_up_bond(&world, 60);
    let sent = world.must(&[top_up], &[&job.actors.provider]);
    let expected = BondToppedUp {
        entities: [touched(&job.keys.job, 4), touched(&job.keys.provider, 4), touched(&pda::totals(), 3)],
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        amount: 60,
        bond: BOND - 40,
        asked: BOND,
        bonded_escrow: ESCROW,
        provider_locked: BOND - 40,
    };
    assert_eq!(sent.events, [Event::BondToppedUp(Box::new(expected))]);
    let provider = job.provider(&world);
    assert_eq!((provider.stake, provider.locked), (STAKE - 100, BOND - 40));
    assert_eq!((job.read(&world).bond, world.totals().locked), (BOND - 40, BOND - 40));
}

#[test]
fn a_bond_is_topped_up_to_what_the_terms_ask_for_and_not_beyond() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let nothing = job.topping_up_bond(&world, 0);
    world.refused(&[nothing], &[&job.actors.provider], E::ZeroAmount);
    let full = job.topping_up_bond(&world, 1);
    world.refused(&[full], &[&job.actors.provider], E::BondFull);
    job.penalise(&mut world, 5);
    for amount in [6, u64::MAX - BOND] {
        let more = job.topping_up_bond(&world, amount);
        world.refused(&[more], &[&job.actors.provider], E::BondFull);
    }
    let overflow = job.topping_up_bond(&world, u64::MAX);
    world.refused(&[overflow], &[&job.actors.provider], E::Arithmetic);
    let enough = job.topping_up_bond(&world, 5);
    world.must(&[enough], &[&job.actors.provider]);
}

#[test]
fn more_in_escrow_asks_for_more_bond_only_once_the_provider_locks_it() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    job.top_up(&mut world, ESCROW, 0).unwrap();
    assert_eq!((job.read(&world).bond, job.read(&world).bonded_escrow), (BOND, ESCROW));
    let more = job.topping_up_bond(&world, BOND + 1);
    world.refused(&[more], &[&job.actors.provider], E::BondFull);
    // A part of it covers a part of what was added, and the rest may follow.
    for (amount, covered) in [(BOND / 4, ESCROW / 4 * 5), (BOND / 4 * 3, 2 * ESCROW)] {
        let follow = job.topping_up_bond(&world, amount);
        let sent = world.must(&[follow], &[&job.actors.provider]);
        let Event::BondToppedUp(event) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!((event.asked, event.bonded_escrow), (2 * BOND, covered));
        assert_eq!(job.read(&world).bonded_escrow, covered);
    }
    let more = job.topping_up_bond(&world, 1);
    world.refused(&[more], &[&job.actors.provider], E::BondFull);
    assert_eq!((job.read(&world).bond, world.totals().locked), (2 * BOND, 2 * BOND));
}

#[test]
fn a_bond_on_the_stable_rail_follows_top_ups_at_the_last_price() {
    let mut world = World::stable(pda::TOKEN_PROGRAM);
    let job = JobFixture::stable_running(&mut world);
    let top_up = job.stable_topping_up(&world, DOLLARS, 0);
    world.must(&[top_up], &[&job.actors.consumer]);
    // A tenth of 200 USD at 2 USD a token: 10 tokens, of which 5 and a little are locked.
    let locked = job.read(&world).bond;
    let more = job.topping_up_bond(&world, 10_000_000_000 - locked + 1);
    world.refused(&[more], &[&job.actors.provider], E::BondFull);
    let follow = job.topping_up_bond(&world, 10_000_000_000 - locked);
    world.must(&[follow], &[&job.actors.provider]);
    assert_eq!((job.read(&world).bond, job.read(&world).bonded_escrow), (10_000_000_000, 2 * DOLLARS));
}

#[test]
fn a_bond_is_topped_up_out_of_free_stake_alone() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    job.penalise(&mut world, 5);
    let free = job.provider(&world).free_stake().unwrap();
    let unstake = world.network.request_unstake(&job.authority(), free - 4);
    world.must(&[unstake], &[&job.actors.provider]);
    let more = job.topping_up_bond(&world, 5);
    world.refused(&[more], &[&job.actors.provider], E::InsufficientStake);
    let less = job.topping_up_bond(&world, 4);
    world.must(&[less], &[&job.actors.provider]);
}

#[test]
fn only_the_jobs_provider_tops_up_and_only_while_the_bond_can_still_be_lost() {
    let mut world = World::new();
    let (job, other) = (JobFixture::running(&mut world), JobFixture::running(&mut world));
    let theirs = world.network.top_up_bond(&other.authority(), &job.keys.job, 1);
    world.refused(&[theirs], &[&other.actors.provider], E::WrongProvider);
    let mut stranger = job.topping_up_bond(&world, 1);
    stranger.accounts[0].pubkey = other.authority();
    world.refused(&[stranger], &[&other.actors.provider], E::WrongParty);
    let (offered, closing, closed) =
        (JobFixture::offered(&mut world), JobFixture::closing(&mut world), JobFixture::closed(&mut world));
    for job in [&offered, &closing, &closed] {
        let top_up = job.topping_up_bond(&world, 1);
        world.refused(&[top_up], &[&job.actors.provider], E::WrongState);
    }
}

#[test]
fn a_consumer_leaves_without_a_fee_once_less_than_half_of_the_bond_is_left() {
    for (lost, fee) in [(0, ESCROW / 50), (BOND / 2, ESCROW / 50), (BOND / 2 + 1, 0), (BOND, 0)] {
        let mut world = World::new();
        let job = JobFixture::assigned(&mut world);
        job.penalise(&mut world, lost);
        let sent = job.cancel(&mut world).unwrap();
        let Event::JobCancelled(event) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!((event.fee, event.refund, event.bond), (fee, ESCROW - fee, BOND - lost), "{lost}");
        assert_eq!(job.read(&world).dues[Party::Provider as usize].escrow, fee);
        assert_eq!((job.provider(&world).locked, world.totals().locked), (0, 0));
    }
}

#[test]
fn a_bond_that_was_topped_up_in_time_keeps_the_fee() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    job.penalise(&mut world, BOND / 2 + 1);
    let top_up = job.topping_up_bond(&world, 1);
    world.must(&[top_up], &[&job.actors.provider]);
    job.cancel(&mut world).unwrap();
    assert_eq!(job.read(&world).dues[Party::Provider as usize].escrow, ESCROW / 50);
}

#[test]
fn a_consumer_does_not_shrink_the_bond_to_leave_without_a_fee() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    // The escrow grows tenfold; what the bond is a share of does not.
    world.give(&job.wallet(), 9 * ESCROW);
    job.top_up(&mut world, 9 * ESCROW, 0).unwrap();
    job.cancel(&mut world).unwrap();
    assert_eq!(job.read(&world).dues[Party::Provider as usize].escrow, 10 * ESCROW / 50);
}

#[test]
fn a_bond_is_topped_up_during_a_pause() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    job.penalise(&mut world, 5);
    let admin = world.admin.insecure_clone();
    world.must(&[world.network.pause(&admin.pubkey(), 60)], &[&admin]);
    let top_up = job.topping_up_bond(&world, 5);
    world.must(&[top_up], &[&job.actors.provider]);
}
