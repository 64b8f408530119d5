//! Several receipts in one transaction.

use settlement_interface::SettlementError as E;
use solana_instruction::Instruction;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;
use tests::{Actors, ESCROW, JobFixture, World, order};

/// Largest transaction that the network carries, in bytes.
const PACKET: usize = 1_232;

/// Jobs between one consumer and one provider, a minute into their run.
fn jobs(world: &mut World, count: usize) -> Vec<JobFixture> {
    let actors = Actors::new(world);
    let usual = order(world.now(), &actors.session.pubkey());
    let jobs: Vec<JobFixture> = (0..count)
        .map(|_| {
            let actors = Actors {
                consumer: actors.consumer.insecure_clone(),
                session: actors.session.insecure_clone(),
                provider: actors.provider.insecure_clone(),
            };
            let job = JobFixture::offered_as(world, actors, &usual, ESCROW);
            job.accept(world).unwrap();
            job.start(world).unwrap();
            job
        })
        .collect();
    world.until(world.now() + 60);
    jobs
}

/// Pairs of instructions that settle a minute of each job.
fn settling(world: &World, jobs: &[JobFixture]) -> Vec<Instruction> {
    let pair = |(at, job): (usize, &JobFixture)| {
        let receipt = job.receipt(world, 60_000);
        job.settling_instructions(world, &receipt, &job.actors.session, u16::try_from(2 * at).unwrap())
    };
    jobs.iter().enumerate().flat_map(pair).collect()
}

/// Bytes of a legacy transaction that the provider alone signs and pays for.
fn size(message: &Message) -> usize {
    let compact = |n: usize| if n < 0x80 { 1 } else { 2 };
    let instructions: usize = message
        .instructions
        .iter()
        .map(|i| 1 + compact(i.accounts.len()) + i.accounts.len() + compact(i.data.len()) + i.data.len())
        .sum();
    let signatures = usize::from(message.header.num_required_signatures);
    1 + 64 * signatures + 3 + 1 + 32 * message.account_keys.len() + 32 + 1 + instructions
}

#[test]
fn two_jobs_are_settled_in_one_transaction_signed_by_the_provider_alone_and_three_do_not_fit() {
    let mut world = World::new();
    let jobs = jobs(&mut world, 3);
    let payer = jobs[0].authority();
    let two = Message::new(&settling(&world, &jobs[..2]), Some(&payer));
    let three = Message::new(&settling(&world, &jobs), Some(&payer));
    assert!(size(&two) <= PACKET, "{} bytes", size(&two));
    assert!(size(&three) > PACKET, "{} bytes", size(&three));
    assert_eq!(two.header.num_required_signatures, 1);

    let transaction = Transaction::new(&[&jobs[0].actors.provider], two, world.svm.latest_blockhash());
    world.svm.send_transaction(transaction).unwrap();
    for job in &jobs[..2] {
        assert_eq!(job.read(&world).settled, 33_333);
    }
    assert_eq!(jobs[2].read(&world).settled, 0);
}

#[test]
fn the_same_receipt_twice_within_one_transaction_is_refused() {
    let mut world = World::new();
    let jobs = jobs(&mut world, 1);
    let [verify, settle] = settling(&world, &jobs).try_into().unwrap();
    let again = [verify, settle.clone(), settle];
    world.refused(&again, &[&jobs[0].actors.provider], E::ReceiptNotNewer);
}

#[test]
fn a_receipt_of_one_job_does_not_settle_the_other_of_the_batch() {
    let mut world = World::new();
    let jobs = jobs(&mut world, 2);
    let mut all = settling(&world, &jobs);
    all[3] = world.network.settle(&jobs[1].authority(), &jobs[1].keys.job, world.epoch(), 0);
    world.refused(&all, &[&jobs[0].actors.provider], E::ReceiptJob);
}

#[test]
fn one_bad_receipt_undoes_the_whole_batch() {
    let mut world = World::new();
    let jobs = jobs(&mut world, 2);
    jobs[1].settle(&mut world, 60_000).unwrap();
    let all = settling(&world, &jobs);
    world.refused(&all, &[&jobs[0].actors.provider], E::ReceiptNotNewer);
}

#[test]
fn a_later_receipt_of_the_same_job_may_follow_in_the_same_transaction() {
    let mut world = World::new();
    let [job] = jobs(&mut world, 1).try_into().unwrap_or_else(|_| panic!());
    let mut first = job.receipt(&world, 1_000);
    first.through -= 30;
    let second = job.receipt(&world, 60_000);
    let all = [
        job.settling_instructions(&world, &first, &job.actors.session, 0),
        job.settling_instructions(&world, &second, &job.actors.session, 2),
    ]
    .concat();
    let sent = world.must(&all, &[&job.actors.provider]);
    assert_eq!(sent.events.len(), 4);
    assert_eq!((job.read(&world).units, job.read(&world).receipts), (60_000, 2));
}
