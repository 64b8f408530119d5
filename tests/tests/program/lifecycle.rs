//! A job from opening to the return of its rent.

use settlement_interface::accounts::{Job, JobState, Party};
use settlement_interface::events::Event;
use solana_signer::Signer;
use tests::{JobFixture, World};

#[test]
fn a_job_is_escrowed_worked_settled_burned_and_minted() {
    let mut world = World::new();
    let supply = world.supply();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 3_600);
    let sent = job.settle(&mut world, 3_600_000).unwrap();
    let [Event::ReceiptAccepted(receipt), Event::Converted(converted)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    assert_eq!((receipt.accepted, receipt.units, receipt.halt), (2_000_000, 3_600_000, 0));
    // 2 USD at a burn price of 1.999 USD is 1.000500251 tokens, rounded up; 5% of that is the take.
    assert_eq!((converted.usd, converted.burned, converted.take), (2_000_000, 1_000_500_251, 50_025_013));
    // 95% of 2 USD at a mint price of 2.001 USD, rounded down.
    assert_eq!(converted.earned, 949_525_237);
    assert_eq!(world.supply(), supply - converted.burned);

    let authority = job.actors.provider.pubkey();
    let before = world.balance(&authority);
    world.must(&[world.network.claim(&authority)], &[]);
    assert_eq!(world.balance(&authority), before + converted.earned);
    assert_eq!(world.supply(), supply - converted.burned + converted.earned);
}

#[test]
fn a_closed_job_refunds_the_rest_and_returns_its_rent() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let state = job.read(&world);
    assert_eq!(state.state(), Some(JobState::Closed));
    let (consumer, bank) = (job.actors.consumer.pubkey(), world.bank.pubkey());
    let due = state.dues[Party::Consumer as usize];
    assert_eq!(due.escrow, tests::ESCROW - state.burned);
    let before = world.balance(&consumer);
    world.must(&[world.network.withdraw(&job.keys, Party::Consumer as u8, &consumer)], &[]);
    assert_eq!(world.balance(&consumer), before + due.escrow);
    assert_eq!(job.provider(&world).locked, 0);
    world.must(&[world.network.reclaim_job(&job.keys.job, &consumer, &bank)], &[]);
    assert!(world.get::<Job>(&job.keys.job).is_none());
    assert!(world.svm.get_account(&job.vault()).is_none_or(|account| account.lamports == 0));
}
