//! Attacks on the price: bad prices, old prices, no price at all.

use crate::common::{an_hour, with, worked};
use settlement_interface::accounts::{Job, JobState, MARK_HALT, Party};
use settlement_interface::events::{Event, HALT_MINIMUM};
use settlement_interface::oracle::{Halt, PYTH_RECEIVER, PriceMessage, encode};
use settlement_interface::parameters::{DAY, HOUR};
use settlement_interface::{SettlementError as E, pda};
use solana_signer::Signer;
use tests::{ESCROW, FEED_ID, JobFixture, World, units};

/// A minute's work is accepted and, for this reason, not converted; then a good price converts it.
#[track_caller]
fn halts(publish: impl FnOnce(&mut World), why: Halt) {
    let mut world = World::new();
    let job = an_hour(&mut world);
    // The pinned account had a good price that was used a moment ago.
    job.settle(&mut world, 60_000).unwrap();
    let used = job.read(&world);
    world.until(world.now() + 60);
    publish(&mut world);
    let (supply, price) = (world.supply(), world.last_price());
    let sent = job.settle(&mut world, 120_000).unwrap();
    let Event::ReceiptAccepted(accepted) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(accepted.halt, why as u64);
    let state: Job = job.read(&world);
    assert!(state.accepted > used.accepted);
    assert_eq!((state.settled, state.burned, state.escrow), (used.settled, used.burned, used.escrow));
    assert_eq!((world.supply(), world.last_price()), (supply, price));
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::NoPrice);
    world.refused(&[world.network.observe()], &[], E::NoPrice);
    world.until(world.now() + 1);
    world.publish(PriceMessage { publish_time: world.now(), ..World::new().price });
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).outstanding(), Some(0));
}

/// The same, by a price that is edited.
#[track_caller]
fn priced(edit: impl FnOnce(&mut PriceMessage), why: Halt) {
    halts(
        |world| {
            let mut price = PriceMessage { publish_time: world.now(), ..world.price };
            edit(&mut price);
            world.publish(price);
        },
        why,
    );
}

#[test]
fn a_stale_price() {
    priced(|price| price.publish_time -= 121, Halt::Stale);
    priced(|price| price.publish_time = i64::MIN, Halt::Stale);
}

#[test]
fn a_price_from_the_future() {
    priced(|price| price.publish_time += 31, Halt::Ahead);
    priced(|price| price.publish_time = i64::MAX, Halt::Ahead);
}

#[test]
fn a_price_older_than_the_last_one_used() {
    // Fresh by its age: the attacker picks the best of the last two minutes.
    priced(|price| (price.spot, price.publish_time) = (210_000_000, price.publish_time - 61), Halt::Older);
}

#[test]
fn a_price_of_zero_or_less() {
    for spot in [0, -1, i64::MIN] {
        priced(|price| price.spot = spot, Halt::NotPositive);
    }
    for average in [0, -1, i64::MIN] {
        priced(|price| price.average = average, Halt::NotPositive);
    }
}

#[test]
fn a_price_with_a_wide_confidence_interval() {
    priced(|price| price.confidence = 4_000_001, Halt::Uncertain);
    priced(|price| price.confidence = u64::MAX, Halt::Uncertain);
}

#[test]
fn a_price_far_from_its_average() {
    priced(|price| price.spot = 220_000_001, Halt::Deviates);
    priced(|price| price.spot = 179_999_999, Halt::Deviates);
    priced(|price| price.spot = i64::MAX, Halt::Deviates);
}

#[test]
fn a_price_of_an_absurd_exponent() {
    for exponent in [i32::MIN, -20, 4, i32::MAX] {
        priced(|price| price.exponent = exponent, Halt::Scale);
    }
}

#[test]
fn a_price_of_another_feed_another_owner_or_partly_verified() {
    let good = |world: &World| PriceMessage { publish_time: world.now(), ..world.price };
    halts(
        |world| {
            let data = encode(&world.network.feed, &[0xFF; 32], &good(world), 1);
            world.set_feed(PYTH_RECEIVER, data);
        },
        Halt::OtherFeed,
    );
    halts(
        |world| {
            let data = encode(&world.network.feed, &FEED_ID, &good(world), 1);
            world.set_feed(crate::common::ATTACKER, data);
        },
        Halt::Missing,
    );
    for signatures in [0, 1, 12, 18] {
        halts(
            |world| {
                // Partly verified: tag 0 and a count, then the message one byte later.
                let mut data = encode(&world.network.feed, &FEED_ID, &good(world), 1);
                data[40] = 0;
                data.insert(41, signatures);
                data.truncate(134);
                world.set_feed(PYTH_RECEIVER, data);
            },
            Halt::NotVerified,
        );
    }
    // Another kind of account of the same program; one cut short.
    halts(
        |world| {
            let mut data = encode(&world.network.feed, &FEED_ID, &good(world), 1);
            data[0] ^= 1;
            world.set_feed(PYTH_RECEIVER, data);
        },
        Halt::Missing,
    );
    halts(
        |world| {
            let mut data = encode(&world.network.feed, &FEED_ID, &good(world), 1);
            data.truncate(124);
            world.set_feed(PYTH_RECEIVER, data);
        },
        Halt::Missing,
    );
    // In another account than the pinned one it is not even looked at.
    let mut world = World::new();
    let job = an_hour(&mut world);
    let twin = world.svm.get_account(&world.network.feed).unwrap();
    let twin = crate::common::put(&mut world, twin);
    let receipt = job.receipt(&world, 1_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    world.refused(&[verify, with(&settle, 5, &twin)], &[&job.actors.provider], E::WrongFeed);
}

#[test]
fn far_more_is_accepted_than_the_vault_is_worth_and_then_the_price_falls() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    // No price for seven hours; the escrow was worth 120 USD, of which 70% may wait.
    world.pass(25_000);
    let over = job.receipt(&world, units(84_000_001));
    let instructions = job.settling_instructions(&world, &over, &job.actors.session, 0);
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
    job.settle(&mut world, units(84_000_000)).unwrap();
    let supply = world.supply();
    // It falls to a third.
    world.publish(PriceMessage {
        spot: 66_666_667,
        average: 66_666_667,
        publish_time: world.now(),
        ..world.price
    });
    job.convert(&mut world).unwrap();
    let state = job.read(&world);
    assert_eq!((state.burned, state.escrow, supply - world.supply()), (ESCROW, 0, ESCROW));
    assert!(state.settled < 40_000_000, "what converts is what was burned: {}", state.settled);
    assert!(state.earned + state.take <= state.burned);
    // The rest of what was accepted is the provider's loss, until the consumer adds to the escrow.
    world.refused(
        &[world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch())],
        &[],
        E::NothingToConvert,
    );
}

#[test]
fn no_price_comes_for_longer_than_halt_max() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.holder(0);
    job.mark(&mut world, &by);
    assert_eq!(job.read(&world).mark, MARK_HALT);
    let advance = world.network.advance_job(&job.keys);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.pass(HOUR);
    let supply = world.supply();
    world.must(&[advance], &[]);
    let state = job.read(&world);
    // One token at the last price: a twentieth burned, the rest the provider's, nothing minted.
    assert_eq!(state.state(), Some(JobState::Closed));
    assert_eq!(state.dues[Party::Provider as usize].escrow, 950_000_000);
    assert_eq!(state.dues[Party::Consumer as usize].escrow, ESCROW - 1_000_000_000);
    assert_eq!(state.dues[Party::Reporter as usize].escrow, 0);
    assert_eq!(world.supply(), supply - 50_000_000);
    assert_eq!((job.provider(&world).claimable, job.provider(&world).minted), (0, 0));
    world.refused(&[world.network.claim(&job.authority())], &[], E::NothingToClaim);
}

#[test]
fn a_job_is_settled_through_a_stale_minute_to_end_in_kind_at_an_old_price() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    // Good prices all week, and one stale minute in which the provider marks and would advance at once.
    for _ in 0..8 {
        world.until(world.now() + DAY);
    }
    world.pass(121);
    world.must(&[mark], &[&by]);
    let advance = world.network.advance_job(&job.keys);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // Anyone shows, within the grace, that prices do qualify: convert, or observe.
    world.refresh();
    let shown = world.network.observe();
    world.must(&[shown], &[]);
    world.pass(HOUR);
    world.refused(&[advance], &[], E::NothingDue);
    world.refresh();
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
}

#[test]
fn a_price_below_the_consumers_minimum_before_and_after_it_lapses() {
    let mut world = World::new();
    let job = JobFixture::running_as(
        &mut world,
        |order| (order.min_price, order.convert_by) = (199_900_001, order.end_by),
        ESCROW,
    );
    world.until(world.now() + HOUR);
    // What counts is the price that burns, spot less confidence: 1.999 USD.
    let sent = job.settle(&mut world, 3_600_000).unwrap();
    let Event::ReceiptAccepted(accepted) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(accepted.halt, HALT_MINIMUM);
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::BelowMinimumPrice);
    let lapses = job.read(&world).terms.order.convert_by;
    world.until(lapses - 1);
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::BelowMinimumPrice);
    world.until(lapses);
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
    assert!(world.svm.get_account(&pda::epoch(world.epoch())).is_some());
}

#[test]
fn the_attackers_program_owns_the_price_account() {
    // A price account that the attacker's program owns, at the pinned address: no price, for any step.
    let mut world = World::new();
    let job = worked(&mut world);
    let data = world.svm.get_account(&world.network.feed).unwrap().data;
    world.set_feed(crate::common::ATTACKER, data.clone());
    world.refused(&[world.network.observe()], &[], E::NoPrice);
    world.until(world.now() + 60);
    let absurd = PriceMessage { spot: 1, average: 1, publish_time: world.now(), ..world.price };
    let forged = encode(&world.network.feed, &FEED_ID, &absurd, 1);
    world.set_feed(crate::common::ATTACKER, forged);
    let burned = job.read(&world).burned;
    job.settle(&mut world, 3_660_000).unwrap();
    assert_eq!(job.read(&world).burned, burned, "accepted, not converted");
    world.set_feed(PYTH_RECEIVER, data);
    world.refresh();
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).outstanding(), Some(0));
}
