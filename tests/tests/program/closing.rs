//! How a running job ends: by a party, by its end, by silence; and what follows.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{
    JobState, Party, REASON_BY_CONSUMER, REASON_BY_PROVIDER, REASON_END, REASON_SILENCE,
};
use settlement_interface::events::{Event, JobClosed, JobClosing, JobSettling};
use settlement_interface::pda;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, touched};

#[test]
fn either_party_closes_a_running_job_at_once() {
    for (by_consumer, reason) in [(true, REASON_BY_CONSUMER), (false, REASON_BY_PROVIDER)] {
        let mut world = World::new();
        let job = JobFixture::running(&mut world);
        let by = if by_consumer { &job.actors.consumer } else { &job.actors.provider };
        let sent = job.close(&mut world, by).unwrap();
        let expected = JobClosing {
            entities: [touched(&job.keys.job, 4)],
            at: world.now(),
            job: job.keys.job,
            reason: u64::from(reason),
        };
        assert_eq!(sent.events, [Event::JobClosing(Box::new(expected))]);
        let state = job.read(&world);
        assert_eq!((state.state(), state.closing_at), (Some(JobState::Closing), world.now()));
    }
}

#[test]
fn nobody_else_closes_it() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let other = JobFixture::running(&mut world);
    let keys: [&Keypair; 3] = [&job.actors.session, &other.actors.consumer, &other.actors.provider];
    for key in keys {
        let close = world.network.close_job(&key.pubkey(), &job.keys);
        world.refused(&[close], &[key], E::WrongParty);
    }
    // Another provider's account does not make its authority a party.
    let mut close = world.network.close_job(&other.authority(), &job.keys);
    close.accounts[2].pubkey = other.keys.provider;
    world.refused(&[close], &[&other.actors.provider], E::WrongProvider);
}

#[test]
fn only_a_running_job_is_closed() {
    let mut world = World::new();
    for job in [
        JobFixture::offered(&mut world),
        JobFixture::assigned(&mut world),
        JobFixture::closing(&mut world),
        JobFixture::settling(&mut world),
        JobFixture::closed(&mut world),
    ] {
        let close = world.network.close_job(&job.wallet(), &job.keys);
        world.refused(&[close], &[&job.actors.consumer], E::WrongState);
    }
}

#[test]
fn anyone_closes_a_job_after_its_end() {
    let mut world = World::new();
    let job = JobFixture::running_as(&mut world, |order| order.silence_max = 7 * 86_400, ESCROW);
    let advance = world.network.advance_job(&job.keys);
    let end_by = job.read(&world).terms.order.end_by;
    world.until(end_by);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(end_by + 1);
    let sent = world.must(&[advance], &[]);
    let Event::JobClosing(closing) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((closing.at, closing.reason), (end_by + 1, u64::from(REASON_END)));
}

#[test]
fn anyone_closes_a_job_that_is_silent_for_too_long_and_nobody_is_penalised() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    let started = world.now();
    let advance = world.network.advance_job(&job.keys);
    world.until(started + 7_200);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // A receipt counts from when it was received, however far it reaches.
    let mut receipt = job.receipt(&world, 1_000);
    receipt.through = started + 1;
    job.settle_as(&mut world, &receipt, &job.actors.session).unwrap();
    let heard = world.now();
    world.until(heard + 7_200);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(heard + 7_201);
    let sent = world.must(&[advance], &[]);
    let Event::JobClosing(closing) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!(closing.reason, u64::from(REASON_SILENCE));
    assert_eq!(job.provider(&world).slashed, 0);
}

#[test]
fn receipts_are_over_one_grace_after_the_closing() {
    let mut world = World::new();
    let job = JobFixture::closing(&mut world);
    let closing_at = job.read(&world).closing_at;
    let advance = world.network.advance_job(&job.keys);
    world.until(closing_at + 86_400);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(closing_at + 86_401);
    let sent = world.must(&[advance], &[]);
    let expected = JobSettling {
        entities: [touched(&job.keys.job, 7)],
        at: world.now(),
        job: job.keys.job,
        outstanding: 0,
    };
    assert_eq!(sent.events, [Event::JobSettling(Box::new(expected))]);
}

#[test]
fn a_settled_job_is_closed_its_rest_refunded_and_its_bond_released() {
    let mut world = World::new();
    let job = JobFixture::settling(&mut world);
    let locked = job.provider(&world).locked;
    let sent = job.advance(&mut world);
    let expected = JobClosed {
        entities: [touched(&job.keys.job, 8), touched(&job.keys.provider, 5), touched(&pda::totals(), 3)],
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        refund: ESCROW - 1_000_500_251,
        bond: locked,
        void: 0,
        in_kind_usd: 0,
        in_kind_paid: 0,
        in_kind_burned: 0,
        recorded: 0,
    };
    assert_eq!(sent.events, [Event::JobClosed(Box::new(expected))]);
    let (state, provider) = (job.read(&world), job.provider(&world));
    assert_eq!((state.state(), state.escrow, state.bond), (Some(JobState::Closed), 0, 0));
    assert_eq!(state.dues[Party::Consumer as usize].escrow, expected.refund);
    assert_eq!((provider.locked, provider.jobs_open, world.totals().locked), (0, 0, 0));
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
}

#[test]
fn a_job_that_runs_and_is_not_over_does_not_advance() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
}

#[test]
fn advancing_names_the_jobs_own_accounts() {
    let mut world = World::new();
    let job = JobFixture::settling(&mut world);
    let other = JobFixture::running(&mut world);
    let good = world.network.advance_job(&job.keys);
    let mint = tests::keypair(50).pubkey();
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    for (position, account, error) in [
        (1, other.keys.provider, E::WrongProvider),
        (6, other.vault(), E::WrongVault),
        (8, mint, E::WrongMint),
    ] {
        let mut bad = good.clone();
        bad.accounts[position].pubkey = account;
        world.refused(&[bad], &[], error);
    }
    world.must(&[good], &[]);
}

#[test]
fn the_consumer_withholding_signatures_penalises_nobody_and_either_side_leaves() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 7_000);
    let by = world.wallet();
    world.refused(&[world.network.mark(&by.pubkey(), &job.keys)], &[&by], E::NothingToMark);
    job.close(&mut world, &job.actors.provider).unwrap();
    world.until(world.now() + 86_401);
    job.advance(&mut world);
    job.advance(&mut world);
    assert_eq!(job.provider(&world).slashed, 0);
    assert_eq!(job.read(&world).dues[Party::Consumer as usize].escrow, ESCROW);
}
