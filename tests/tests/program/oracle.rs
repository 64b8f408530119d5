//! Which prices qualify. While none does, work is accepted and nothing is converted; the event says why.

use settlement_interface::events::{Event, PriceObserved, Quoted};
use settlement_interface::oracle::{Halt, PYTH_RECEIVER, PriceMessage, encode};
use settlement_interface::{Address, SettlementError as E, pda};
use tests::{FEED_ID, JobFixture, World, touched};

/// A job three minutes into its run, with a fresh price of 2 USD.
fn three_minutes() -> (World, JobFixture) {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 180);
    (world, job)
}

/// The halt code that a receipt would be accepted with now; `None` if it would be converted.
#[track_caller]
fn halt(world: &mut World, job: &JobFixture) -> Option<u64> {
    let receipt = job.receipt(world, 60_000);
    let instructions = job.settling_instructions(world, &receipt, &job.actors.session, 0);
    let sent = world.trial(&instructions, &[&job.actors.provider]).expect("work is always accepted");
    match sent.events.as_slice() {
        [Event::ReceiptAccepted(receipt)] => Some(receipt.halt),
        [Event::ReceiptAccepted(receipt), Event::Converted(_)] => {
            assert_eq!(receipt.halt, 0);
            None
        }
        other => panic!("{other:?}"),
    }
}

/// The halt that a price published like this brings about.
#[track_caller]
fn published(edit: impl FnOnce(&mut PriceMessage)) -> Option<u64> {
    let (mut world, job) = three_minutes();
    let mut price = world.price;
    edit(&mut price);
    world.publish(price);
    halt(&mut world, &job)
}

/// The halt that the feed's bytes, edited, bring about.
#[track_caller]
fn written(owner: Address, edit: impl FnOnce(&mut Vec<u8>)) -> Option<u64> {
    let (mut world, job) = three_minutes();
    let mut data = encode(&world.network.feed, &FEED_ID, &world.price, world.slot());
    edit(&mut data);
    world.set_feed(owner, data);
    halt(&mut world, &job)
}

fn code(halt: Halt) -> Option<u64> {
    Some(halt as u64)
}

#[test]
fn a_price_is_stale_after_max_age() {
    assert_eq!(published(|price| price.publish_time -= 120), None);
    assert_eq!(published(|price| price.publish_time -= 121), code(Halt::Stale));
}

#[test]
fn a_price_may_be_thirty_seconds_ahead_and_no_more() {
    assert_eq!(published(|price| price.publish_time += 30), None);
    assert_eq!(published(|price| price.publish_time += 31), code(Halt::Ahead));
    assert_eq!(published(|price| price.publish_time = i64::MAX), code(Halt::Ahead));
    assert_eq!(published(|price| price.publish_time = i64::MIN), code(Halt::Stale));
}

#[test]
fn a_price_older_than_the_last_one_used_does_not_qualify() {
    let (mut world, job) = three_minutes();
    world.must(&[world.network.observe()], &[]);
    let used = world.price;
    assert_eq!(halt(&mut world, &job), None);
    world.publish(PriceMessage { publish_time: used.publish_time - 1, ..used });
    assert_eq!(halt(&mut world, &job), code(Halt::Older));
    world.refused(&[world.network.observe()], &[], E::NoPrice);
}

#[test]
fn zero_and_negative_prices_do_not_qualify() {
    for spot in [0, -1, i64::MIN] {
        assert_eq!(published(|price| price.spot = spot), code(Halt::NotPositive));
        assert_eq!(published(|price| price.average = spot), code(Halt::NotPositive));
    }
}

#[test]
fn a_confidence_interval_may_be_two_percent_wide_and_no_wider() {
    assert_eq!(published(|price| price.confidence = 4_000_000), None);
    assert_eq!(published(|price| price.confidence = 4_000_001), code(Halt::Uncertain));
    assert_eq!(published(|price| price.confidence = u64::MAX), code(Halt::Uncertain));
}

#[test]
fn a_price_may_lie_ten_percent_from_its_average_and_no_farther() {
    assert_eq!(published(|price| price.spot = 220_000_000), None);
    assert_eq!(published(|price| price.spot = 220_000_001), code(Halt::Deviates));
    assert_eq!(published(|price| price.spot = 180_000_000), None);
    assert_eq!(published(|price| price.spot = 179_999_999), code(Halt::Deviates));
}

#[test]
fn an_exponent_must_scale_to_the_mint() {
    assert_eq!(published(|price| price.exponent = -10), None);
    assert_eq!(published(|price| price.exponent = -11), code(Halt::Scale));
    assert_eq!(published(|price| price.exponent = 3), None);
    assert_eq!(published(|price| price.exponent = 4), code(Halt::Scale));
    assert_eq!(published(|price| price.exponent = i32::MIN), code(Halt::Scale));
}

#[test]
fn another_feeds_price_does_not_qualify() {
    assert_eq!(written(PYTH_RECEIVER, |data| data[41] ^= 1), code(Halt::OtherFeed));
    assert_eq!(written(PYTH_RECEIVER, |data| data[72] ^= 1), code(Halt::OtherFeed));
}

#[test]
fn a_partly_verified_price_does_not_qualify() {
    // As the receiver writes it: tag 0, the number of signatures, then the message one byte later.
    let partly = |data: &mut Vec<u8>| {
        data[40] = 0;
        data.insert(41, 19);
        data.truncate(134);
    };
    assert_eq!(written(PYTH_RECEIVER, partly), code(Halt::NotVerified));
    assert_eq!(written(PYTH_RECEIVER, |data| data[40] = 2), code(Halt::NotVerified));
}

#[test]
fn a_price_account_of_another_owner_kind_or_length_does_not_qualify() {
    assert_eq!(written(Address::new_from_array([9; 32]), |_| ()), code(Halt::Missing));
    assert_eq!(written(PYTH_RECEIVER, |data| data[0] ^= 1), code(Halt::Missing));
    assert_eq!(written(PYTH_RECEIVER, Vec::clear), code(Halt::Missing));
    for length in [8, 40, 41, 132] {
        assert_eq!(written(PYTH_RECEIVER, |data| data.truncate(length)), code(Halt::Missing), "{length}");
    }
    assert_eq!(written(PYTH_RECEIVER, |data| data.truncate(133)), None, "the whole message is there");
}

#[test]
fn a_price_account_that_was_closed_does_not_qualify() {
    let (mut world, job) = three_minutes();
    let feed = world.network.feed;
    world.svm.set_account(feed, solana_account::Account::default()).unwrap();
    assert_eq!(halt(&mut world, &job), code(Halt::Missing));
}

#[test]
fn another_account_than_the_pinned_feed_is_an_error() {
    let (mut world, job) = three_minutes();
    let other = Address::new_from_array([8; 32]);
    let account = world.svm.get_account(&world.network.feed).unwrap();
    world.svm.set_account(other, account).unwrap();
    let receipt = job.receipt(&world, 60_000);
    let [verify, mut settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    settle.accounts[5].pubkey = other;
    world.refused(&[verify, settle], &[&job.actors.provider], E::WrongFeed);
    let mut observe = world.network.observe();
    observe.accounts[2].pubkey = other;
    world.refused(&[observe], &[], E::WrongFeed);
}

#[test]
fn observing_records_the_price_and_is_told_in_full() {
    let mut world = World::new();
    world.until(world.now() + 10);
    world.publish(PriceMessage { spot: 210_000_000, confidence: 5, average: 205_000_000, ..world.price });
    let sent = world.must(&[world.network.observe()], &[]);
    let quoted = Quoted {
        spot: 210_000_000,
        confidence: 5,
        average: 205_000_000,
        burn: 209_999_995,
        mint: 210_000_005,
        publish_time: world.now(),
        slot: world.slot(),
        exponent: -8,
        scale: 11,
    };
    let expected = PriceObserved { entities: [touched(&pda::price(), 2)], at: world.now(), quoted };
    assert_eq!(sent.events, [Event::PriceObserved(Box::new(expected))]);
    let price = world.last_price();
    assert_eq!((price.spot, price.confidence, price.average), (210_000_000, 5, 205_000_000));
    assert_eq!((price.publish_time, price.seen_at, price.slot), (world.now(), world.now(), world.slot()));
    assert_eq!((price.exponent, price.sequence), (-8, 2));
}

#[test]
fn a_price_that_does_not_qualify_is_not_observed() {
    let mut world = World::new();
    world.pass(121);
    world.refused(&[world.network.observe()], &[], E::NoPrice);
}
