//! What waits when much of the network fails at once, and that nobody brings that about for nothing.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Dispute, JobState, OUTCOME_OPEN, OUTCOME_PROVIDER_LOST};
use settlement_interface::events::{Event, PenaltyDelayed};
use settlement_interface::instructions::Evidence;
use settlement_interface::{Address, pda};
use tests::{ESCROW, JobFixture, MeterFixture, Outage, Trace, Verifiable, World, touched};

const BOND: u64 = ESCROW / 10;
/// Of a no-show with a reporter: 15% of half of the bond.
const BURNED: u64 = BOND / 2 / 100 * 15;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;

/// Has five other jobs fail, two hours from now.
fn fail_many(world: &mut World) {
    for job in JobFixture::many_marked(world, 5) {
        let sent = job.advance(world);
        assert!(matches!(sent.only(), Event::JobFailed(_)), "{:?}", sent.events);
    }
}

#[test]
fn once_much_of_what_is_locked_was_taken_a_penalty_waits_once_for_a_day() {
    let mut world = World::new();
    let jobs = JobFixture::many_marked(&mut world, 8);
    for job in &jobs[..5] {
        let sent = job.advance(&mut world);
        assert!(matches!(sent.only(), Event::JobFailed(_)), "{:?}", sent.events);
    }
    let sent = jobs[5].advance(&mut world);
    let until = world.now() + DAY;
    let expected = PenaltyDelayed {
        entities: [touched(&jobs[5].keys.job, 4)],
        at: world.now(),
        job: jobs[5].keys.job,
        case: Address::default(),
        until,
        excused: 0,
        burned: 5 * BURNED,
        penalties: 5,
        locked: 3 * BOND,
    };
    assert_eq!(sent.events, [Event::PenaltyDelayed(Box::new(expected))]);
    let waiting = jobs[5].read(&world);
    assert_eq!((waiting.waited, waiting.waits_until), (1, until));
    // It is not slashed meanwhile; it, and one that does not wait yet, may still start.
    let advance = world.network.advance_job(&jobs[5].keys);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    jobs[6].start(&mut world).unwrap();
    jobs[7].advance(&mut world);
    jobs[7].start(&mut world).unwrap();
    world.until(until - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // What burned counts for up to two days: it waited once, and fails.
    world.until(until);
    let sent = world.must(&[advance], &[]);
    assert!(matches!(sent.only(), Event::JobFailed(_)));
}

#[test]
fn what_can_still_be_cured_holds_up_nobodys_penalty() {
    let mut world = World::new();
    // Somebody's own late jobs, marked, more than all that is locked otherwise.
    let jobs = JobFixture::many_marked(&mut world, 8);
    let [victim, own @ ..] = jobs.as_slice() else { unreachable!() };
    assert_eq!(world.totals().recent(world.now()), (0, 0));
    let sent = victim.advance(&mut world);
    assert!(matches!(sent.only(), Event::JobFailed(_)), "{:?}", sent.events);
    for job in &own[..3] {
        job.cancel(&mut world).unwrap();
    }
    for job in &own[3..] {
        job.start(&mut world).unwrap();
    }
    assert_eq!(world.totals().recent(world.now()), (BURNED, 1));
}

#[test]
fn small_bonds_hold_up_nobodys_penalty() {
    let mut world = World::new();
    for _ in 0..3 {
        MeterFixture::new(&mut world).job(&mut world, 0, 16 * ESCROW);
    }
    for job in JobFixture::many_marked(&mut world, 7) {
        let sent = job.advance(&mut world);
        assert!(matches!(sent.only(), Event::JobFailed(_)), "{:?}", sent.events);
    }
}

#[test]
fn a_case_waits_and_what_is_missed_meanwhile_is_excused_and_nothing_else() {
    let mut scene = Outage::of(|order| order.end_by += 30 * DAY);
    let start = scene.start;
    scene.world.until(start + 10 * HOUR);
    scene.report(start, start + 8 * HOUR);
    scene.mark(0);
    fail_many(&mut scene.world);
    let resolve = scene.resolve(0);
    let sent = scene.world.must(std::slice::from_ref(&resolve), &[]);
    let Event::PenaltyDelayed(delayed) = sent.only() else { panic!("{:?}", sent.events) };
    let (now, until) = (scene.world.now(), scene.world.now() + DAY);
    assert_eq!((delayed.case, delayed.until), (pda::case(&scene.job.keys.job, 0), until));
    assert_eq!(delayed.excused, 24 * HOURLY);
    assert_eq!(scene.job.read(&scene.world).promise().excused, (now, until));
    scene.world.until(until - 1);
    scene.world.refused(std::slice::from_ref(&resolve), &[], E::CaseUnripe);
    // Until it is executed it may be answered, and other cases may be opened, of gaps before the wait too.
    let (better, answer) = (scene.receipt(8 * HOURLY, start + 8 * HOUR), scene.answer(0, u16::MAX, 0));
    scene.world.trial(&[better, answer], &[]).unwrap();
    let (words, open) = (scene.absence(now, until - 1), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::NoGap);
    scene.report(now - 2 * HOUR, now + 5 * HOUR);
    assert_eq!(scene.case(1).missed, 2 * HOURLY);
    scene.world.until(until);
    assert_eq!(scene.execute(0).missed, 8 * HOURLY);
    assert_eq!(scene.uphold(1).missed, 2 * HOURLY);
}

#[test]
fn a_job_does_not_spend_its_wait_on_less_than_a_hundredth_of_its_bond() {
    let mut scene = Outage::of(|order| order.end_by += 30 * DAY);
    let start = scene.start;
    scene.world.until(start + 14 * HOUR);
    scene.report(start, start + 7 * HOUR);
    scene.report(start + 7 * HOUR, start + 14 * HOUR);
    scene.mark(0);
    let second = scene.resolve(1);
    scene.world.must(std::slice::from_ref(&second), &[]);
    fail_many(&mut scene.world);
    let slashed = scene.execute(0).slashed;
    assert!(slashed > 0 && slashed * 100 < BOND, "{slashed}");
    // An outage in pieces waits as one would: together they take enough.
    let sent = scene.world.must(&[second], &[]);
    assert!(matches!(sent.only(), Event::PenaltyDelayed(_)), "{:?}", sent.events);
    let job = scene.job.read(&scene.world);
    assert_eq!((job.waited, job.judged_units), (1, 7 * HOURLY));
}

#[test]
fn a_provider_that_starts_while_its_failure_waits_is_excused_until_the_wait_is_over() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let actors = tests::Actors::new(&mut world);
    let mut order = meter.order(world.now(), 9_000);
    (order.end_by, order.silence_max) = (order.end_by + 9 * DAY, 2 * DAY);
    order.convert_by = order.end_by;
    let job = JobFixture::offered_as(&mut world, actors, &order, ESCROW);
    job.accept(&mut world).unwrap();
    let by = world.wallet();
    world.until(world.now() + HOUR + 1);
    job.mark(&mut world, &by);
    fail_many(&mut world);
    let sent = job.advance(&mut world);
    let Event::PenaltyDelayed(delayed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(delayed.excused, 0);
    world.until(world.now() + 4 * HOUR);
    let sent = job.start(&mut world).unwrap();
    let Event::JobStarted(started) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(started.excused, 20 * HOURLY);
    let start = world.now();
    world.until(start + 22 * HOUR);
    let reporter = world.holder(1_000_000_000);
    let mut scene = Outage { world, meter, job, reporter, start };
    let (words, open) = (scene.absence(start, start + 20 * HOUR), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::NoGap);
    scene.report(start, start + 22 * HOUR);
    assert_eq!(scene.case(0).missed, 2 * HOURLY);
}

#[test]
fn a_missed_service_level_waits_too() {
    let mut scene = Outage::new();
    scene.meter.settle(&mut scene.world, &scene.job, HOURLY / 2).unwrap();
    let consumer = scene.job.actors.consumer.insecure_clone();
    scene.job.close(&mut scene.world, &consumer).unwrap();
    scene.world.until(scene.world.now() + DAY + 1);
    scene.job.advance(&mut scene.world);
    fail_many(&mut scene.world);
    let advance = scene.world.network.advance_job(&scene.job.keys);
    let sent = scene.world.must(std::slice::from_ref(&advance), &[]);
    let Event::PenaltyDelayed(delayed) = sent.only() else { panic!("{:?}", sent.events) };
    // The job is over: there is nothing to excuse.
    assert_eq!((delayed.excused, delayed.case), (0, Address::default()));
    let until = scene.world.now() + DAY;
    scene.world.until(until - 1);
    scene.world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    scene.world.until(until);
    let sent = scene.world.must(&[advance], &[]);
    let [Event::ServiceCredited(credited), Event::JobSettling(_)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    assert_eq!((credited.missed, credited.slashed), (HOURLY / 2, BOND / 4 / 24));
    assert_eq!(scene.job.read(&scene.world).state(), Some(JobState::Settling));
}

#[test]
fn a_turn_that_the_provider_missed_waits_too_and_can_be_taken_meanwhile() {
    for takes in [true, false] {
        let mut world = World::new();
        let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
        let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
        for _ in 0..2 {
            fixture.step(&mut world, &dispute, &provider, &own).unwrap();
        }
        fixture.miss(&mut world, &dispute);
        fail_many(&mut world);
        let resolve = fixture.resolving(&world, &dispute);
        let sent = world.must(std::slice::from_ref(&resolve), &[]);
        let Event::PenaltyDelayed(delayed) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!(delayed.case, dispute);
        assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_OPEN);
        let until = world.now() + DAY;
        world.until(until - 1);
        world.refused(std::slice::from_ref(&resolve), &[], E::NothingToResolve);
        if takes {
            fixture.step(&mut world, &dispute, &provider, &own).unwrap();
            assert_eq!(fixture.job.provider(&world).slashed, 0);
        } else {
            world.until(until);
            world.must(&[resolve], &[]);
            assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_PROVIDER_LOST);
            assert_eq!(fixture.job.provider(&world).slashed, BOND);
            // Nothing of it burned, so that it holds up nobody.
            assert_eq!(world.totals().recent(world.now()).1, 5);
        }
    }
}

#[test]
fn a_turn_that_the_challenger_missed_waits_for_nothing() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    fixture.miss(&mut world, &dispute);
    fail_many(&mut world);
    fixture.resolve(&mut world, &dispute).unwrap();
    assert_ne!(world.read::<Dispute>(&dispute).outcome, OUTCOME_OPEN);
}
