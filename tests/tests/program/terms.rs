//! Terms are fixed when a job is opened: no later change of parameters reaches it.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Epoch, Party};
use settlement_interface::change::Change;
use settlement_interface::events::Event;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::{DAY, HOUR, Parameters};
use settlement_interface::pda;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, World, order, units};

/// Every parameter changed that can be.
fn harsher() -> Parameters {
    Parameters {
        grace: 600,
        receipt_grace: HOUR,
        min_lead: DAY,
        case_window: 7 * DAY,
        accept_window: 7 * DAY,
        dispute_window: 14 * DAY,
        unbonding: 30 * DAY,
        halt_max: DAY,
        epoch_len: Parameters::DEFAULT.epoch_len,
        timelock: 30 * DAY,
        change_expiry: HOUR,
        pause_max: 0,
        meter_bond: 1,
        arbiter_bond: 1,
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
        treasury_bps: 5_000,
        outage_bps: 9_999,
        sla_penalty_bps: 9_999,
        report_bond_bps: 10_000,
        challenge_bond_bps: 10_000,
        panel_bps: 5_000,
        mass_bps: 10_000,
        k: 0,
        reserved: [0; 3],
    }
}

/// A network in which they wait, ready to be applied at any moment of the next two weeks.
fn before_the_change() -> (World, u64) {
    let mut world = World::new();
    let index = world.queue(&Change::parameters(harsher()));
    world.until(world.waiting(index).applies_from);
    (world, index)
}

#[test]
fn every_parameter_is_changed_here_but_for_the_one_that_cannot() {
    let (before, after) = (Parameters::DEFAULT.bounds(), harsher().bounds());
    let same = before.iter().zip(&after).filter(|(a, b)| a.1 == b.1).map(|(a, _)| a.0);
    assert_eq!(same.collect::<Vec<_>>(), ["epoch_len"]);
}

#[test]
fn a_parameter_change_applied_before_acceptance_leaves_the_offers_terms() {
    let (mut world, change) = before_the_change();
    let job = JobFixture::offered(&mut world);
    world.apply(change);
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
    let (mut world, change) = before_the_change();
    let job = JobFixture::running(&mut world);
    world.apply(change);
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
    world.refused(&[advance], &[], E::NothingDue);
    world.until(closing_at + DAY + 1);
    job.advance(&mut world);
}

#[test]
fn a_parameter_change_applied_to_a_late_job_leaves_its_grace_and_penalty() {
    let (mut world, change) = before_the_change();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    world.apply(change);
    world.pass(3_599);
    let advance = world.network.advance_job(&job.keys);
    world.refused(&[advance], &[], E::NothingDue);
    world.pass(1);
    let sent = job.advance(&mut world);
    let Event::JobFailed(failed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((failed.slashed, failed.harmed, failed.reported), (3_000_000_000, 2_400_000_000, 150_000_000));
    assert_eq!(job.read(&world).dues[Party::Reporter as usize].stake, 150_000_000);
}

#[test]
fn a_parameter_change_applied_to_a_halted_job_leaves_its_wait_and_take() {
    let (mut world, change) = before_the_change();
    let by = world.wallet();
    let job = JobFixture::halted(&mut world, 2_000_000);
    world.apply(change);
    job.mark(&mut world, &by);
    let advance = world.network.advance_job(&job.keys);
    world.pass(7 * DAY - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.pass(1);
    let sent = world.must(&[advance], &[]);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((closed.in_kind_paid, closed.in_kind_burned), (950_000_000, 50_000_000));
    assert_eq!(closed.bond, ESCROW / 10);
}

#[test]
fn a_parameter_change_applied_to_an_unbonding_ticket_leaves_its_time() {
    let (mut world, change) = before_the_change();
    let actors = Actors::new(&mut world);
    let authority = actors.provider.pubkey();
    world.must(&[world.network.request_unstake(&authority, 5)], &[&actors.provider]);
    world.apply(change);
    world.pass(7 * DAY - 1);
    let withdraw = world.network.withdraw_stake(&authority);
    world.refused(std::slice::from_ref(&withdraw), &[], E::StillUnbonding);
    world.pass(1);
    world.must(&[withdraw], &[]);
}

#[test]
fn a_job_opened_after_the_change_has_the_new_terms() {
    let (mut world, change) = before_the_change();
    let before = JobFixture::offered(&mut world);
    world.apply(change);
    let actors = Actors::new(&mut world);
    let usual = order(world.now(), &actors.session.pubkey());
    let after = JobFixture::offered_as(&mut world, actors, &usual, ESCROW);
    assert_eq!(before.read(&world).terms.parameters, Parameters::DEFAULT);
    assert_eq!(after.read(&world).terms.parameters, harsher());
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
