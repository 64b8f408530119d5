//! Several outage cases of one job: in any order, overlapping, and none of them shields another.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{JobState, Judged};
use settlement_interface::instructions::Evidence;
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{ESCROW, MeterFixture, Outage, World};

const BOND: u64 = ESCROW / 10;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// 90% of 8,000 units a second for an hour.
const HOURLY: u64 = 25_920_000;

/// What so many missed hours of 24 take of this bond.
fn penalty(hours: u64) -> u64 {
    BOND / 24 * hours
}

/// Some hours into the job.
fn after(hours: i64) -> Outage {
    let mut scene = Outage::new();
    scene.world.until(scene.start + hours * HOUR);
    scene
}

/// Executes cases that were opened at the same time, in this order.
fn uphold(scene: &mut Outage, cases: &[u64]) -> Vec<u64> {
    let [first, rest @ ..] = cases else { unreachable!() };
    scene.mark(*first);
    for index in rest {
        let resolve = scene.resolve(*index);
        scene.world.must(&[resolve], &[]);
    }
    scene.world.until(scene.world.now() + HOUR);
    cases.iter().map(|index| scene.execute(*index).slashed).collect()
}

#[test]
fn a_penalty_grows_with_what_was_missed() {
    for hours in [1, 5, 12] {
        let mut scene = after(hours);
        scene.report(scene.start, scene.start + hours * HOUR);
        let upheld = scene.uphold(0);
        assert_eq!(upheld.slashed, penalty(hours.unsigned_abs()));
        assert_eq!(upheld.missed, HOURLY * hours.unsigned_abs());
    }
}

#[test]
fn a_short_report_by_the_providers_friend_shields_nothing() {
    let mut scene = after(6);
    let (start, friend) = (scene.start, scene.world.holder(1_000_000_000));
    // The friend is first, with the latest hour.
    let short = scene.report_as(friend, start + 5 * HOUR, start + 6 * HOUR);
    scene.report(start, start + 6 * HOUR);
    let slashed = uphold(&mut scene, &[short, 1]);
    // Together they took what six hours cost.
    assert_eq!(slashed, [penalty(1), penalty(5)]);
    let judged = Judged { from: start, to: start + 6 * HOUR, missed: 6 * HOURLY };
    // The longer one shows what both do.
    let job = scene.job.read(&scene.world);
    assert_eq!((&job.judged[..2], job.judged_units), (&[judged, Judged::default()][..], 6 * HOURLY));
}

#[test]
fn a_report_of_one_missed_unit_beside_an_outage_spares_no_other_outage() {
    let mut scene = after(11);
    let start = scene.start;
    scene.report(start, start + HOUR);
    scene.uphold(0);
    // Ten hours in which as good as all was counted, though nothing in one of them.
    let reporter = scene.reporter.insecure_clone();
    let first = scene.receipt(5, start + HOUR);
    let second = scene.receipt(5 + 10 * HOURLY - 1, start + 11 * HOUR);
    let open = scene.open(Evidence::Receipts(0, 1));
    scene.world.must(&[first, second, open], &[&reporter]);
    assert_eq!(scene.uphold(1).missed, 1);
    scene.report(start + 5 * HOUR, start + 6 * HOUR);
    let upheld = scene.uphold(2);
    assert_eq!((upheld.missed, upheld.slashed), (HOURLY - 1, penalty(1) - 9));
    // What the long report showed is in that hour; what the three took together is what was missed.
    let judged = |from| Judged { from: start + from * HOUR, to: start + (from + 1) * HOUR, missed: HOURLY };
    let job = scene.job.read(&scene.world);
    assert_eq!(
        (&job.judged[..3], job.judged_units),
        (&[judged(0), judged(5), Judged::default()][..], 2 * HOURLY)
    );
}

#[test]
fn earlier_gaps_are_reported_after_later_ones_and_none_twice() {
    let mut scene = after(8);
    let start = scene.start;
    scene.report(start + 6 * HOUR, start + 7 * HOUR);
    let later = scene.uphold(0).slashed;
    // Long before it, long after it was decided.
    scene.report(start + HOUR, start + 3 * HOUR);
    let earlier = scene.uphold(1).slashed;
    assert_eq!((later, earlier), (penalty(1), penalty(2)));
    for (from, to) in [(1, 3), (1, 2), (6, 7)] {
        let (words, open) =
            (scene.absence(start + from * HOUR, start + to * HOUR), scene.open(Evidence::Absence(0)));
        scene.refused(&[words, open], E::GapJudged);
    }
    // Half of it is new.
    scene.report(start + 2 * HOUR, start + 4 * HOUR);
    assert_eq!(scene.case(2).missed, 2 * HOURLY);
    // The first case's account does not stand in for the third's, and an index is not left out.
    let mut other = scene.resolve(2);
    other.accounts[1].pubkey = pda::case(&scene.job.keys.job, 0);
    scene.world.refused(&[other], &[], E::CaseState);
    let (words, mut again) = (scene.absence(start, start + HOUR), scene.open(Evidence::Absence(0)));
    again.data[8] = 5;
    again.accounts[6].pubkey = pda::case(&scene.job.keys.job, 5);
    scene.refused(&[words, again], E::CaseIndex);
}

#[test]
fn the_same_gap_reported_by_many_is_penalised_by_the_first_that_is_upheld() {
    let mut scene = after(2);
    let (start, end) = (scene.start, scene.start + 2 * HOUR);
    let copier = scene.world.holder(1_000_000_000);
    scene.report(start, end);
    scene.report_as(copier.insecure_clone(), start, end);
    let slashed = uphold(&mut scene, &[0, 1]);
    assert_eq!(slashed, [penalty(2), 0]);
    // Who was second has its bond back, and no share.
    let withdraw = scene.world.network.withdraw_case(
        &scene.job.keys.job,
        1,
        &copier.pubkey(),
        &scene.world.bank.pubkey(),
    );
    scene.world.must(&[withdraw], &[]);
    assert_eq!(scene.world.balance(&copier.pubkey()), 1_000_000_000);
    assert_eq!(scene.job.provider(&scene.world).bad, 100_000_000 / 12);
}

#[test]
fn a_case_that_is_answered_leaves_the_others_open() {
    let mut scene = after(3);
    let start = scene.start;
    scene.report(start, start + HOUR);
    scene.report(start, start + 3 * HOUR);
    let better = scene.receipt(HOURLY, start + HOUR);
    let answer = scene.answer(0, settlement_interface::instructions::START, 0);
    scene.world.must(&[better, answer], &[]);
    assert_eq!(scene.job.read(&scene.world).open_cases, 1);
    assert_eq!(scene.uphold(1).slashed, penalty(3));
}

#[test]
fn gaps_of_a_whole_job_never_cost_more_than_the_bond_and_are_all_remembered() {
    let mut scene = after(24);
    let start = scene.start;
    scene.reporter = scene.world.holder(100_000_000_000);
    // Somebody else's bond, so that these penalties are not much of what is locked.
    MeterFixture::new(&mut scene.world).job(&mut scene.world, 0, 16 * ESCROW);
    // Every other hour first, so that far more times are judged than a job remembers one by one.
    let hours: Vec<i64> = (0..24).step_by(2).chain((1..24).step_by(2)).collect();
    for hour in &hours {
        scene.report(start + hour * HOUR, start + (hour + 1) * HOUR);
    }
    let cases: Vec<u64> = (0..24).collect();
    uphold(&mut scene, &cases);
    let job = scene.job.read(&scene.world);
    let slashed = scene.job.provider(&scene.world).slashed;
    assert_eq!(job.bond, BOND - slashed);
    assert!((penalty(12)..=BOND).contains(&slashed), "{slashed}");
    // In this order, the worst, some that was missed between two that became one is spared.
    assert!((12 * HOURLY..=24 * HOURLY).contains(&job.judged_units), "{}", job.judged_units);
    // What all failures of one job add to a record is at most its budget.
    assert!(scene.job.provider(&scene.world).bad <= 100_000_000);
}

#[test]
fn reports_and_answers_wait_for_a_chain_that_stood_still() {
    let mut scene = Outage::new();
    let (start, end) = (scene.start, scene.start + HOUR);
    scene.report(start, end);
    let (now, slot) = (scene.world.now(), scene.world.slot());
    let resolve = scene.resolve(0);
    scene.world.set_clock(now + 9 * DAY, slot + 86_400);
    scene.world.refused(std::slice::from_ref(&resolve), &[], E::CaseUnripe);
    scene.world.set_clock(now + 9 * DAY, slot + 86_401);
    scene.world.must(&[resolve], &[]);

    let mut scene = Outage::new();
    let provider = scene.job.actors.provider.insecure_clone();
    scene.job.close(&mut scene.world, &provider).unwrap();
    let (now, slot) = (scene.world.now(), scene.world.slot());
    scene.world.set_clock(now + 9 * DAY, slot + 86_400);
    let advance = scene.world.network.advance_job(&scene.job.keys);
    scene.world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    scene.report(start, end);
    scene.world.set_clock(now + 9 * DAY, slot + 86_401);
    let (words, open) = (scene.absence(start, end), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::CaseTooLate);
    scene.world.must(&[advance], &[]);
    assert_eq!(scene.job.read(&scene.world).state(), Some(JobState::Held));
}

#[test]
fn a_session_key_and_a_rotated_one_report_nothing() {
    let mut world = World::new();
    let job = tests::JobFixture::running(&mut world);
    let reporter = world.holder(1_000_000_000);
    let meter = MeterFixture::new(&mut world);
    let start = world.now();
    world.until(start + HOUR);
    job.rotate(&mut world, &meter.key.pubkey()).unwrap();
    world.until(start + 2 * HOUR);
    let mut scene = Outage { world, meter, job, reporter, start };
    // Even if the new session key is that of a registered meter: it is not the one that the terms name.
    let (words, open) = (scene.absence(start, start + HOUR), scene.open(Evidence::Absence(0)));
    scene.refused(&[words, open], E::WrongMeter);
    // And the key of a registered meter's job is not rotated.
    let scene = Outage::new();
    let (mut world, job) = (scene.world, scene.job);
    let rotate = world.network.rotate_meter(&job.wallet(), &job.keys, &scene.reporter.pubkey());
    world.refused(&[rotate], &[&job.actors.consumer], E::UnsupportedTerms);
}

#[test]
fn judging_beside_as_many_times_as_a_job_remembers_takes_what_clients_ask_for() {
    for unit_cap in [8_000, 1 << 41] {
        let mut scene = after(20);
        let start = scene.start;
        let mut job = scene.job.read(&scene.world);
        job.terms.order.unit_cap = unit_cap;
        let promise = job.promise();
        // Each overlaps all others, and says a little less of what it shares with them.
        job.judged = std::array::from_fn(|at| {
            let at = i64::try_from(at).unwrap() * 180;
            let (from, to) = (start + at, start + 9 * HOUR + at);
            Judged { from, to, missed: promise.units(from, to).unwrap() - at.unsigned_abs() * 43 }
        });
        job.judged_units = 1;
        scene.world.rewrite(&scene.job.keys.job, &job);
        let reporter = scene.reporter.insecure_clone();
        let words = scene.absence(start + 600, start + 9 * HOUR + 600);
        let opening = [words, scene.open(Evidence::Absence(0))];
        let sent = scene.world.must(&opening, &[&reporter]);
        crate::budgets::check("open_case", &opening, &sent);
        scene.mark(0);
        scene.world.until(scene.world.now() + HOUR);
        let resolve = scene.resolve(0);
        let sent = scene.world.must(std::slice::from_ref(&resolve), &[]);
        crate::budgets::check("resolve_case", &[resolve], &sent);
    }
}
