//! Which receipts count: time, units, keys, states.

use settlement_interface::SettlementError as E;
use settlement_interface::events::{Event, HALT_NOTHING, ReceiptAccepted};
use settlement_interface::receipt::{Receipt, domain};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{CLUSTER, Expected, JobFixture, World, touched};

#[track_caller]
fn refused(world: &mut World, job: &JobFixture, receipt: Receipt, by: &Keypair, why: impl Into<Expected>) {
    let instructions = job.settling_instructions(world, &receipt, by, 0);
    world.refused(&instructions, &[&job.actors.provider], why);
}

/// What would come of a receipt of the session key.
fn trial(world: &mut World, job: &JobFixture, receipt: Receipt) -> tests::Outcome {
    let instructions = job.settling_instructions(world, &receipt, &job.actors.session, 0);
    world.trial(&instructions, &[&job.actors.provider])
}

/// A job that has run for a minute.
fn a_minute() -> (World, JobFixture) {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    (world, job)
}

#[test]
fn an_accepted_receipt_is_told_in_full() {
    let (mut world, job) = a_minute();
    let sent = job.settle(&mut world, 36_000).unwrap();
    let expected = ReceiptAccepted {
        entities: [touched(&job.keys.job, 4)],
        at: world.now(),
        job: job.keys.job,
        meter: job.actors.session.pubkey(),
        index: 1,
        units: 36_000,
        through: world.now(),
        accepted: 20_000,
        outstanding: 20_000,
        halt: 0,
    };
    assert_eq!(sent.events[0], Event::ReceiptAccepted(Box::new(expected)));
    let state = job.read(&world);
    assert_eq!((state.units, state.through, state.heard_at), (36_000, world.now(), world.now()));
    assert_eq!((state.receipts, state.accepted, state.settled), (1, 20_000, 20_000));
}

#[test]
fn a_thousand_small_receipts_pay_no_more_than_one_and_burn_at_most_a_base_unit_more_each() {
    let mut world = World::new();
    let (many, one) = (JobFixture::running(&mut world), JobFixture::running(&mut world));
    for turn in 1..=1_000 {
        world.until(world.now() + 1);
        many.settle(&mut world, turn * 101).unwrap();
    }
    one.settle(&mut world, 101_000).unwrap();
    let (many, one) = (many.read(&world), one.read(&world));
    assert_eq!((many.accepted, many.settled), (one.accepted, one.settled));
    assert!(many.earned <= one.earned, "small receipts never earn more");
    assert!(
        many.burned >= one.burned && many.burned - one.burned <= 1_000,
        "{} more",
        many.burned - one.burned
    );
}

#[test]
fn units_and_time_must_both_exceed_the_last_receipts() {
    let (mut world, job) = a_minute();
    let started = job.read(&world).started_at;
    let session = job.actors.session.insecure_clone();
    let first = job.receipt(&world, 1_000);
    refused(&mut world, &job, Receipt { units: 0, ..first }, &session, E::ReceiptNotNewer);
    refused(&mut world, &job, Receipt { through: started, ..first }, &session, E::ReceiptNotNewer);
    refused(&mut world, &job, Receipt { through: started - 1, ..first }, &session, E::ReceiptNotNewer);
    let earliest = Receipt { units: 1, through: started + 1, ..first };
    assert!(trial(&mut world, &job, earliest).is_ok());

    job.settle_as(&mut world, &first, &session).unwrap();
    refused(&mut world, &job, first, &session, E::ReceiptNotNewer);
    world.until(world.now() + 60);
    let next = job.receipt(&world, 2_000);
    refused(&mut world, &job, Receipt { units: 1_000, ..next }, &session, E::ReceiptNotNewer);
    refused(&mut world, &job, Receipt { through: first.through, ..next }, &session, E::ReceiptNotNewer);
    let least = Receipt { units: 1_001, through: first.through + 1, ..next };
    assert!(trial(&mut world, &job, least).is_ok());
}

#[test]
fn a_receipt_reaches_up_to_now_and_not_into_the_future() {
    let (mut world, job) = a_minute();
    let session = job.actors.session.insecure_clone();
    let now = job.receipt(&world, 1_000);
    refused(&mut world, &job, Receipt { through: now.through + 1, ..now }, &session, E::ReceiptTime);
    assert!(trial(&mut world, &job, now).is_ok());
}

#[test]
fn a_receipt_reaches_up_to_the_end_of_the_job_and_not_beyond() {
    let (mut world, job) = a_minute();
    let end_by = job.read(&world).terms.order.end_by;
    world.until(end_by + 5);
    let session = job.actors.session.insecure_clone();
    let last = Receipt { through: end_by, ..job.receipt(&world, 1_000) };
    refused(&mut world, &job, Receipt { through: end_by + 1, ..last }, &session, E::ReceiptTime);
    assert!(trial(&mut world, &job, last).is_ok());
}

#[test]
fn units_may_reach_the_cap_for_the_time_passed_and_not_one_more() {
    let (mut world, job) = a_minute();
    let session = job.actors.session.insecure_clone();
    let full = job.receipt(&world, 60 * 8_000);
    refused(&mut world, &job, Receipt { units: full.units + 1, ..full }, &session, E::ReceiptTooFast);
    job.settle_as(&mut world, &full, &session).unwrap();
    world.until(world.now() + 1);
    // Time that was not used up to the last receipt does not count twice.
    let next = job.receipt(&world, full.units + 8_000);
    refused(&mut world, &job, Receipt { units: next.units + 1, ..next }, &session, E::ReceiptTooFast);
    assert!(trial(&mut world, &job, next).is_ok());
}

#[test]
fn work_beyond_the_budget_is_capped_and_then_charges_nothing() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 30_000);
    job.settle(&mut world, 30_000 * 8_000).unwrap();
    let state = job.read(&world);
    assert_eq!((state.accepted, state.settled, state.units), (100_000_000, 100_000_000, 240_000_000));
    world.until(world.now() + 10);
    let before = world.supply();
    let sent = job.settle(&mut world, 240_010_000).unwrap();
    let Event::ReceiptAccepted(receipt) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((receipt.accepted, receipt.outstanding, receipt.halt), (100_000_000, 0, HALT_NOTHING));
    assert_eq!(world.supply(), before);
}

#[test]
fn a_charge_is_rounded_down() {
    let (mut world, job) = a_minute();
    // 1 unit is five ninths of a micro-dollar.
    let sent = job.settle(&mut world, 1).unwrap();
    let Event::ReceiptAccepted(receipt) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((receipt.accepted, receipt.halt), (0, HALT_NOTHING));
    world.until(world.now() + 1);
    job.settle(&mut world, 2).unwrap();
    assert_eq!(job.read(&world).accepted, 1);
}

#[test]
fn receipts_up_to_the_closing_count_for_one_grace_and_no_longer() {
    let (mut world, job) = a_minute();
    let session = job.actors.session.insecure_clone();
    job.close(&mut world, &job.actors.consumer).unwrap();
    let closing_at = world.now();
    let grace = job.read(&world).terms.parameters.receipt_grace;
    world.until(closing_at + grace);
    let last = Receipt { through: closing_at, ..job.receipt(&world, 1_000) };
    refused(&mut world, &job, Receipt { through: closing_at + 1, ..last }, &session, E::ReceiptTime);
    assert!(trial(&mut world, &job, last).is_ok());
    world.until(closing_at + grace + 1);
    refused(&mut world, &job, last, &session, E::ReceiptTooLate);
}

#[test]
fn receipts_count_only_while_running_or_closing() {
    let mut world = World::new();
    let offered = JobFixture::offered(&mut world);
    let assigned = JobFixture::assigned(&mut world);
    for job in [&offered, &assigned] {
        let receipt = Receipt { through: world.now(), ..job.receipt(&world, 1_000) };
        let session = job.actors.session.insecure_clone();
        refused(&mut world, job, receipt, &session, E::WrongState);
    }
    assigned.cancel(&mut world).unwrap();
    let settling = JobFixture::settling(&mut world);
    let closed = JobFixture::closed(&mut world);
    for job in [&assigned, &settling, &closed] {
        let receipt = job.receipt(&world, 4_000_000);
        let session = job.actors.session.insecure_clone();
        refused(&mut world, job, receipt, &session, E::WrongState);
    }
}

#[test]
fn a_valid_signature_by_another_key_is_refused() {
    let (mut world, job) = a_minute();
    let receipt = job.receipt(&world, 1_000);
    let stranger = world.wallet();
    let (consumer, provider) = (job.actors.consumer.insecure_clone(), job.actors.provider.insecure_clone());
    for key in [&stranger, &consumer, &provider] {
        refused(&mut world, &job, receipt, key, E::ReceiptSigner);
    }
}

#[test]
fn a_receipt_counts_for_its_own_job_opening_and_cluster_only() {
    let (mut world, job) = a_minute();
    let session = job.actors.session.insecure_clone();
    let receipt = job.receipt(&world, 1_000);
    let elsewhere = job.actors.provider_address();
    refused(&mut world, &job, Receipt { job: elsewhere, ..receipt }, &session, E::ReceiptJob);
    let reopened = Receipt { opened_at: receipt.opened_at + 1, ..receipt };
    refused(&mut world, &job, reopened, &session, E::ReceiptJob);
    let cluster = Receipt { domain: domain(&[0xC2; 32]), ..receipt };
    refused(&mut world, &job, cluster, &session, E::ReceiptDomain);
    // Another program, or another version of the message, hashes to another domain.
    let bare = Receipt { domain: CLUSTER, ..receipt };
    refused(&mut world, &job, bare, &session, E::ReceiptDomain);
}

#[test]
fn a_receipt_is_not_replayed_on_another_job_of_the_same_parties() {
    let mut world = World::new();
    let first = JobFixture::running(&mut world);
    let (usual, session) = (first.read(&world).terms.order, first.actors.session.insecure_clone());
    world.until(world.now() + 60);
    let receipt = first.receipt(&world, 1_000);
    first.settle_as(&mut world, &receipt, &session).unwrap();
    let second = first.again(&mut world, &usual, tests::ESCROW);
    second.accept(&mut world).unwrap();
    second.start(&mut world).unwrap();
    world.until(world.now() + 60);
    refused(&mut world, &second, receipt, &session, E::ReceiptJob);
}

#[test]
fn only_the_jobs_provider_settles_it() {
    let (mut world, job) = a_minute();
    let other = JobFixture::running(&mut world);
    let receipt = job.receipt(&world, 1_000);
    let [verify, settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    let mut as_stranger = settle.clone();
    as_stranger.accounts[0].pubkey = other.authority();
    world.refused(&[verify.clone(), as_stranger], &[&other.actors.provider], E::WrongParty);
    let theirs = world.network.settle(&other.authority(), &job.keys.job, world.epoch(), 0);
    world.refused(&[verify.clone(), theirs], &[&other.actors.provider], E::WrongProvider);
    let mut other_vault = settle.clone();
    other_vault.accounts[6].pubkey = other.vault();
    world.refused(&[verify, other_vault], &[&job.actors.provider], E::WrongVault);
}

#[test]
fn a_take_is_booked_in_the_present_epoch_only() {
    let (mut world, job) = a_minute();
    let receipt = job.receipt(&world, 1_000);
    let [verify, _] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    for epoch in [world.epoch() - 1, world.epoch() + 1] {
        let settle = world.network.settle(&job.authority(), &job.keys.job, epoch, 0);
        world.refused(&[verify.clone(), settle], &[&job.actors.provider], E::WrongEpoch);
    }
}

#[test]
fn a_mint_other_than_the_jobs_is_refused() {
    let (mut world, job) = a_minute();
    let other = tests::keypair(50).pubkey();
    world.set_mint(&other, Some(settlement_interface::pda::config()), None, 9, 0);
    let receipt = job.receipt(&world, 1_000);
    let [verify, mut settle] = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    settle.accounts[7].pubkey = other;
    world.refused(&[verify, settle], &[&job.actors.provider], E::WrongMint);
}
