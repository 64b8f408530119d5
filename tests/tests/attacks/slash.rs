//! Attacks on penalties: taking more than the bond, twice, for oneself, or from who did no wrong.

use crate::common::with;
use settlement_interface::accounts::{Due, JobState, Party};
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::{SettlementError as E, pda};
use solana_signer::Signer;
use tests::{ESCROW, Expected, JobFixture, MeterFixture, STAKE, World};

const BOND: u64 = ESCROW / 10;

#[test]
fn a_slash_takes_more_than_the_bond() {
    let mut parameters = Parameters::DEFAULT;
    parameters.no_show_bps = 10_000;
    let mut world = World::with(parameters);
    let by = world.holder(0);
    let job = JobFixture::late(&mut world);
    // The consumer raises the escrow, which the bond is a share of, and the budget, after acceptance.
    job.top_up(&mut world, 400_000_000_000, u64::MAX / 2).unwrap();
    job.mark(&mut world, &by);
    world.until(world.now() + 3_600);
    job.advance(&mut world);
    let provider = job.provider(&world);
    assert_eq!((provider.slashed, provider.stake), (BOND, STAKE - BOND));
    assert_eq!(provider.bad, 100_000_000, "the record loses what the provider accepted");
    assert_eq!(job.read(&world).dues[Party::Consumer as usize].stake, BOND / 10 * 8);
}

#[test]
fn a_missed_start_is_penalised_twice() {
    let mut world = World::new();
    let (first, second) = (world.holder(0), world.holder(0));
    let job = JobFixture::late(&mut world);
    job.mark(&mut world, &first);
    let again = world.network.mark(&second.pubkey(), &job.keys);
    world.refused(std::slice::from_ref(&again), &[&second], E::AlreadyMarked);
    world.until(world.now() + 3_600);
    let advance = world.network.advance_job(&job.keys);
    world.refused(&[advance.clone(), advance.clone()], &[], E::NothingDue);
    world.must(std::slice::from_ref(&advance), &[]);
    world.refused(&[advance], &[], E::NothingDue);
    world.refused(&[again], &[&second], E::WrongState);
    assert_eq!(job.provider(&world).slashed, BOND / 2);
    assert_eq!(job.read(&world).reporter, first.pubkey());
    // Nor does a start cure it and leave the mark to be used again.
    let cured = JobFixture::late(&mut world);
    cured.mark(&mut world, &first);
    cured.start(&mut world).unwrap();
    world.until(world.now() + 3_600);
    world.refused(&[world.network.advance_job(&cured.keys)], &[], E::NothingDue);
    world.refused(&[world.network.mark(&first.pubkey(), &cured.keys)], &[&first], E::NothingToMark);
    assert_eq!(cured.provider(&world).slashed, 0);
}

#[test]
fn the_destination_of_a_penalty_is_substituted() {
    let mut world = World::new();
    let (reporter, thief) = (world.holder(0), world.holder(0));
    let job = JobFixture::failed(&mut world, &reporter);
    let purse = world.associated(&thief.pubkey());
    for (party, wallet) in [(Party::Consumer, job.wallet()), (Party::Reporter, reporter.pubkey())] {
        let pay = world.network.withdraw(&job.keys, party as u8, &wallet);
        world.refused(&[with(&pay, 5, &purse)], &[], E::NotAssociated);
        world.rejected(&[with(&pay, 5, &pda::stake_vault())], &[]);
        world.rejected(&[with(&pay, 5, &job.vault())], &[]);
        // Under the other party's code, to the other's account.
        let other = Party::ALL.into_iter().find(|other| *other != party).unwrap();
        let crossed = world.network.withdraw(&job.keys, other as u8, &wallet);
        world.rejected(&[crossed], &[]);
    }
    // The provider is due nothing, and no vault but the job's own pays for the job.
    world.refused(
        &[world.network.withdraw(&job.keys, Party::Provider as u8, &job.authority())],
        &[],
        E::NothingOwed,
    );
    let other = JobFixture::running(&mut world);
    let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    world.refused(&[with(&pay, 3, &other.vault())], &[], E::WrongVault);
    assert_eq!(world.balance(&thief.pubkey()), 0);
}

#[test]
fn what_is_locked_is_unbonded() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let by = &[&job.actors.provider];
    let request = |world: &World, amount| world.network.request_unstake(&job.authority(), amount);
    world.refused(&[request(&world, STAKE - BOND + 1)], by, E::InsufficientStake);
    world.refused(&[request(&world, u64::MAX)], by, E::InsufficientStake);
    world.must(&[request(&world, STAKE - BOND)], by);
    world.refused(&[request(&world, 1)], by, E::InsufficientStake);
    // What unbonds does not back another job either.
    let locked = job.provider(&world);
    assert_eq!((locked.locked, locked.unbonding), (BOND, STAKE - BOND));
    world.pass(7 * DAY);
    world.must(&[world.network.withdraw_stake(&job.authority())], &[]);
    assert_eq!(world.tokens(&pda::stake_vault()), BOND);
}

#[test]
fn a_provider_reports_itself_to_save_the_reporters_share() {
    let mut world = World::new();
    // By its own key there is no share; by a friend's there is one of 5%, and the rest is lost.
    let job = JobFixture::late(&mut world);
    let friend = world.holder(0);
    job.mark(&mut world, &friend);
    world.until(world.now() + 3_600);
    let supply = world.supply();
    job.advance(&mut world);
    let slashed = job.provider(&world).slashed;
    let due = job.read(&world).dues[Party::Reporter as usize];
    assert_eq!(due, Due { escrow: 0, stake: slashed / 20 });
    assert_eq!(supply - world.supply(), slashed * 15 / 100);
    assert_eq!(job.read(&world).dues[Party::Consumer as usize].stake, slashed / 5 * 4);
    assert_eq!(job.read(&world).state(), Some(JobState::Failed));
}

#[test]
fn one_gap_is_penalised_twice() {
    let mut world = World::new();
    let (meter, by) = (MeterFixture::new(&mut world), world.holder(1_000_000_000));
    let job = meter.job(&mut world, 9_000, ESCROW);
    let start = world.now();
    world.until(start + 3 * 3_600);
    let uphold = |world: &mut World, index| {
        let resolve = world.network.resolve_case(&job.keys, index, &meter.key.pubkey());
        world.until(world.now() + Parameters::DEFAULT.case_window + 1);
        world.must(std::slice::from_ref(&resolve), &[]);
        world.until(world.now() + 3_600);
        world.must(std::slice::from_ref(&resolve), &[]);
        world.refused(&[resolve], &[], E::CaseState);
    };
    let two_hours = (start, start + 2 * 3_600);
    let all = meter.reporting(&world, &job, &by.pubkey(), two_hours);
    // Under one number twice: there is an account already.
    let reason = world.rejected(&[all.as_slice(), &all].concat(), &[&by]);
    assert!(!matches!(reason, Expected::Program(_)), "{reason:?}");
    world.must(&all, &[&by]);
    // Under two numbers, it is a gap that was not penalised yet: whichever is upheld first takes all.
    let copy = meter.reporting(&world, &job, &by.pubkey(), two_hours);
    world.must(&copy, &[&by]);
    uphold(&mut world, 0);
    let slashed = job.provider(&world).slashed;
    assert_eq!(slashed, BOND / 24 * 2);
    uphold(&mut world, 1);
    for gap in [two_hours, (start + 1_800, start + 5_400)] {
        let again = meter.reporting(&world, &job, &by.pubkey(), gap);
        world.refused(&again, &[&by], E::GapJudged);
    }
    assert_eq!(job.provider(&world).slashed, slashed);
    // In part: an hour of it is new, and that hour alone is charged.
    let longer = meter.reporting(&world, &job, &by.pubkey(), (start, start + 3 * 3_600));
    world.must(&longer, &[&by]);
    uphold(&mut world, 2);
    assert_eq!(job.provider(&world).slashed, BOND / 24 * 3);
}

#[test]
fn many_bogus_cases_hold_up_everybodys_penalties() {
    // A meter and its friends report each other for next to nothing, to make the network look as if it failed.
    let mut world = World::new();
    let (meter, by) = (MeterFixture::new(&mut world), world.holder(1_000_000_000));
    for _ in 0..4 {
        JobFixture::running(&mut world);
    }
    assert_eq!(world.totals().locked, 4 * BOND, "honest work, which the penalties are compared with");
    let bogus: Vec<JobFixture> = (0..6).map(|_| meter.job(&mut world, 9_000, ESCROW / 10_000)).collect();
    let start = world.now();
    world.until(start + 3_600);
    for job in &bogus {
        let all = meter.reporting(&world, job, &by.pubkey(), (start, start + 3_600));
        world.must(&all, &[&by]);
    }
    // Jobs of their own are late and marked as well: all of it can be cured for nothing.
    let friends: Vec<JobFixture> = (0..6).map(|_| JobFixture::assigned(&mut world)).collect();
    let late = JobFixture::assigned(&mut world);
    world.until(late.read(&world).terms.order.start_by.max(world.now()) + 1);
    for job in friends.iter().chain([&late]) {
        job.mark(&mut world, &by);
    }
    world.until(world.now() + 3_600);
    assert_eq!(world.totals().recent(world.now()), (0, 0), "what burned nothing weighs nothing");
    late.advance(&mut world);
    assert_eq!(late.read(&world).state(), Some(JobState::Failed), "what is not taken holds up nothing");
    // With penalties of their own, burned, that outweigh the rest, one waits: once, for a day.
    let last = &friends[5];
    for job in &friends[..4] {
        job.advance(&mut world);
    }
    last.advance(&mut world);
    assert_eq!(last.read(&world).state(), Some(JobState::Assigned));
    let until = last.read(&world).waits_until;
    assert_eq!(until, world.now() + DAY);
    let advance = world.network.advance_job(&last.keys);
    world.until(until - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(until);
    world.must(&[advance], &[]);
    assert_eq!(last.provider(&world).slashed, BOND / 2);
}
