//! A provider that accepted and does not start: marked, and one grace later slashed.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Due, JobState, MARK_NO_SHOW, Party};
use settlement_interface::events::{Event, JobFailed, JobMarked, JobStarted};
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, STAKE, World, touched};

/// 10% of the escrow.
const BOND: u64 = ESCROW / 10;

#[test]
fn a_provider_is_late_one_second_after_start_by() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    world.until(job.read(&world).terms.order.start_by);
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    world.until(world.now() + 1);
    let sent = world.must(std::slice::from_ref(&mark), &[&by]);
    let expected = JobMarked {
        entities: [touched(&job.keys.job, 3)],
        at: world.now(),
        job: job.keys.job,
        by: by.pubkey(),
        slot: world.slot(),
        mark: u64::from(MARK_NO_SHOW),
    };
    assert_eq!(sent.events, [Event::JobMarked(Box::new(expected))]);
    let state = job.read(&world);
    assert_eq!((state.marked_at, state.marked_slot), (world.now(), world.slot()));
    assert_eq!((state.mark, state.reporter), (MARK_NO_SHOW, by.pubkey()));
    world.refused(&[mark], &[&by], E::AlreadyMarked);
}

#[test]
fn one_grace_after_the_mark_the_no_show_share_is_slashed_and_split_to_the_base_unit() {
    let mut world = World::new();
    let reporter = world.holder(0);
    let job = JobFixture::marked(&mut world, &reporter);
    world.pass(3_600);
    let supply = world.supply();
    let sent = job.advance(&mut world);
    // Half of the bond: 80% to the consumer, 5% to the reporter, the rest burned.
    let expected = JobFailed {
        entities: [touched(&job.keys.job, 4), touched(&job.keys.provider, 4), touched(&pda::totals(), 3)],
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        reporter: reporter.pubkey(),
        refund: ESCROW,
        bond: BOND,
        slashed: 3_000_000_000,
        harmed: 2_400_000_000,
        reported: 150_000_000,
        burned: 450_000_000,
        stake: STAKE - 3_000_000_000,
        bad: 100_000_000,
    };
    assert_eq!(sent.events, [Event::JobFailed(Box::new(expected))]);
    assert_eq!(world.supply(), supply - 450_000_000);
    assert_eq!(world.tokens(&pda::stake_vault()), STAKE - 450_000_000);
    let provider = job.provider(&world);
    assert_eq!(
        (provider.stake, provider.locked, provider.slashed),
        (STAKE - 3_000_000_000, 0, 3_000_000_000)
    );
    assert_eq!((provider.bad, provider.jobs_failed, provider.jobs_open), (100_000_000, 1, 0));
    assert_eq!(world.totals().locked, 0);
    let state = job.read(&world);
    assert_eq!((state.state(), state.escrow, state.bond), (Some(JobState::Failed), 0, 0));

    for (party, wallet, amount) in [
        (Party::Consumer, job.wallet(), ESCROW + 2_400_000_000),
        (Party::Reporter, reporter.pubkey(), 150_000_000),
    ] {
        let before = world.balance(&wallet);
        job.withdraw(&mut world, party, &wallet).unwrap();
        assert_eq!(world.balance(&wallet), before + amount);
    }
    assert_eq!(world.tokens(&pda::stake_vault()), STAKE - 3_000_000_000);
    job.reclaim(&mut world).unwrap();
}

#[test]
fn a_party_that_marks_gets_no_reporters_share() {
    for by_consumer in [true, false] {
        let mut world = World::new();
        let job = JobFixture::late(&mut world);
        let by = if by_consumer { &job.actors.consumer } else { &job.actors.provider };
        job.mark(&mut world, by);
        world.pass(3_600);
        let sent = job.advance(&mut world);
        let Event::JobFailed(failed) = sent.only() else { panic!("{:?}", sent.events) };
        assert_eq!((failed.reporter, failed.reported), (Address::default(), 0));
        assert_eq!((failed.harmed, failed.burned), (2_400_000_000, 600_000_000));
        let reporter = world.network.withdraw(&job.keys, Party::Reporter as u8, &job.wallet());
        world.refused(&[reporter], &[], E::NothingOwed);
    }
}

#[test]
fn the_grace_must_pass_in_seconds_and_in_slots() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    let advance = world.network.advance_job(&job.keys);
    let (now, slot) = (world.now(), world.slot());
    world.set_clock(now + 3_599, slot + 1_000_000);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // The clock jumped while the chain stood still.
    world.set_clock(now + 1_000_000, slot + 3_599);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.set_clock(now + 3_600, slot + 3_600);
    world.must(&[advance], &[]);
}

#[test]
fn without_a_mark_nobody_is_slashed_however_late() {
    let mut world = World::new();
    let job = JobFixture::late(&mut world);
    world.pass(30 * 86_400);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
}

#[test]
fn a_provider_may_start_late_until_the_failure_is_executed() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    world.until(world.now() + 5_000);
    // The grace is over, but nobody executed the failure.
    let start = world.network.start_job(&job.authority(), &job.keys.job);
    let sent = world.must(&[start], &[&job.actors.provider]);
    let expected =
        JobStarted { entities: [touched(&job.keys.job, 4)], at: world.now(), job: job.keys.job, excused: 0 };
    assert_eq!(sent.events, [Event::JobStarted(Box::new(expected))]);
    let state = job.read(&world);
    assert_eq!((state.state(), state.mark, state.marked_at), (Some(JobState::Running), 0, 0));
    assert_eq!((state.reporter, state.bond), (Address::default(), BOND));
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
}

#[test]
fn a_deadline_missed_because_the_chain_stood_still_is_cured_even_after_the_end_of_the_job() {
    // Before the mark, and after it.
    for marked in [false, true] {
        let mut world = World::new();
        let job = JobFixture::late(&mut world);
        if marked {
            job.mark(&mut world, &job.actors.consumer);
        }
        // A standstill of three days, 10 slots long.
        world.set_clock(world.now() + 3 * 86_400, world.slot() + 10);
        if !marked {
            job.mark(&mut world, &job.actors.consumer);
        }
        world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
        job.start(&mut world).expect("start_job after a standstill");
        // It is too late to work, and nothing is lost.
        job.advance(&mut world);
        world.pass(86_401);
        job.advance(&mut world);
        job.advance(&mut world);
        assert_eq!(job.provider(&world).slashed, 0);
        assert_eq!(job.read(&world).dues[Party::Consumer as usize], Due { escrow: ESCROW, stake: 0 });
    }
}

#[test]
fn nobody_starts_a_failed_job_or_fails_it_twice() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::failed(&mut world, &by);
    let start = world.network.start_job(&job.authority(), &job.keys.job);
    world.refused(&[start], &[&job.actors.provider], E::WrongState);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    world.refused(&[world.network.mark(&by.pubkey(), &job.keys)], &[&by], E::WrongState);
    let cancel = world.network.cancel_job(&job.wallet(), &job.keys);
    world.refused(&[cancel], &[&job.actors.consumer], E::WrongState);
}

#[test]
fn only_the_provider_starts_its_job() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let other = JobFixture::assigned(&mut world);
    let mut stranger = world.network.start_job(&job.authority(), &job.keys.job);
    stranger.accounts[0].pubkey = other.authority();
    world.refused(&[stranger], &[&other.actors.provider], E::WrongParty);
    let theirs = world.network.start_job(&other.authority(), &job.keys.job);
    world.refused(&[theirs], &[&other.actors.provider], E::WrongProvider);
    let offered = JobFixture::offered(&mut world);
    let early = world.network.start_job(&offered.authority(), &offered.keys.job);
    world.refused(&[early], &[&offered.actors.provider], E::WrongState);
    job.start(&mut world).unwrap();
    let again = world.network.start_job(&job.authority(), &job.keys.job);
    world.refused(&[again], &[&job.actors.provider], E::WrongState);
}

#[test]
fn a_slash_takes_no_more_than_the_bond_and_touches_no_other_stake() {
    let mut parameters = Parameters::DEFAULT;
    (parameters.no_show_bps, parameters.harmed_bps, parameters.reporter_bps) = (10_000, 9_500, 0);
    let mut world = World::with(parameters);
    let other = JobFixture::running(&mut world);
    let by = world.holder(0);
    let job = JobFixture::failed(&mut world, &by);
    let provider = job.provider(&world);
    assert_eq!((provider.slashed, provider.stake), (BOND, STAKE - BOND));
    let due = job.read(&world).dues;
    assert_eq!(due[Party::Consumer as usize].stake, BOND / 100 * 95);
    assert_eq!(due[Party::Reporter as usize], Due::default());
    assert_eq!(other.provider(&world).stake, STAKE);
    assert_eq!(world.tokens(&pda::stake_vault()), 2 * STAKE - BOND / 100 * 5);
}

#[test]
fn a_budget_raised_after_acceptance_does_not_count_against_the_provider() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    job.top_up(&mut world, 0, u64::MAX - 100_000_000).unwrap();
    world.pass(3_600);
    let sent = job.advance(&mut world);
    let Event::JobFailed(failed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((failed.bad, job.provider(&world).bad), (100_000_000, 100_000_000));
}

#[test]
fn unbonding_does_not_dodge_a_slash() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::marked(&mut world, &by);
    // All that is free may leave, the bond may not.
    let all = world.network.request_unstake(&job.authority(), STAKE - BOND + 1);
    world.refused(&[all], &[&job.actors.provider], E::InsufficientStake);
    let free = world.network.request_unstake(&job.authority(), STAKE - BOND);
    world.must(&[free], &[&job.actors.provider]);
    world.pass(7 * 86_400);
    world.must(&[world.network.withdraw_stake(&job.authority())], &[]);
    job.advance(&mut world);
    let provider = job.provider(&world);
    assert_eq!((provider.stake, provider.slashed), (BOND / 2, BOND / 2));
}
