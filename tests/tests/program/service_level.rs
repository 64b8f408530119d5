//! Held, and the service level at close.

use settlement_interface::SettlementError as E;
use settlement_interface::absence::Absence;
use settlement_interface::accounts::{JobState, MARK_HALT, MARK_NONE, Party};
use settlement_interface::events::{Event, JobHeld, ServiceCredited};
use settlement_interface::instructions::Evidence;
use settlement_interface::parameters::Parameters;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, MeterFixture, Outage, STAKE, Trace, Verifiable, World, touched};

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
    assert_eq!((held.state(), held.mark), (Some(JobState::Held), MARK_NONE));
    assert_eq!((held.service_at, held.service_slot), (world.now(), world.slot()));
    let advance = world.network.advance_job(&job.keys);
    let (now, slot) = (world.now(), world.slot());
    for (seconds, slots) in [(HOUR - 1, 1_000_000), (1_000_000, 3_599)] {
        world.set_clock(now + seconds, slot + slots);
        world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    }
    world.set_clock(now + HOUR, slot + 3_600);
    let supply = world.supply();
    let sent = world.must(&[advance], &[]);
    // Half of the bond, times three quarters of one of the 24 hours that the job promised; 80% of it to the consumer, no reporter, the rest burned.
    let slashed = bond / 2 / 24 / 4 * 3;
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
        bad: 300_000_000 / 24,
    };
    assert_eq!(**credited, expected);
    assert_eq!(world.supply(), supply - expected.burned);
    assert_eq!(world.totals().locked, bond - slashed);
    job.advance(&mut world);
    let closed = job.read(&world);
    assert_eq!(closed.dues[Party::Consumer as usize].stake, expected.harmed);
    let provider = job.provider(&world);
    assert_eq!((provider.locked, provider.slashed, provider.bad), (0, slashed, 300_000_000 / 24));
}

/// A party that closes early makes nothing of little: minutes missed cost their part of the whole job.
#[test]
fn closing_right_after_a_poor_start_costs_what_was_missed_and_no_more() {
    let mut world = World::new();
    let (_, job) = closing(&mut world, 1);
    let (bond, promised) = (job.read(&world).bond, job.read(&world).promise());
    let order = job.read(&world).terms.order;
    let (started, through) = (job.read(&world).started_at, job.read(&world).through);
    let missed = promised.units(started, through).unwrap() - 1;
    let whole = promised.units(started, order.end_by).unwrap();
    world.until(world.now() + DAY + 1);
    job.advance(&mut world);
    world.until(world.now() + DAY);
    let sent = job.advance(&mut world);
    let [Event::ServiceCredited(credited), ..] = sent.events.as_slice() else { panic!("{:?}", sent.events) };
    assert_eq!(credited.missed, missed);
    assert_eq!(credited.slashed, (bond / 2).checked_mul(missed).unwrap().div_ceil(whole));
    assert!(credited.slashed <= bond / 2 / 24);
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
        assert_eq!(job.read(&world).service_at, if missed > 0 { world.now() } else { 0 });
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
    assert!(job.read(&world).service_at > 0);
    world.until(world.now() + HOUR);
    job.advance(&mut world);
    assert!(job.provider(&world).slashed > 0);
    assert_eq!(job.read(&world).service_at, 0);
}

#[test]
fn a_missed_level_and_a_halt_stand_on_record_beside_each_other() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 9_000, ESCROW);
    world.pass(HOUR);
    meter.settle(&mut world, &job, 3_600_000).unwrap(); // no price qualifies
    let consumer = job.actors.consumer.insecure_clone();
    job.close(&mut world, &consumer).unwrap();
    let by = world.wallet();
    job.mark(&mut world, &by);
    let halted = job.read(&world);
    world.pass(DAY + 1);
    job.advance(&mut world);
    let held = job.read(&world);
    // The halt has stood since before, and does not start anew.
    assert_eq!((held.mark, held.marked_at), (MARK_HALT, halted.marked_at));
    assert!(held.service_at > held.marked_at);
    // It can be put on record after the level, too, and the credit does not wait for it.
    world.pass(HOUR);
    let sent = job.advance(&mut world);
    assert!(matches!(sent.events.as_slice(), [Event::ServiceCredited(_), Event::JobSettling(_)]));
    world.pass(Parameters::DEFAULT.halt_max - (world.now() - halted.marked_at));
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
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
    assert_eq!((job.provider(&world).slashed, slashed), (slashed, BOND / 24));
}

#[test]
fn an_absence_after_the_meters_last_words_does_not_lower_the_credit_for_what_was_missed_before() {
    let credit = |absent: bool| {
        let mut scene = Outage::new();
        scene.meter.settle(&mut scene.world, &scene.job, HOURLY / 2).unwrap();
        scene.world.until(scene.start + 5 * HOUR);
        if absent {
            scene.report(scene.start + HOUR, scene.start + 5 * HOUR);
            scene.uphold(0);
        }
        let consumer = scene.job.actors.consumer.insecure_clone();
        scene.job.close(&mut scene.world, &consumer).unwrap();
        scene.world.until(scene.world.now() + DAY + 1);
        let sent = scene.job.advance(&mut scene.world);
        let Event::JobHeld(held) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!((held.promised, held.missed), (HOURLY, HOURLY / 2));
        scene.world.until(scene.world.now() + HOUR);
        let sent = scene.job.advance(&mut scene.world);
        let [Event::ServiceCredited(credited), _] = sent.events.as_slice() else {
            panic!("{:?}", sent.events)
        };
        assert_eq!(credited.missed, HOURLY / 2);
        credited.slashed
    };
    assert_eq!((credit(false), credit(true)), (BOND / 4 / 24, BOND / 4 / 24));
}

#[test]
fn of_a_gap_that_reaches_past_the_last_words_only_what_lies_before_them_counts_as_judged() {
    let mut scene = Outage::new();
    // Half an hour of work in the first hour, nothing in the next two; the last accepted words say an hour and
    // a half.
    scene.meter.settle(&mut scene.world, &scene.job, HOURLY / 2).unwrap();
    scene.world.until(scene.start + 3 * HOUR);
    let (words, receipt) = (scene.start + 3 * HOUR / 2, scene.job.receipt(&scene.world, HOURLY / 2 + 1));
    let receipt = settlement_interface::receipt::Receipt { through: words, ..receipt };
    scene.job.settle_as(&mut scene.world, &receipt, &scene.meter.key).unwrap();
    scene.report(scene.start + HOUR, scene.start + 3 * HOUR);
    scene.uphold(0);
    let consumer = scene.job.actors.consumer.insecure_clone();
    scene.job.close(&mut scene.world, &consumer).unwrap();
    scene.world.until(scene.world.now() + DAY + 1);
    let sent = scene.job.advance(&mut scene.world);
    let Event::JobHeld(held) = sent.only() else { panic!("{:?}", sent.events) };
    // An hour and a half were promised, half an hour and a unit delivered.
    assert_eq!((held.promised, held.missed), (HOURLY / 2 * 3, HOURLY - 1));
    scene.world.until(scene.world.now() + DAY);
    let sent = scene.job.advance(&mut scene.world);
    let [Event::ServiceCredited(credited), Event::JobSettling(_)] = sent.events.as_slice() else {
        panic!("{:?}", sent.events)
    };
    // Half an hour of it was judged.
    assert_eq!((credited.promised, credited.missed), (HOURLY / 2 * 3, HOURLY / 2 - 1));
    assert_eq!(scene.job.read(&scene.world).judged_units, HOURLY * 5 / 2 - 1);
}

#[test]
fn a_missed_level_and_a_lost_dispute_of_one_job_take_the_bond_once_and_weigh_its_budget_once() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let fixture = Verifiable::running_as(&mut world, |order| {
        (order.meter, order.meter_kind, order.sla_bps) =
            (meter.key.pubkey(), settlement_interface::terms::METER_REGISTERED, 9_000);
    });
    let (trace, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    world.until(world.now() + HOUR);
    let receipt = fixture.receipt(&world, 3_600_000, &trace);
    fixture.job.settle_as(&mut world, &receipt, &meter.key).unwrap();
    let consumer = fixture.job.actors.consumer.insecure_clone();
    fixture.job.close(&mut world, &consumer).unwrap();
    world.until(world.now() + DAY + 1);
    let sent = fixture.job.advance(&mut world);
    let Event::JobHeld(held) = sent.only() else { panic!("{:?}", sent.events) };
    assert!(held.missed > 0);
    let dispute = fixture.open(&mut world, 1, &own).unwrap();
    // The credit waits for the dispute, which the provider loses.
    let advance = world.network.advance_job(&fixture.job.keys);
    fixture.play(&mut world, &dispute, &trace, &own);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
    }
    fixture.execute(&mut world, &dispute).unwrap();
    let lost = fixture.job.provider(&world);
    assert_eq!((lost.slashed, lost.bad), (BOND, 100_000_000));
    world.until(world.now() + HOUR);
    let sent = world.must(&[advance], &[]);
    let credited = sent.events.iter().find_map(|event| match event {
        Event::ServiceCredited(credited) => Some((credited.slashed, credited.bad)),
        _ => None,
    });
    // Nothing is left of the bond, and the budget weighs already.
    assert_eq!(credited, Some((0, 0)));
    let provider = fixture.job.provider(&world);
    assert_eq!((provider.slashed, provider.bad, provider.locked), (BOND, 100_000_000, 0));
    assert_eq!(fixture.job.read(&world).blamed, 100_000_000);
}
