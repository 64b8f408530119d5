//! Terms are fixed when a job is opened: no later change of parameters reaches it.

use settlement_interface::accounts::{Epoch, Party};
use settlement_interface::events::Event;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::pda;
use tests::{ESCROW, JobFixture, World, units};

/// Everything that concerns a job, changed.
fn harsher() -> Parameters {
    Parameters {
        grace: 600,
        receipt_grace: 3_600,
        min_lead: DAY,
        halt_max: DAY,
        max_age: 10,
        take_bps: 2_000,
        rebate_bps: 0,
        bond_bps: 5_000,
        no_show_bps: 10_000,
        harmed_bps: 0,
        reporter_bps: 0,
        cancel_bps: 1_000,
        max_conf_bps: 1,
        max_deviation_bps: 100,
        k: 0,
        ..Parameters::DEFAULT
    }
}

#[test]
fn a_parameter_change_applied_before_acceptance_leaves_the_offers_terms() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    world.set_parameters(harsher());
    // min_lead, bond and the limits of prices are those of the offer.
    world.pass(100);
    job.accept(&mut world).unwrap();
    assert_eq!(job.read(&world).bond, ESCROW / 10);
    let sent = job.cancel(&mut world).unwrap();
    let Event::JobCancelled(cancelled) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(cancelled.fee, ESCROW / 50);
}

#[test]
fn a_parameter_change_applied_while_a_job_runs_leaves_its_terms() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.set_parameters(harsher());
    world.until(world.now() + 3_600);
    // A price that qualifies under the job's limits only.
    let price = PriceMessage { confidence: 100_000, spot: 205_000_000, ..world.price };
    world.publish(price);
    world.pass(100);
    let sent = job.settle(&mut world, units(2_000_000)).unwrap();
    let Event::Converted(converted) = &sent.events[1] else { panic!("{:?}", sent.events) };
    assert_eq!((converted.quoted.burn, converted.quoted.mint), (204_900_000, 205_100_000));
    assert_eq!(converted.take, converted.burned.div_ceil(20));
    // An epoch copies the share of rebates when its first take is booked.
    assert_eq!(world.read::<Epoch>(&pda::epoch(converted.epoch)).rebate_bps, 0);
    job.close(&mut world, &job.actors.consumer).unwrap();
    let closing_at = world.now();
    world.until(closing_at + DAY);
    let advance = world.network.advance_job(&job.keys);
    world.refused(&[advance], &[], settlement_interface::SettlementError::NothingDue);
    world.until(closing_at + DAY + 1);
    job.advance(&mut world);
}

#[test]
fn a_parameter_change_applied_to_a_late_job_leaves_its_grace_and_penalty() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    world.set_parameters(harsher());
    world.pass(3_599);
    let advance = world.network.advance_job(&job.keys);
    world.refused(&[advance], &[], settlement_interface::SettlementError::NothingDue);
    world.pass(1);
    let sent = job.advance(&mut world);
    let Event::JobFailed(failed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((failed.slashed, failed.harmed, failed.reported), (3_000_000_000, 2_400_000_000, 150_000_000));
    assert_eq!(job.read(&world).dues[Party::Reporter as usize].stake, 150_000_000);
}

#[test]
fn an_epoch_keeps_the_rebate_share_of_its_first_take() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 60);
    job.settle(&mut world, 60_000).unwrap();
    world.set_parameters(Parameters { rebate_bps: 1, ..Parameters::DEFAULT });
    world.until(world.now() + 60);
    job.settle(&mut world, 120_000).unwrap();
    assert_eq!(world.read::<Epoch>(&pda::epoch(world.epoch())).rebate_bps, 2_500);
}

#[test]
fn the_largest_numbers_that_terms_can_name_overflow_nothing() {
    let mut world = World::new();
    let job = JobFixture::running_as(
        &mut world,
        |order| {
            (order.budget, order.rate, order.unit, order.unit_cap) = (u64::MAX, u64::MAX, 1, u64::MAX);
        },
        ESCROW,
    );
    world.until(world.now() + 60);
    let sent = job.settle(&mut world, u64::MAX).unwrap();
    let Event::Converted(converted) = &sent.events[1] else { panic!("{:?}", sent.events) };
    // The whole escrow burns for what it is worth: 60 tokens at 1.999 USD.
    assert_eq!((converted.burned, converted.usd, converted.escrow), (ESCROW, 119_940_000, 0));
    assert_eq!(converted.outstanding, u64::MAX - 119_940_000);
    job.close(&mut world, &job.actors.provider).unwrap();
    world.until(world.now() + DAY + 1);
    job.advance(&mut world);
    let sent = job.advance(&mut world);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(closed.void, u64::MAX - 119_940_000);
}
