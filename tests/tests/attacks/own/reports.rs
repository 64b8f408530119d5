//! Attacks on what reports of outages take: sparing a provider by a friend's reports, taking one outage twice,
//! and what makes penalties wait.

use settlement_interface::events::Event;
use settlement_interface::instructions::{Evidence, START};
use tests::{ESCROW, JobFixture, MeterFixture, Outage, World};

const BOND: u64 = ESCROW / 10;
const HOUR: i64 = 3_600;
/// 90% of 8,000 units a second for an hour, and all of them.
const HOURLY: u64 = 25_920_000;
const FULL: u64 = 28_800_000;

/// Eleven hours into the job: nothing was counted in the first and the last, and in between so much that in sum
/// one of them and one unit were missed.
fn made_up() -> Outage {
    let mut scene = Outage::new();
    scene.world.until(scene.start + 11 * HOUR);
    scene
}

/// Reports what was counted in all, as the provider's friend.
fn report_the_sum(scene: &mut Outage) {
    let words = scene.receipt(9 * FULL - 1, scene.start + 11 * HOUR);
    let open = scene.open(Evidence::Receipts(START, 0));
    let friend = scene.reporter.insecure_clone();
    scene.world.must(&[words, open], &[&friend]);
}

#[test]
fn a_friend_reports_a_sum_over_an_outage_to_spare_the_others() {
    let mut scene = made_up();
    let start = scene.start;
    scene.report(start, start + HOUR);
    assert_eq!(scene.uphold(0).missed, HOURLY);
    report_the_sum(&mut scene);
    assert_eq!(scene.uphold(1).missed, 1);
    scene.report(start + 10 * HOUR, start + 11 * HOUR);
    assert_eq!(scene.uphold(2).missed, HOURLY - 1);
    assert_eq!(scene.job.read(&scene.world).judged_units, 2 * HOURLY);
}

#[test]
fn a_friend_reports_a_sum_first_so_that_no_outage_shows_more() {
    let mut scene = made_up();
    let start = scene.start;
    report_the_sum(&mut scene);
    assert_eq!(scene.uphold(0).missed, HOURLY + 1);
    // Opened together, so that neither knew of the other: they show more than the sum, and take no more.
    scene.report(start, start + HOUR);
    scene.report(start + 10 * HOUR, start + 11 * HOUR);
    scene.mark(1);
    let resolve = scene.resolve(2);
    scene.world.must(&[resolve], &[]);
    scene.world.until(scene.world.now() + HOUR);
    assert_eq!([1, 2].map(|case| scene.execute(case).missed), [0, HOURLY - 1]);
    assert_eq!(scene.job.read(&scene.world).judged_units, 2 * HOURLY);
}

#[test]
fn a_job_is_reported_until_it_remembers_no_more() {
    let mut scene = Outage::new();
    let start = scene.start;
    scene.world.until(start + 20 * HOUR);
    scene.reporter = scene.world.holder(100_000_000_000);
    // Somebody else's bond, so that these penalties are not much of what is locked.
    MeterFixture::new(&mut scene.world).job(&mut scene.world, 0, 16 * ESCROW);
    // Five of a long outage's windows, then one hour after the other.
    for window in 0..5 {
        scene.report(start + window * 60, start + 4 * HOUR + window * 60);
    }
    for hour in (5..20).step_by(2) {
        scene.report(start + hour * HOUR, start + (hour + 1) * HOUR);
    }
    scene.mark(0);
    for case in 1..13 {
        let resolve = scene.resolve(case);
        scene.world.must(&[resolve], &[]);
    }
    scene.world.until(scene.world.now() + HOUR);
    let missed: Vec<_> = (0..13).map(|case| scene.execute(case).missed).collect();
    assert_eq!(missed[..2], [4 * HOURLY, HOURLY / 60]);
    assert_eq!(missed[5..], [HOURLY; 8]);
}

#[test]
fn a_large_bid_keeps_anothers_penalty_from_waiting() {
    let mut world = World::new();
    let jobs = JobFixture::many_marked(&mut world, 6);
    for job in &jobs[..5] {
        job.advance(&mut world);
    }
    // Locked and had back in the transaction in which a penalty is taken.
    let large = JobFixture::open(&mut world);
    let (rival, bidder) = (world.bidder(), world.bidder());
    large.bid(&mut world, &rival, 1_000_000).unwrap();
    let bid = large.bidding(&world, &bidder, 2_000_000);
    let withdraw = large.withdrawing(&world, &bidder, &bidder);
    let sent = world.must(&[bid, world.network.advance_job(&jobs[5].keys), withdraw], &[&bidder]);
    let [_, Event::PenaltyDelayed(delayed), _] = sent.events.as_slice() else { panic!("{:?}", sent.events) };
    assert_eq!((delayed.locked, world.totals().locked), (BOND, BOND));
}
