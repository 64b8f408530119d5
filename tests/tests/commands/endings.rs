//! What anyone does for a job that waits: for a price, or for what may still be said about it.

use crate::desk::Desk;
use settlement_interface::accounts::{JobState, MARK_HALT, MARK_NONE};
use tests::{ESCROW, JobFixture, MeterFixture, World, units};

#[test]
fn a_halt_is_marked_refuted_by_a_price_marked_again_and_ends_in_kind() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let stranger = world.wallet();
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();
    let mark = ["job", "mark", &address];
    desk.done(&stranger, &mark);
    assert_eq!(job.read(&desk.world).mark, MARK_HALT);
    let told = desk.refused(&stranger, &mark);
    assert!(told.contains("AlreadyMarked"), "{told}");
    desk.world.refresh();
    desk.done(&stranger, &mark);
    assert_eq!(job.read(&desk.world).mark, MARK_NONE);
    let told = desk.refused(&stranger, &mark);
    assert!(told.contains("convert the job"), "{told}");
    desk.world.pass(3_600);
    desk.done(&stranger, &mark);
    let told = desk.refused(&stranger, &["job", "advance", &address]);
    assert!(told.contains("marked as halted"), "{told}");
    desk.world.pass(job.read(&desk.world).terms.parameters.halt_max);
    desk.done(&stranger, &["job", "advance", &address]);
    assert_eq!(job.read(&desk.world).state(), Some(JobState::Closed));
}

#[test]
fn a_held_job_goes_on_once_no_outage_can_be_reported_any_more() {
    let mut world = World::new();
    let meter = MeterFixture::new(&mut world);
    let job = meter.job(&mut world, 0, ESCROW);
    world.until(world.now() + 60);
    meter.settle(&mut world, &job, units(1_000)).unwrap();
    job.close(&mut world, &job.actors.consumer).unwrap();
    let terms = job.read(&world).terms.parameters;
    world.until(world.now() + terms.receipt_grace + 1);
    let (stranger, consumer) = (world.wallet(), job.actors.consumer.insecure_clone());
    let mut desk = Desk::new(world);
    let address = job.keys.job.to_string();
    desk.done(&stranger, &["job", "advance", &address]);
    assert_eq!(job.read(&desk.world).state(), Some(JobState::Held));
    let until = job.read(&desk.world).closing_at + terms.case_window;
    if desk.world.now() <= until {
        let told = desk.refused(&stranger, &["job", "advance", &address]);
        assert!(told.contains("outages can be reported until"), "{told}");
        desk.world.until(until + 1);
    }
    desk.done(&stranger, &["job", "advance", &address]);
    assert_eq!(job.read(&desk.world).state(), Some(JobState::Settling));
    desk.done(&stranger, &["job", "advance", &address]);
    desk.done(&consumer, &["job", "withdraw", &address, "--party", "consumer"]);
    assert!(job.read(&desk.world).is_paid_out());
}
