//! Replacing the session key while a job runs.

use settlement_interface::SettlementError as E;
use settlement_interface::events::{Event, MeterRotated};
use settlement_interface::receipt::Receipt;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, keypair, touched};

/// One receipt grace: the default.
const GRACE: i64 = 86_400;

/// A job of ten days, an hour into its run.
fn long_job(world: &mut World) -> JobFixture {
    let job = JobFixture::running_as(world, |order| order.end_by += 10 * GRACE, ESCROW);
    world.until(world.now() + 3_600);
    job
}

#[track_caller]
fn refused(world: &mut World, job: &JobFixture, receipt: Receipt, by: &Keypair, why: E) {
    let instructions = job.settling_instructions(world, &receipt, by, 0);
    world.refused(&instructions, &[&job.actors.provider], why);
}

#[test]
fn the_consumer_rotates_the_key_and_it_is_told_in_full() {
    let mut world = World::new();
    let job = long_job(&mut world);
    let (old, new) = (job.actors.session.pubkey(), keypair(88).pubkey());
    let sent = job.rotate(&mut world, &new).unwrap();
    let expected = MeterRotated {
        entities: [touched(&job.keys.job, 4)],
        at: world.now(),
        job: job.keys.job,
        previous: old,
        meter: new,
    };
    assert_eq!(sent.events, [Event::MeterRotated(Box::new(expected))]);
    let state = job.read(&world);
    assert_eq!((state.meter, state.previous_meter, state.rotated_at), (new, old, world.now()));
    // The terms stay as both sides signed them.
    assert_eq!(state.terms.order.meter, old);
}

#[test]
fn what_the_previous_key_signed_up_to_the_rotation_counts_for_one_grace() {
    let mut world = World::new();
    let job = long_job(&mut world);
    let (old, new) = (job.actors.session.insecure_clone(), keypair(88));
    job.rotate(&mut world, &new.pubkey()).unwrap();
    let rotated_at = world.now();
    world.until(rotated_at + GRACE);
    let last = Receipt { through: rotated_at, ..job.receipt(&world, 1_000) };
    refused(&mut world, &job, Receipt { through: rotated_at + 1, ..last }, &old, E::ReceiptTime);
    let instructions = job.settling_instructions(&world, &last, &old, 0);
    world.trial(&instructions, &[&job.actors.provider]).unwrap();
    world.until(rotated_at + GRACE + 1);
    refused(&mut world, &job, last, &old, E::ReceiptTooLate);
    // The new key may attest the same time.
    job.settle_as(&mut world, &last, &new).unwrap();
}

#[test]
fn the_new_key_counts_at_once_and_keys_before_the_previous_do_not() {
    let mut world = World::new();
    let job = long_job(&mut world);
    let (first, second, third) = (job.actors.session.insecure_clone(), keypair(88), keypair(89));
    job.rotate(&mut world, &second.pubkey()).unwrap();
    let receipt = job.receipt(&world, 1_000);
    job.settle_as(&mut world, &receipt, &second).unwrap();
    world.until(world.now() + GRACE + 1);
    job.rotate(&mut world, &third.pubkey()).unwrap();
    let receipt = job.receipt(&world, 2_000);
    refused(&mut world, &job, receipt, &first, E::ReceiptSigner);
    job.settle_as(&mut world, &receipt, &second).unwrap();
}

#[test]
fn a_key_is_rotated_once_per_receipt_grace() {
    let mut world = World::new();
    let job = long_job(&mut world);
    job.rotate(&mut world, &keypair(88).pubkey()).unwrap();
    let rotated_at = world.now();
    let again = world.network.rotate_meter(&job.wallet(), &job.keys, &keypair(89).pubkey());
    world.refused(std::slice::from_ref(&again), &[&job.actors.consumer], E::RotatedRecently);
    // To the last second in which the previous key's receipts count.
    world.until(rotated_at + GRACE);
    world.refused(std::slice::from_ref(&again), &[&job.actors.consumer], E::RotatedRecently);
    world.until(rotated_at + GRACE + 1);
    world.must(&[again], &[&job.actors.consumer]);
}

#[test]
fn a_chain_that_stood_still_voids_nothing_that_the_previous_key_signed() {
    let mut world = World::new();
    let job = long_job(&mut world);
    let old = job.actors.session.insecure_clone();
    job.rotate(&mut world, &keypair(88).pubkey()).unwrap();
    let (rotated_at, slot) = (world.now(), world.slot());
    let last = Receipt { through: rotated_at, ..job.receipt(&world, 1_000) };
    let instructions = job.settling_instructions(&world, &last, &old, 0);
    let again = world.network.rotate_meter(&job.wallet(), &job.keys, &keypair(89).pubkey());
    // Days have passed, the slots of one grace have not.
    world.set_clock(rotated_at + 5 * GRACE, slot + 86_400);
    world.refused(std::slice::from_ref(&again), &[&job.actors.consumer], E::RotatedRecently);
    world.trial(&instructions, &[&job.actors.provider]).unwrap();
    world.set_clock(rotated_at + 5 * GRACE, slot + 86_401);
    refused(&mut world, &job, last, &old, E::ReceiptTooLate);
    world.must(&[again], &[&job.actors.consumer]);
}

#[test]
fn the_present_key_and_the_providers_are_no_new_key() {
    let mut world = World::new();
    let job = long_job(&mut world);
    for (meter, error) in [(job.actors.session.pubkey(), E::SameMeter), (job.authority(), E::MeterIsParty)] {
        let rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &meter);
        world.refused(&[rotate], &[&job.actors.consumer], error);
    }
}

#[test]
fn only_the_consumer_rotates_and_only_while_the_job_runs() {
    let mut world = World::new();
    let job = long_job(&mut world);
    let other = JobFixture::running(&mut world);
    let new = keypair(88).pubkey();
    for key in [&job.actors.session, &job.actors.provider, &other.actors.consumer] {
        let rotate = world.network.rotate_meter(&key.pubkey(), &job.keys, &new);
        world.refused(&[rotate], &[key], E::WrongParty);
    }
    let mut rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &new);
    rotate.accounts[1].pubkey = other.keys.provider;
    world.refused(&[rotate], &[&job.actors.consumer], E::WrongProvider);
    let assigned = JobFixture::assigned(&mut world);
    let closing = JobFixture::closing(&mut world);
    for job in [&assigned, &closing] {
        let rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &new);
        world.refused(&[rotate], &[&job.actors.consumer], E::WrongState);
    }
}
