//! Offers that lapse and jobs that are cancelled before they start.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Due, JobState, Party, REASON_BY_CONSUMER, REASON_LAPSED};
use settlement_interface::events::{Event, JobCancelled, Touched};
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, STAKE, Sent, World, touched};

#[track_caller]
fn cancelled(sent: &Sent) -> JobCancelled {
    let Event::JobCancelled(event) = sent.only() else { panic!("{:?}", sent.events) };
    **event
}

#[test]
fn cancelling_an_offer_is_free() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let sent = job.cancel(&mut world).unwrap();
    let expected = JobCancelled {
        entities: [touched(&job.keys.job, 2), Touched::NOTHING, Touched::NOTHING],
        at: world.now(),
        job: job.keys.job,
        refund: ESCROW,
        fee: 0,
        bond: 0,
        reason: u64::from(REASON_BY_CONSUMER),
    };
    assert_eq!(cancelled(&sent), expected);
    let before = world.balance(&job.wallet());
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    assert_eq!(world.balance(&job.wallet()), before + ESCROW);
}

#[test]
fn cancelling_an_accepted_job_until_start_by_costs_the_fee() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    world.until(job.read(&world).terms.order.start_by);
    let sent = job.cancel(&mut world).unwrap();
    let expected = JobCancelled {
        entities: [touched(&job.keys.job, 3), touched(&job.keys.provider, 4), touched(&pda::totals(), 3)],
        at: world.now(),
        job: job.keys.job,
        refund: ESCROW - ESCROW / 50,
        fee: ESCROW / 50,
        bond: ESCROW / 10,
        reason: u64::from(REASON_BY_CONSUMER),
    };
    assert_eq!(cancelled(&sent), expected);
    let provider = job.provider(&world);
    assert_eq!((provider.stake, provider.locked, provider.jobs_open), (STAKE, 0, 0));
    assert_eq!((provider.jobs_failed, provider.bad, world.totals().locked), (0, 0, 0));
    let before = world.balance(&job.authority());
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    assert_eq!(world.balance(&job.authority()), before + ESCROW / 50);
}

#[test]
fn cancelling_after_start_by_costs_nothing_even_when_marked() {
    for marked in [false, true] {
        let mut world = World::new();
        let job = JobFixture::late(&mut world);
        if marked {
            job.mark(&mut world, &job.actors.consumer);
        }
        let sent = job.cancel(&mut world).unwrap();
        let event = cancelled(&sent);
        assert_eq!((event.refund, event.fee, event.bond), (ESCROW, 0, ESCROW / 10));
        assert_eq!(job.read(&world).dues[Party::Provider as usize], Due::default());
        assert_eq!(job.provider(&world).slashed, 0);
    }
}

#[test]
fn the_fee_is_rounded_down() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    job.top_up(&mut world, 49, 0).unwrap();
    job.accept(&mut world).unwrap();
    let event = cancelled(&job.cancel(&mut world).unwrap());
    assert_eq!((event.fee, event.refund), (ESCROW / 50, ESCROW + 49 - ESCROW / 50));
}

#[test]
fn a_running_or_ended_job_is_not_cancelled() {
    let mut world = World::new();
    let running = JobFixture::running(&mut world);
    let closing = JobFixture::closing(&mut world);
    let closed = JobFixture::closed(&mut world);
    let cancelled = JobFixture::offered(&mut world);
    cancelled.cancel(&mut world).unwrap();
    for job in [&running, &closing, &closed, &cancelled] {
        let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
        world.refused(&[cancel], &[&job.actors.consumer], E::WrongState);
    }
}

#[test]
fn only_the_consumer_cancels() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let stranger = world.wallet();
    let provider = job.actors.provider.insecure_clone();
    for key in [&stranger, &provider] {
        let cancel = world.network.cancel_job(&key.pubkey(), &job.keys);
        world.refused(&[cancel], &[key], E::WrongParty);
    }
    let other = JobFixture::assigned(&mut world);
    let mut cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    cancel.accounts[2].pubkey = other.keys.provider;
    world.refused(&[cancel], &[&job.actors.consumer], E::WrongProvider);
}

#[test]
fn an_offer_lapses_once_it_cannot_be_accepted_in_time_and_costs_nobody_anything() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let advance = world.network.advance_job(&job.keys);
    world.until(job.read(&world).terms.order.offer_by);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // Whom it named, and never accepted, cannot be marked either.
    let by = world.wallet();
    world.refused(&[world.network.mark(&by.pubkey(), &job.keys)], &[&by], E::WrongState);
    world.until(world.now() + 1);
    let provider = job.provider(&world);
    let sent = world.must(std::slice::from_ref(&advance), &[]);
    let expected = JobCancelled {
        entities: [touched(&job.keys.job, 2), Touched::NOTHING, Touched::NOTHING],
        at: world.now(),
        job: job.keys.job,
        refund: ESCROW,
        fee: 0,
        bond: 0,
        reason: u64::from(REASON_LAPSED),
    };
    assert_eq!(cancelled(&sent), expected);
    assert_eq!(job.provider(&world), provider);
    assert_eq!(job.read(&world).state(), Some(JobState::Cancelled));
    world.refused(&[advance], &[], E::NothingDue);
}

#[test]
fn an_offer_lapses_also_when_the_lead_to_start_by_is_too_short() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let order = job.read(&world).terms.order;
    // start_by soon: min_lead (15 min) ends the offer before offer_by does.
    let mut soon = order;
    (soon.offer_by, soon.start_by) = (world.now() + 1_800, world.now() + 1_800);
    let job = job.again(&mut world, &soon, ESCROW);
    let advance = world.network.advance_job(&job.keys);
    world.until(soon.start_by - 900);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(soon.start_by - 899);
    world.must(&[advance], &[]);
}
