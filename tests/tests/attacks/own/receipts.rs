//! Attacks on the arithmetic of keys, numbers and time behind a receipt.

use crate::common::an_hour;
use settlement_interface::ed25519;
use settlement_interface::parameters::{DAY, HOUR};
use settlement_interface::receipt::Receipt;
use settlement_interface::{Address, SettlementError as E};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{Actors, ESCROW, Expected, JobFixture, World, order};

/// The order of Ed25519's group, little-endian: 2^252 + 27742317777372353535851937790883648493.
const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// `settle` with these bytes as the signature of `key`, which the runtime must not verify.
#[track_caller]
fn unverified(world: &mut World, job: &JobFixture, key: &[u8; 32], signature: &[u8; 64], receipt: &Receipt) {
    let data = ed25519::encode(key, signature, &receipt.encode());
    let verify = Instruction { program_id: ed25519::ED25519_PROGRAM, accounts: vec![], data };
    let settle = world.network.settle(&job.authority(), &job.keys.job, world.epoch(), 0);
    let reason = world.rejected(&[verify, settle], &[&job.actors.provider]);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
}

#[test]
fn a_meter_key_of_small_order_lets_anybody_sign() {
    // The group's neutral element, and other keys under which every message has a signature.
    let mut neutral = [0u8; 32];
    neutral[0] = 1;
    let mut minus_one = [0xFF; 32];
    (minus_one[0], minus_one[31]) = (0xEC, 0x7F);
    for key in [neutral, [0; 32], minus_one] {
        let mut world = World::new();
        let meter = Address::new_from_array(key);
        let job = JobFixture::running_as(&mut world, |order| order.meter = meter, ESCROW);
        world.until(world.now() + HOUR);
        // R neutral, S zero: S*B = R + k*A for A of order 1, and for others by chance of k.
        let mut signature = [0u8; 64];
        signature[0] = 1;
        for units in 1..=8 {
            let receipt = job.receipt(&world, units);
            unverified(&mut world, &job, &key, &signature, &receipt);
        }
    }
}

#[test]
fn a_signature_is_altered_into_another_that_verifies_too() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 1_000);
    let session = &job.actors.session;
    let mut signature = *session.sign_message(&receipt.encode()).as_array();
    // S plus the group's order is the same number to a careless verifier.
    let mut carry = 0u16;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (u8::try_from(sum & 0xFF).unwrap(), sum >> 8);
    }
    unverified(&mut world, &job, session.pubkey().as_array(), &signature, &receipt);
    // And it would gain nothing: what counts once is the receipt, not its signature.
    job.settle_as(&mut world, &receipt, session).unwrap();
    let again = job.settling_instructions(&world, &receipt, session, 0);
    world.refused(&again, &[&job.actors.provider], E::ReceiptNotNewer);
}

#[test]
fn the_provider_becomes_its_own_meter() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let mut mine = order(world.now(), &actors.provider.pubkey());
    let (open, _, _) = actors.open(&world, &mine, ESCROW);
    world.refused(&[open], &[&actors.consumer], E::MeterIsParty);
    mine.meter = actors.session.pubkey();
    let job = JobFixture::offered_as(&mut world, actors, &mine, ESCROW);
    job.accept(&mut world).unwrap();
    job.start(&mut world).unwrap();
    world.until(world.now() + 60);
    let rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &job.authority());
    world.refused(&[rotate], &[&job.actors.consumer], E::MeterIsParty);
    // Not by rotating itself either, nor by the session key.
    for key in [&job.actors.provider, &job.actors.session] {
        let rotate = world.network.rotate_meter(&key.pubkey(), &job.keys, &Keypair::new().pubkey());
        world.refused(&[rotate], &[key], E::WrongParty);
    }
    let receipt = job.receipt(&world, 1_000);
    let own = job.settling_instructions(&world, &receipt, &job.actors.provider, 0);
    world.refused(&own, &[&job.actors.provider], E::ReceiptSigner);
}

#[test]
fn a_receipt_names_the_largest_numbers_that_there_are() {
    let mut world = World::new();
    let job = JobFixture::running_as(
        &mut world,
        |order| {
            (order.budget, order.rate, order.unit, order.unit_cap) = (u64::MAX, u64::MAX, 1, u64::MAX);
        },
        ESCROW,
    );
    world.until(world.now() + HOUR);
    let supply = world.supply();
    job.settle(&mut world, u64::MAX).unwrap();
    // It may charge everything, and converts what is there.
    let state = job.read(&world);
    assert_eq!((state.accepted, state.escrow, state.burned), (u64::MAX, 0, ESCROW));
    assert!(state.settled <= 120_000_000 && state.earned + state.take <= state.burned);
    assert_eq!(supply - world.supply(), ESCROW);
    world.until(world.now() + 60);
    let last = Receipt { units: u64::MAX, ..job.receipt(&world, 0) };
    let next = job.settling_instructions(&world, &last, &job.actors.session, 0);
    world.refused(&next, &[&job.actors.provider], E::ReceiptNotNewer);
}

#[test]
fn the_clusters_clock_goes_back() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    job.settle(&mut world, 3_600_000).unwrap();
    let (now, slot) = (world.now(), world.slot());
    let (settled, price) = (job.read(&world), world.last_price());
    for back in [1, 60, HOUR, 10 * HOUR] {
        world.set_clock(now - back, slot + 10);
        // A receipt through a time that is not yet again, one of before, a price of the future.
        let ahead = Receipt { units: 3_600_001, through: now, ..job.receipt(&world, 1) };
        let instructions = job.settling_instructions(&world, &ahead, &job.actors.session, 0);
        world.refused(&instructions, &[&job.actors.provider], E::ReceiptNotNewer);
        let later = Receipt { through: now + 1, ..ahead };
        let instructions = job.settling_instructions(&world, &later, &job.actors.session, 0);
        world.refused(&instructions, &[&job.actors.provider], E::ReceiptTime);
        world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
        let rebate = world.network.claim_rebate(&job.authority(), world.epoch(), &job.authority());
        world.rejected(&[rebate], &[]);
        world.refresh();
        world.refused(&[world.network.observe()], &[], E::NoPrice);
    }
    assert_eq!((job.read(&world), world.last_price()), (settled, price));
    // When it is ahead again, everything goes on.
    world.set_clock(now + 60, slot + 200);
    world.refresh();
    job.settle(&mut world, 3_660_000).unwrap();
}

#[test]
fn a_receipt_is_kept_until_the_price_is_best() {
    // A cumulative receipt may wait; what it cannot do is choose among prices that have passed.
    let mut world = World::new();
    let job = an_hour(&mut world);
    let receipt = job.receipt(&world, 3_600_000);
    let low = settlement_interface::oracle::PriceMessage { spot: 190_000_000, ..world.price };
    world.publish(low);
    world.until(world.now() + 60);
    world.must(&[world.network.observe()], &[]);
    // The update of a minute ago was dearer for the consumer; it is signed, and too old to count.
    let old = settlement_interface::oracle::PriceMessage {
        spot: 180_500_000,
        publish_time: world.now() - 30,
        ..world.price
    };
    world.publish(old);
    job.settle_as(&mut world, &receipt, &job.actors.session).unwrap();
    assert_eq!(job.read(&world).burned, 0, "accepted, and not converted at a price of the past");
    world.refresh();
    world.until(world.now() + DAY / 24);
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
}
