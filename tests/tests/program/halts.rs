//! While no price qualifies: how far work is accepted, and that nothing earned is lost.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Party;
use settlement_interface::receipt::Receipt;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, keypair, units};

/// A job that may have been worth its whole escrow, with a price too old.
fn long_run(world: &mut World) -> JobFixture {
    let job = JobFixture::running(world);
    world.pass(25_000);
    job
}

#[test]
fn on_a_halt_work_is_accepted_up_to_seventy_percent_of_the_escrow() {
    let mut world = World::new();
    let job = long_run(&mut world);
    // 60 tokens at the last price, 2 USD: 70% are 84 USD.
    let most = job.receipt(&world, units(84_000_001) - 1);
    let over = Receipt { units: units(84_000_001), ..most };
    let instructions = job.settling_instructions(&world, &over, &job.actors.session, 0);
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
    let supply = world.supply();
    job.settle_as(&mut world, &most, &job.actors.session).unwrap();
    let state = job.read(&world);
    assert_eq!((state.accepted, state.settled, state.escrow), (84_000_000, 0, ESCROW));
    assert_eq!(world.supply(), supply);
    // Nothing earned is refundable meanwhile: the job cannot be cancelled, only closed.
    let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    world.refused(&[cancel], &[&job.actors.consumer], E::WrongState);
}

#[test]
fn a_top_up_raises_the_limit_on_a_halt() {
    let mut world = World::new();
    let job = long_run(&mut world);
    let receipt = job.receipt(&world, units(84_000_001));
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
    job.top_up(&mut world, 1, 0).unwrap();
    // One base unit more is worth nothing yet.
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
    job.top_up(&mut world, 1_000, 0).unwrap();
    job.settle_as(&mut world, &receipt, &job.actors.session).unwrap();
}

#[test]
fn closing_a_job_lifts_the_limit() {
    let mut world = World::new();
    let job = long_run(&mut world);
    let all = job.receipt(&world, units(100_000_000));
    let instructions = job.settling_instructions(&world, &all, &job.actors.session, 0);
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
    job.close(&mut world, &job.actors.provider).unwrap();
    job.settle_as(&mut world, &all, &job.actors.session).unwrap();
    assert_eq!(job.read(&world).accepted, 100_000_000);
}

#[test]
fn what_was_accepted_on_a_halt_converts_when_a_price_returns_and_was_not_refundable_between() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    // Settling: nobody can close it with work outstanding.
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    let withdraw = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    world.refused(&[withdraw], &[], E::NothingOwed);
    world.refresh();
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
    job.advance(&mut world);
    assert_eq!(job.read(&world).dues[Party::Consumer as usize].escrow, ESCROW - 1_000_500_251);
}

#[test]
fn accepting_far_more_than_the_vault_is_worth_before_a_fall_converts_what_is_burned() {
    let mut world = World::new();
    let job = long_run(&mut world);
    job.settle(&mut world, units(84_000_000)).unwrap();
    // The price falls to half, average and all; the whole escrow burns for what it is worth.
    world.refresh();
    let mut price = world.price;
    (price.spot, price.average) = (100_000_000, 100_000_000);
    world.publish(price);
    job.convert(&mut world).unwrap();
    let state = job.read(&world);
    assert_eq!((state.escrow, state.burned), (0, ESCROW));
    assert_eq!((state.accepted, state.settled), (84_000_000, 59_940_000));
    assert!(state.earned < state.burned);
}

#[test]
fn what_the_previous_key_signed_is_not_voided_by_rotating_on_a_halt() {
    let mut world = World::new();
    let job = long_run(&mut world);
    let signed = job.receipt(&world, units(90_000_000));
    job.rotate(&mut world, &keypair(88).pubkey()).unwrap();
    job.settle_as(&mut world, &signed, &job.actors.session).unwrap();
    assert_eq!(job.read(&world).accepted, 90_000_000);
    // The new key's receipts are bound by the limit again.
    world.pass(10);
    let next = job.receipt(&world, units(90_000_001));
    let instructions = job.settling_instructions(&world, &next, &keypair(88), 0);
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
}
