//! Held, the service level at close, and what waits when much of the network fails at once.

use settlement_interface::SettlementError as E;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{JobState, MARK_NONE, MARK_SERVICE, Party};
use settlement_interface::events::{Event, JobHeld, PenaltyDelayed, ServiceCredited};
use settlement_interface::instructions::Evidence;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, MeterFixture, STAKE, World, touched};

const BOND: u64 = ESCROW / 10;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;

/// Closing after an hour in which `units` of the promised 25,920,000 were counted.
fn closing(world: &mut World, units: u64) -> (MeterFixture, JobFixture) {
    let meter = MeterFixture::new(world);
    let job = meter.job_as(world, 4 * ESCROW, |order| {
        (order.sla_bps, order.budget) = (9_000, 400_000_000);
    });
    world.until(world.now() + HOUR);
    if units > 0 {
        meter.settle(world, &job, units).unwrap();
    }
    let consumer = job.actors.consumer.insecure_clone();
    job.close(world, &consumer).unwrap();
    (meter, job)
}

#[test]
fn what_was_missed_by_the_meters_last_words_is_credited_one_grace_after_it_was_marked() {
    let mut world = World::new();
    let bond = 4 * BOND;
    let (_, job) = closing(&mut world, HOURLY / 4);
    world.until(world.now() + DAY + 1);
    let sent = job.advance(&mut world);
    let held = job.read(&world);
    let expected = JobHeld {
        entities: [touched(&job.keys.job, held.sequence)],
        at: world.now(),
        job: job.keys.job,
        slot: world.slot(),
        outstanding: 0,
        pending: 0,
        promised: HOURLY,
        missed: HOURLY / 4 * 3,
    };
    assert_eq!(sent.events, [Event::JobHeld(Box::new(expected))]);
    assert_eq!((held.state(), held.mark), (Some(JobState::Held), MARK_SERVICE));
    let advance = world.network.advance_job(&job.keys);
    let (now, slot) = (world.now(), world.slot());
    for (seconds, slots) in [(HOUR - 1, 1_000_000), (1_000_000, 3_599)] {
        world.set_clock(now + seconds, slot + slots);
        world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    }
    world.set_clock(now + HOUR, slot + 3_600);
    let supply = world.supply();
    let sent = world.must(&[advance], &[]);
    // Half of the bond, times three quarters; 80% of it to the consumer, no reporter, the rest burned.
    let slashed = bond / 2 / 4 * 3;
    let [Event::ServiceCredited(credited), Event::JobSettling(_)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    let expected = ServiceCredited {
        entities: credited.entities,
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        promised: HOURLY,
        missed: HOURLY / 4 * 3,
        slashed,
        harmed: slashed / 100 * 80,
        burned: slashed / 100 * 20,
        bond: bond - slashed,
        stake: STAKE - slashed,
        bad: 300_000_000,
    };
    assert_eq!(**credited, expected);
    assert_eq!(world.supply(), supply - expected.burned);
    assert_eq!(world.totals().locked, bond - slashed);
    job.advance(&mut world);
    let closed = job.read(&world);
    assert_eq!(closed.dues[Party::Consumer as usize].stake, expected.harmed);
    let provider = job.provider(&world);
    assert_eq!((provider.locked, provider.slashed, provider.bad), (0, slashed, 300_000_000));
}

#[test]
fn a_level_that_was_kept_to_the_unit_costs_nothing_and_one_unit_less_does() {
    for (units, missed) in [(HOURLY, 0), (HOURLY - 1, 1)] {
        let mut world = World::new();
        let (_, job) = closing(&mut world, units);
        world.until(world.now() + DAY + 1);
        let sent = job.advance(&mut world);
        let Event::JobHeld(held) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!(held.missed, missed);
        assert_eq!(job.read(&world).mark, if missed > 0 { MARK_SERVICE } else { MARK_NONE });
        world.until(world.now() + HOUR);
        job.advance(&mut world);
        let slashed = job.provider(&world).slashed;
        assert_eq!(slashed > 0, missed > 0);
        // A share of the bond rounded up.
        assert!(slashed <= 4 * BOND / 2 / HOURLY + 1);
    }
}

#[test]
fn silence_proves_nothing() {
    let mut world = World::new();
    let (_, job) = closing(&mut world, 0);
    world.until(world.now() + DAY + 1);
    let sent = job.advance(&mut world);
    let Event::JobHeld(held) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((held.promised, held.missed), (0, 0));
    job.advance(&mut world);
    assert_eq!(job.provider(&world).slashed, 0);
}

#[test]
fn converting_in_held_keeps_the_mark_of_a_missed_level() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    world.pass(HOUR);
    meter.settle(&mut world, &job, 3_600_000).unwrap(); // no price qualifies
    let consumer = job.actors.consumer.insecure_clone();
    job.close(&mut world, &consumer).unwrap();
    world.pass(DAY + 1);
    job.advance(&mut world);
    world.refresh();
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).mark, MARK_SERVICE);
    world.until(world.now() + HOUR);
    job.advance(&mut world);
    assert!(job.provider(&world).slashed > 0);
}

#[test]
fn held_lasts_until_outages_can_no_longer_be_reported() {
    let mut parameters = Parameters::DEFAULT;
    parameters.case_window = 2 * DAY;
    let mut world = World::with(parameters);
    let (_, job) = closing(&mut world, HOURLY);
    let closed = world.now();
    world.until(closed + DAY + 1);
    job.advance(&mut world);
    let advance = world.network.advance_job(&job.keys);
    world.until(closed + 2 * DAY);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(closed + 2 * DAY + 1);
    world.must(&[advance], &[]);
    assert_eq!(job.read(&world).state(), Some(JobState::Settling));
}

#[test]
fn the_grace_for_late_receipts_ends_in_seconds_and_in_slots() {
    let mut world = World::new();
    let (meter, job) = closing(&mut world, 1_000);
    let (now, slot) = (world.now(), world.slot());
    let advance = world.network.advance_job(&job.keys);
    // The chain stood still: a late receipt counts, and the job cannot go on without it.
    world.set_clock(now + 30 * DAY, slot + 86_400);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    let receipt = settlement_interface::receipt::Receipt { through: now, ..job.receipt(&world, 2_000) };
    let late = job.settling_instructions(&world, &receipt, &meter.key, 0);
    // Its last words reached to the closing already.
    world.refused(&late, &[&job.actors.provider], E::ReceiptNotNewer);
    world.set_clock(now + 30 * DAY, slot + 86_401);
    world.refused(&late, &[&job.actors.provider], E::ReceiptTooLate);
    world.must(&[advance], &[]);
}

#[test]
fn what_a_case_penalised_is_not_credited_again_at_close() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job_as(&mut world, ESCROW, |order| {
        (order.sla_bps, order.silence_max) = (9_000, DAY);
    });
    let start = world.now();
    world.until(start + HOUR);
    let receipt = job.receipt(&world, 0);
    let absence = Absence {
        domain: receipt.domain,
        job: receipt.job,
        opened_at: receipt.opened_at,
        from: start,
        to: start + HOUR,
    };
    let words = meter.signed(&absence.encode());
    let consumer = job.actors.consumer.insecure_clone();
    let (wallet, source) = (consumer.pubkey(), world.associated(&consumer.pubkey()));
    let bank = world.bank.pubkey();
    let open = world.network.open_case(
        &bank,
        &wallet,
        &source,
        &job.keys,
        0,
        &meter.key.pubkey(),
        Evidence::Absence(0),
        u64::MAX,
    );
    world.must(&[words, open], &[&consumer]);
    world.until(start + 2 * HOUR);
    meter.settle(&mut world, &job, HOURLY).unwrap();
    job.close(&mut world, &consumer).unwrap();
    let resolve = world.network.resolve_case(&job.keys, 0, &meter.key.pubkey());
    world.until(start + 26 * HOUR + 1);
    world.must(std::slice::from_ref(&resolve), &[]);
    let sent = job.advance(&mut world);
    // Not executed yet, so that an hour of two seems missed; the penalty counts before the credit does.
    let Event::JobHeld(held) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((held.promised, held.missed), (2 * HOURLY, HOURLY));
    world.until(world.now() + HOUR);
    world.must(&[resolve], &[]);
    let slashed = job.provider(&world).slashed;
    let sent = job.advance(&mut world);
    assert!(matches!(sent.only(), Event::JobSettling(_)), "{:?}", sent.events);
    assert_eq!((job.provider(&world).slashed, slashed), (slashed, BOND / 10));
}

#[test]
fn when_much_of_the_network_fails_at_once_a_penalty_waits_once_for_a_day() {
    let mut world = World::new();
    let by = world.wallet();
    let jobs: Vec<JobFixture> = (0..5).map(|_| JobFixture::assigned(&mut world)).collect();
    world.until(jobs.iter().map(|job| job.read(&world).terms.order.start_by).max().unwrap() + 1);
    for job in &jobs {
        job.mark(&mut world, &by);
    }
    let totals = world.totals();
    assert_eq!((totals.at_stake, totals.unanswered, totals.locked), (5 * BOND / 2, 5, 5 * BOND));
    world.until(world.now() + HOUR);
    let sent = jobs[0].advance(&mut world);
    let Event::PenaltyDelayed(delayed) = sent.only() else { panic!("{:?}", sent.events) };
    let until = world.now() + DAY;
    let expected = PenaltyDelayed {
        entities: delayed.entities,
        at: world.now(),
        job: jobs[0].keys.job,
        case: settlement_interface::Address::default(),
        until,
        excused: 0,
        at_stake: 5 * BOND / 2,
        unanswered: 5,
        locked: 5 * BOND,
    };
    assert_eq!(**delayed, expected);
    let waiting = jobs[0].read(&world);
    assert_eq!((waiting.waited, waiting.waits_until, waiting.penalised_through), (1, until, until));
    // It is not slashed meanwhile, and may still start; what is cured weighs no more.
    let advance = world.network.advance_job(&jobs[0].keys);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    jobs[1].start(&mut world).unwrap();
    assert_eq!((world.totals().at_stake, world.totals().unanswered), (4 * BOND / 2, 4));
    // Four are no mass: the others are slashed at once.
    let sent = jobs[2].advance(&mut world);
    assert!(matches!(sent.only(), Event::JobFailed(_)));
    assert_eq!((world.totals().at_stake, world.totals().unanswered), (3 * BOND / 2, 3));
    jobs[3].cancel(&mut world).unwrap();
    assert_eq!((world.totals().at_stake, world.totals().unanswered), (BOND, 2));
    world.until(until - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(until);
    let sent = world.must(&[advance], &[]);
    assert!(matches!(sent.only(), Event::JobFailed(_)));
    jobs[4].advance(&mut world);
    assert_eq!((world.totals().at_stake, world.totals().unanswered), (0, 0));
}

#[test]
fn a_penalty_waits_only_once_however_much_fails() {
    let mut world = World::new();
    let by = world.wallet();
    let jobs: Vec<JobFixture> = (0..6).map(|_| JobFixture::assigned(&mut world)).collect();
    world.until(world.now() + 2 * HOUR);
    for job in &jobs {
        job.mark(&mut world, &by);
    }
    world.until(world.now() + HOUR);
    jobs[0].advance(&mut world);
    world.until(world.now() + DAY);
    // Still six: it waited, and fails.
    assert_eq!(world.totals().unanswered, 6);
    let sent = jobs[0].advance(&mut world);
    assert!(matches!(sent.only(), Event::JobFailed(_)));
    assert_eq!(world.read::<settlement_interface::accounts::Totals>(&pda::totals()).unanswered, 5);
}

#[test]
fn small_bonds_hold_up_nobodys_penalty() {
    let mut world = World::new();
    let by = world.wallet();
    let whale = MeterFixture::new(&mut world).job(&mut world, 0, 16 * ESCROW);
    let jobs: Vec<JobFixture> = (0..6).map(|_| JobFixture::assigned(&mut world)).collect();
    world.until(world.now() + 2 * HOUR);
    for job in &jobs {
        job.mark(&mut world, &by);
    }
    world.until(world.now() + HOUR);
    let sent = jobs[0].advance(&mut world);
    assert!(matches!(sent.only(), Event::JobFailed(_)));
    assert_eq!(whale.read(&world).waited, 0);
}
