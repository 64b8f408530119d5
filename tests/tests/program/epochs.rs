//! An epoch that is paid out is closed, by anyone, and never comes back.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::Epoch;
use settlement_interface::events::{EpochClosed, Event};
use settlement_interface::pda;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{JobFixture, World, keypair, touched};

/// An epoch in which two providers worked, and the jobs.
fn worked(world: &mut World) -> (u64, [JobFixture; 2]) {
    let jobs = [JobFixture::running(world), JobFixture::running(world)];
    world.until(world.now() + 60);
    for job in &jobs {
        job.settle(world, 60_000).unwrap();
    }
    (world.epoch(), jobs)
}

fn end_of(epoch: u64) -> i64 {
    i64::try_from(epoch + 1).unwrap() * 86_400
}

fn claim(world: &mut World, job: &JobFixture, epoch: u64) {
    let rebate = world.network.claim_rebate(&job.authority(), epoch, &job.authority());
    world.must(&[rebate], &[]);
}

#[test]
fn an_epoch_whose_credits_are_claimed_is_closed_and_its_rent_returned() {
    let mut world = World::new();
    let (epoch, [first, second]) = worked(&mut world);
    // Who settled first paid.
    let payer = first.authority();
    let close = world.network.close_epoch(epoch, &payer);
    world.until(end_of(epoch));
    world.refused(std::slice::from_ref(&close), &[], E::CreditsRemain);
    claim(&mut world, &second, epoch);
    world.refused(std::slice::from_ref(&close), &[], E::CreditsRemain);
    claim(&mut world, &first, epoch);
    let (state, rent) = (world.read::<Epoch>(&pda::epoch(epoch)), world.lamports(&pda::epoch(epoch)));
    let before = world.lamports(&payer);
    let sent = world.must(&[close], &[]);
    let expected = EpochClosed {
        entities: [touched(&pda::epoch(epoch), 5)], // two conversions, two claims
        at: world.now(),
        epoch,
        take: state.take,
        rebated: state.rebated,
        credits: 2,
        rent_payer: payer,
        lamports: rent,
    };
    assert_eq!(sent.events, [Event::EpochClosed(Box::new(expected))]);
    assert_eq!(world.lamports(&payer), before + rent);
    assert_eq!(world.get::<Epoch>(&pda::epoch(epoch)), None);
}

#[test]
fn an_epoch_is_not_closed_a_second_before_its_end() {
    let mut world = World::new();
    let (epoch, [first, second]) = worked(&mut world);
    let close = world.network.close_epoch(epoch, &first.authority());
    world.until(end_of(epoch) - 1);
    world.refused(std::slice::from_ref(&close), &[], E::EpochRunning);
    world.until(end_of(epoch));
    claim(&mut world, &first, epoch);
    claim(&mut world, &second, epoch);
    world.must(&[close], &[]);
}

#[test]
fn a_closed_epoch_never_comes_back() {
    let mut world = World::new();
    let (epoch, jobs) = worked(&mut world);
    let [first, second] = &jobs;
    world.until(end_of(epoch));
    claim(&mut world, first, epoch);
    claim(&mut world, second, epoch);
    let close = world.network.close_epoch(epoch, &first.authority());
    world.rejected(&[close.clone(), close.clone()], &[]);
    world.must(std::slice::from_ref(&close), &[]);
    world.refused(&[close], &[], InstructionError::AccountDataTooSmall);
    let rebate = world.network.claim_rebate(&first.authority(), epoch, &first.authority());
    world.rejected(&[rebate], &[]);
    // Work names the epoch of now; the one before, or the one to come, is not opened.
    world.pass(60);
    let receipt = first.receipt(&world, 120_000);
    let [verify, mut settle] = first.settling_instructions(&world, &receipt, &first.actors.session, 0);
    world.refresh();
    let now = world.epoch();
    for other in [epoch, now + 1] {
        settle.accounts[8].pubkey = pda::epoch(other);
        settle.accounts[9].pubkey = pda::credit(other, &first.keys.provider);
        world.refused(&[verify.clone(), settle.clone()], &[&first.actors.provider], E::WrongEpoch);
    }
}

#[test]
fn the_rent_of_an_epoch_goes_to_who_paid_it() {
    let mut world = World::new();
    let (epoch, [first, second]) = worked(&mut world);
    world.until(end_of(epoch));
    claim(&mut world, &first, epoch);
    claim(&mut world, &second, epoch);
    for thief in [second.authority(), keypair(999).pubkey(), pda::epoch(epoch)] {
        let close = world.network.close_epoch(epoch, &thief);
        let reason = world.rejected(&[close], &[]);
        if thief != pda::epoch(epoch) {
            assert_eq!(reason, E::WrongRentPayer.into());
        }
    }
}
