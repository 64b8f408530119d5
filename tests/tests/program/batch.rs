//! One signature of a registered meter over receipts of many jobs.

use settlement_interface::accounts::{JobState, Party};
use settlement_interface::batch;
use settlement_interface::events::{BatchAccepted, BatchEntry, BatchSkip, Event};
use settlement_interface::instructions::JobKeys;
use settlement_interface::{Address, SettlementError as E};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, MeterFixture, World, touched, units};

/// The two instructions of a batch signed by this meter: each job with its units.
fn batch(world: &World, meter: &MeterFixture, jobs: &[(&JobFixture, u64)], through: i64) -> [Instruction; 2] {
    let entries: Vec<_> =
        jobs.iter().map(|(job, units)| (job.keys.job, job.read(world).opened_at, *units)).collect();
    let signed = batch::message(&world.config().receipt_domain, &entries, through);
    let units: Vec<_> = jobs.iter().map(|(job, units)| (job.keys.job, *units)).collect();
    [meter.signed(&signed), world.network.accept_batch(&units, through, 0)]
}

fn accepted(events: &[Event]) -> &BatchAccepted {
    let [Event::BatchAccepted(batch)] = events else { panic!("{events:?}") };
    batch
}

#[test]
fn receipts_of_many_jobs_are_accepted_by_one_signature_that_anyone_sends() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let jobs: Vec<_> = (0..3).map(|_| meter.job(&mut world, 0, ESCROW)).collect();
    world.until(world.now() + 3_600);
    let through = world.now() - 5;
    let all: Vec<_> = jobs.iter().zip([3_600_000, 1_800_000, 1]).collect();
    let instructions = batch(&world, &meter, &all, through);
    let (supply, escrow) = (world.supply(), jobs[0].read(&world).escrow);
    let sent = world.must(&instructions, &[]);
    let expected = BatchAccepted {
        entities: jobs.iter().map(|job| touched(&job.keys.job, 4)).collect(),
        at: world.now(),
        meter: meter.key.pubkey(),
        through,
        entries: [(3_600_000, 2_000_000), (1_800_000, 1_000_000), (1, 0)]
            .map(|(units, accepted)| BatchEntry { index: 1, units, accepted, outstanding: accepted })
            .to_vec(),
        skipped: vec![],
    };
    assert_eq!(*accepted(&sent.events), expected);
    // Nothing is converted, nothing moves; anyone converts later.
    let job = jobs[0].read(&world);
    assert_eq!((job.units, job.through, job.receipts, job.accepted), (3_600_000, through, 1, 2_000_000));
    assert_eq!((job.escrow, job.settled, job.heard_at, world.supply()), (escrow, 0, world.now(), supply));
    jobs[0].convert(&mut world).unwrap();
    assert_eq!(jobs[0].read(&world).settled, 2_000_000);
}

#[test]
fn a_job_that_does_not_qualify_is_skipped_and_the_event_says_why() {
    let mut world = World::new();
    let (meter, other) = (MeterFixture::new(&mut world), MeterFixture::new(&mut world));
    let good = meter.job(&mut world, 0, ESCROW);
    let fast = meter.job(&mut world, 0, ESCROW);
    let others = other.job(&mut world, 0, ESCROW);
    let session = JobFixture::running(&mut world);
    let offered = JobFixture::offered(&mut world);
    let poor = meter.job(&mut world, 0, ESCROW / 60);
    world.until(world.now() + 3_600);
    let all = [
        (&good, 60_000),
        (&fast, 3_600 * 8_000 + 1),
        (&others, 60_000),
        (&session, 60_000),
        (&offered, 60_000),
        (&poor, units(1_400_001)),
    ];
    let instructions = batch(&world, &meter, &all, world.now());
    let before: Vec<_> = all[1..].iter().map(|(job, _)| job.read(&world)).collect();
    let sent = world.must(&instructions, &[]);
    let event = accepted(&sent.events);
    assert_eq!(event.entities.len(), 1);
    let skip = |job: &JobFixture, error: E| BatchSkip { job: job.keys.job, reason: u64::from(error.code()) };
    let expected = [
        skip(&fast, E::ReceiptTooFast),
        skip(&others, E::ReceiptSigner),
        skip(&session, E::ReceiptSigner),
        skip(&offered, E::WrongState),
        skip(&poor, E::ReceiptUnsecured),
    ];
    assert_eq!(event.skipped, expected);
    for ((job, _), before) in all[1..].iter().zip(before) {
        assert_eq!(job.read(&world), before);
    }
    // Exactly 70% of what the escrow is worth is let in.
    world.until(world.now() + 1);
    let instructions = batch(&world, &meter, &[(&poor, units(1_400_000))], world.now());
    world.must(&instructions, &[]);
    // If nothing qualifies, nothing is done.
    let instructions = batch(&world, &meter, &[(&poor, units(1_400_000) + 1), (&others, 1)], world.now());
    world.refused(&instructions, &[], E::BatchEmpty);
}

#[test]
fn a_job_that_is_gone_is_skipped_and_holds_up_no_other() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let (good, gone) = (meter.job(&mut world, 0, ESCROW), meter.job(&mut world, 0, ESCROW));
    let opened_at = gone.read(&world).opened_at;
    let provider = gone.actors.provider.insecure_clone();
    gone.close(&mut world, &provider).unwrap();
    world.until(world.now() + 86_401);
    for _ in 0..3 {
        gone.advance(&mut world);
    }
    // The meter signs while the job is there; by the time that the batch arrives somebody has closed it.
    let (all, through) = ([(&good, 60_000), (&gone, 1_000)], good.read(&world).started_at + 3_600);
    let [words, _] = batch(&world, &meter, &all, through);
    gone.withdraw(&mut world, Party::Consumer, &gone.wallet()).unwrap();
    gone.reclaim(&mut world).unwrap();
    let units = [(good.keys.job, 60_000), (gone.keys.job, 1_000)];
    let send = |opened: &[i64]| world.network.accept_batch_without(&units, opened, through, 0);
    let (accept, wrong) = (send(&[opened_at]), send(&[opened_at + 1]));
    let (none, more) = (send(&[]), send(&[opened_at, opened_at]));
    world.refused(&[words.clone(), none], &[], E::BatchAccounts);
    world.refused(&[words.clone(), more], &[], E::BatchAccounts);
    world.refused(&[words.clone(), wrong], &[], E::BatchForm);
    // Nor does a job that is there pass as one that is gone.
    let mut hidden = accept.clone();
    let place = hidden.accounts.len() - 2;
    hidden.accounts[place].pubkey = world.bank.pubkey();
    world.refused(&[words.clone(), hidden], &[], E::BatchAccounts);
    let sent = world.must(&[words, accept], &[]);
    let event = accepted(&sent.events);
    assert_eq!(event.entities.iter().map(|touched| touched.entity).collect::<Vec<_>>(), [good.keys.job]);
    let reason = u64::from(E::BatchJobGone.code());
    assert_eq!(event.skipped, [BatchSkip { job: gone.keys.job, reason }]);
    assert_eq!((good.read(&world).units, good.read(&world).receipts), (60_000, 1));
}

#[test]
fn the_limit_holds_in_closing_too() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let poor = meter.job(&mut world, 0, ESCROW / 60);
    world.until(world.now() + 3_600);
    let consumer = poor.actors.consumer.insecure_clone();
    poor.close(&mut world, &consumer).unwrap();
    let over = batch(&world, &meter, &[(&poor, units(1_400_001))], world.now());
    world.refused(&over, &[], E::BatchEmpty);
    let just = batch(&world, &meter, &[(&poor, units(1_400_000))], world.now());
    world.must(&just, &[]);
    assert_eq!(poor.read(&world).state(), Some(JobState::Closing));
}

#[test]
fn a_job_that_is_named_twice_counts_once() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    world.until(world.now() + 60);
    let instructions = batch(&world, &meter, &[(&job, 1_000), (&job, 2_000), (&job, 1_000)], world.now());
    let sent = world.must(&instructions, &[]);
    let event = accepted(&sent.events);
    assert_eq!((event.entries.len(), event.skipped.len()), (1, 2));
    let twice = u64::from(E::ReceiptNotNewer.code());
    assert!(event.skipped.iter().all(|skip| skip.reason == twice));
    assert_eq!((job.read(&world).units, job.read(&world).receipts), (1_000, 1));
    world.refused(&instructions, &[], E::BatchEmpty);
}

#[test]
fn nothing_but_what_the_meter_signed_is_a_batch() {
    let mut world = World::new();
    let (meter, other) = (MeterFixture::new(&mut world), MeterFixture::new(&mut world));
    let (one, two) = (meter.job(&mut world, 0, ESCROW), meter.job(&mut world, 0, ESCROW));
    world.until(world.now() + 60);
    let through = world.now();
    let [words, accept] = batch(&world, &meter, &[(&one, 1_000), (&two, 2_000)], through);
    let keys = |job: &JobFixture| -> JobKeys { job.keys };
    let send = |jobs: &[(Address, u64)], through| world.network.accept_batch(jobs, through, 0);
    let (a, b) = (keys(&one).job, keys(&two).job);
    let changed = [
        send(&[(a, 1_001), (b, 2_000)], through),
        send(&[(b, 1_000), (a, 2_000)], through),
        send(&[(a, 1_000)], through),
        send(&[(a, 1_000), (b, 2_000), (b, 2_000)], through),
        send(&[(a, 1_000), (b, 2_000)], through - 1),
    ];
    for other in changed {
        world.refused(&[words.clone(), other], &[], E::BatchForm);
    }
    let [theirs, _] = batch(&world, &other, &[(&one, 1_000), (&two, 2_000)], through);
    world.refused(&[theirs, accept.clone()], &[], E::BatchEmpty);
    let receipt = meter.receipt(&world, &one, 1_000, through);
    world.refused(&[receipt, accept.clone()], &[], E::BatchForm);
    world.refused(std::slice::from_ref(&accept), &[], E::NoReceipt);
    // One account more or less than there are units.
    let mut less = accept.clone();
    less.accounts.pop();
    world.refused(&[words.clone(), less], &[], E::BatchAccounts);
    let none = world.network.accept_batch(&[], through, 0);
    world.refused(&[words.clone(), none], &[], E::BatchAccounts);
    // Neither another kind of account nor one that may not be written.
    let mut kind = accept.clone();
    kind.accounts[5].pubkey = one.keys.provider;
    world.rejected(&[words.clone(), kind], &[]);
    let mut read_only = accept.clone();
    read_only.accounts[5].is_writable = false;
    world.rejected(&[words.clone(), read_only], &[]);
    world.must(&[words, accept], &[]);
}

#[test]
fn a_batch_is_no_receipt() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    world.until(world.now() + 60);
    let [words, _] = batch(&world, &meter, &[(&job, 1_000)], world.now());
    let settle = world.network.settle(&job.authority(), &job.keys.job, world.epoch(), 0);
    let signer: &Keypair = &job.actors.provider;
    world.refused(&[words, settle], &[signer], E::ReceiptForm);
}
