//! What a resolved dispute costs and pays: to the last unit, to whom, and that nothing waits for anybody.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{
    Dispute, Due, Job, JobState, OUTCOME_CHALLENGER_LOST, OUTCOME_PROVIDER_LOST, Party, REASON_DISPUTE,
};
use settlement_interface::events::{DisputeClosed, DisputeWithdrawn, Event};
use settlement_interface::rules::CHALLENGER;
use settlement_interface::{Address, pda};
use solana_signer::Signer;
use tests::{ESCROW, STAKE, Trace, Verifiable, World, touched};

const JOB_BOND: u64 = 6_000_000_000;
const BOND: u64 = 3_000_000_000;

/// What is in the stake vault against all that it owes.
fn assert_backed(world: &World) {
    let providers: u64 =
        world.all::<settlement_interface::accounts::Provider>().iter().map(|(_, p)| p.stake).sum();
    let arbiters: u64 =
        world.all::<settlement_interface::accounts::Arbiter>().iter().map(|(_, a)| a.vouched.stake).sum();
    let dues: u64 = world.all::<Job>().iter().flat_map(|(_, job)| job.dues).map(|due| due.stake).sum();
    let disputes: u64 = world
        .all::<Dispute>()
        .iter()
        .map(|(_, d)| {
            let open = if d.outcome == 0 || d.stage == 8 { d.bond } else { 0 };
            open + d.refund + d.fee * u64::from(d.unpaid.count_ones())
        })
        .sum();
    assert_eq!(world.tokens(&pda::stake_vault()), providers + arbiters + dues + disputes);
}

#[test]
fn a_provider_that_lost_is_not_paid_for_what_is_pending_and_loses_its_bond() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::ruled(&mut world, false);
    assert_backed(&world);
    let job = &fixture.job;
    let supply = world.supply();
    let sent = fixture.execute(&mut world, &dispute).unwrap();
    let Event::DisputeResolved(resolved) = sent.only() else { panic!("{:?}", sent.events) };
    // A tenth of the bond for the two that ruled so.
    let fee = JOB_BOND / 10 / 2;
    assert_eq!(
        (resolved.outcome, resolved.void, resolved.slashed),
        (u64::from(OUTCOME_PROVIDER_LOST), 2_000_000, JOB_BOND)
    );
    assert_eq!((resolved.fee, resolved.arbiters, resolved.to_consumer), (fee, 0b011, JOB_BOND - 2 * fee));
    assert_eq!((resolved.refund, resolved.to_provider, resolved.bad), (BOND, 0, 100_000_000));
    assert_eq!(
        resolved.entities.map(|touched| touched.entity),
        [job.keys.job, dispute, job.keys.provider, pda::totals()]
    );
    let (state, provider) = (job.read(&world), job.provider(&world));
    assert_eq!(
        (state.state(), state.reason, state.closing_at),
        (Some(JobState::Held), REASON_DISPUTE, world.now())
    );
    assert_eq!((state.accepted, state.bond, state.open_disputes), (0, 0, 0));
    assert_eq!(state.dues[Party::Consumer as usize], Due { escrow: 0, stake: JOB_BOND - 2 * fee });
    assert_eq!((provider.stake, provider.locked, provider.slashed), (STAKE - JOB_BOND, 0, JOB_BOND));
    assert_eq!((provider.bad, provider.jobs_failed, provider.jobs_open), (100_000_000, 1, 1));
    assert_eq!((world.totals().locked, world.supply()), (0, supply));
    assert_backed(&world);

    // No more receipts; and the job goes its way.
    world.until(world.now() + 60);
    let receipt = fixture.receipt(&world, 4_000_000, &Trace::honest(8));
    let all = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    world.refused(&all, &[&job.actors.provider], E::WrongState);
    for next in [JobState::Settling, JobState::Closed] {
        job.advance(&mut world);
        assert_eq!(job.read(&world).state(), Some(next));
    }
    assert_eq!(job.provider(&world).jobs_open, 0);
    let due = job.read(&world).dues[Party::Consumer as usize];
    assert_eq!(due.escrow, ESCROW);
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    job.reclaim(&mut world).unwrap();
    // The dispute pays without its job.
    for (member, arbiter) in [(0, &fixture.arbiters[0]), (1, &fixture.arbiters[1])] {
        fixture.pay(&mut world, &dispute, member, &arbiter.pubkey()).unwrap();
        assert_eq!(world.balance(&arbiter.pubkey()), fee);
    }
    fixture.pay(&mut world, &dispute, CHALLENGER, &job.wallet()).unwrap();
    assert_backed(&world);
}

#[test]
fn a_challenger_that_lost_pays_the_panel_and_the_provider() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::ruled(&mut world, true);
    let (job, before) = (&fixture.job, fixture.job.read(&world));
    let sent = fixture.execute(&mut world, &dispute).unwrap();
    let Event::DisputeResolved(resolved) = sent.only() else { panic!("{:?}", sent.events) };
    let fee = BOND / 10 / 2;
    assert_eq!(
        (resolved.outcome, resolved.void, resolved.slashed),
        (u64::from(OUTCOME_CHALLENGER_LOST), 0, 0)
    );
    assert_eq!((resolved.fee, resolved.arbiters, resolved.to_provider), (fee, 0b011, BOND - 2 * fee));
    assert_eq!((resolved.refund, resolved.to_consumer), (0, 0));
    assert_eq!(resolved.entities[2..], [Default::default(); 2]);
    let (state, provider) = (job.read(&world), job.provider(&world));
    assert_eq!(
        (state.state(), state.accepted, state.bond),
        (Some(JobState::Running), before.accepted, JOB_BOND)
    );
    assert_eq!((provider.stake, provider.bad, provider.jobs_failed), (STAKE, 0, 0));
    assert_backed(&world);
    // The clock of what is pending goes on, and then it is paid.
    let since = state.pending.iter().find(|bucket| bucket.usd > 0).unwrap().since;
    world.until(since + 2 * 86_400);
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
    let balance = world.balance(&job.authority());
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    assert_eq!(world.balance(&job.authority()), balance + BOND - 2 * fee);
    assert_backed(&world);
}

#[test]
fn without_a_ruling_the_panel_is_paid_nothing() {
    // The challenger misses its first turn, then the provider its first.
    for moves in [0, 2] {
        let mut world = World::new();
        let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
        let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
        for _ in 0..moves {
            fixture.step(&mut world, &dispute, &provider, &own).unwrap();
        }
        fixture.miss(&mut world, &dispute);
        fixture.resolve(&mut world, &dispute).unwrap();
        let dues = fixture.job.read(&world).dues;
        let state = world.read::<Dispute>(&dispute);
        assert_eq!((state.fee, state.unpaid), (0, 0));
        if moves == 0 {
            assert_eq!(dues[Party::Provider as usize].stake, BOND);
            assert_eq!(state.refund, 0);
        } else {
            assert_eq!(dues[Party::Consumer as usize].stake, JOB_BOND);
            assert_eq!(state.refund, BOND);
        }
        assert_backed(&world);
    }
}

#[test]
fn a_challenger_with_the_same_output_loses_though_its_trace_differs_in_between() {
    let mut world = World::new();
    let provider = Trace::honest(8);
    let mut steps = provider.steps.clone();
    steps[3] = [9; 32];
    let own = Trace::of(steps);
    let (fixture, dispute) = Verifiable::disputed(&mut world, &provider, &own);
    assert_eq!(fixture.play(&mut world, &dispute, &provider, &own), 3);
    fixture.execute(&mut world, &dispute).unwrap();
    assert_eq!(world.read::<Dispute>(&dispute).outcome, OUTCOME_CHALLENGER_LOST);
    assert_eq!(fixture.job.read(&world).dues[Party::Provider as usize].stake, BOND);
}

#[test]
fn a_dispute_pays_everyone_once_and_returns_its_rent() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::resolved(&mut world, false);
    let (wallet, bank) = (fixture.job.wallet(), world.bank.pubkey());
    let close = world.network.close_dispute(&dispute, &bank);
    let pay =
        |world: &World, member, wallet: &Address| world.network.withdraw_dispute(&dispute, member, wallet);
    let arbiters: Vec<_> = fixture.arbiters.iter().map(Signer::pubkey).collect();
    // Not to somebody else, not to a place that there is not, not to who did not rule with the majority.
    world.refused(&[pay(&world, 0, &arbiters[1])], &[], E::NotAssociated);
    for member in [3, 6, 8, 255] {
        world.refused(&[pay(&world, member, &arbiters[0])], &[], E::UnknownParty);
    }
    world.refused(&[pay(&world, 2, &arbiters[2])], &[], E::NothingOwed);
    for (number, (member, to, amount)) in
        [(0, arbiters[0], 300_000_000), (1, arbiters[1], 300_000_000), (CHALLENGER, wallet, BOND)]
            .into_iter()
            .enumerate()
    {
        world.refused(std::slice::from_ref(&close), &[], E::DuesRemain);
        let before = world.balance(&to);
        let sent = fixture.pay(&mut world, &dispute, member, &to).unwrap();
        let expected = DisputeWithdrawn {
            entities: [touched(&dispute, 15 + u64::try_from(number).unwrap())],
            at: world.now(),
            dispute,
            wallet: to,
            member: u64::from(member),
            amount,
        };
        assert_eq!(sent.events, [Event::DisputeWithdrawn(Box::new(expected))]);
        assert_eq!(world.balance(&to), before + amount);
        world.refused(&[pay(&world, member, &to)], &[], E::NothingOwed);
    }
    fixture.release(&mut world, &dispute);
    let other = world.wallet().pubkey();
    world.refused(&[world.network.close_dispute(&dispute, &other)], &[], E::WrongRentPayer);
    let lamports = world.lamports(&dispute);
    let sent = world.must(&[close], &[]);
    let expected = DisputeClosed {
        entities: [touched(&dispute, 20)],
        at: world.now(),
        dispute,
        rent_payer: bank,
        lamports,
    };
    assert_eq!(sent.events, [Event::DisputeClosed(Box::new(expected))]);
    assert_eq!(world.lamports(&dispute), 0);
    assert_backed(&world);
}

#[test]
fn nothing_is_paid_or_closed_before_it_is_resolved() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::ruled(&mut world, false);
    let (wallet, bank) = (fixture.job.wallet(), world.bank.pubkey());
    let arbiter = fixture.arbiters[0].pubkey();
    world.refused(&[world.network.withdraw_dispute(&dispute, CHALLENGER, &wallet)], &[], E::NothingOwed);
    world.refused(&[world.network.withdraw_dispute(&dispute, 0, &arbiter)], &[], E::NothingOwed);
    world.refused(&[world.network.close_dispute(&dispute, &bank)], &[], E::DuesRemain);
}

#[test]
fn an_arbiter_that_cannot_be_paid_holds_up_nobody() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::resolved(&mut world, false);
    let frozen = fixture.arbiters[0].pubkey();
    world.freeze(&world.associated(&frozen));
    let pay = world.network.withdraw_dispute(&dispute, 0, &frozen);
    world.refused(&[pay], &[], E::Undeliverable);
    fixture.pay(&mut world, &dispute, 1, &fixture.arbiters[1].pubkey()).unwrap();
    fixture.pay(&mut world, &dispute, CHALLENGER, &fixture.job.wallet()).unwrap();
    fixture.job.advance(&mut world);
    fixture.job.advance(&mut world);
    fixture.job.withdraw(&mut world, Party::Consumer, &fixture.job.wallet()).unwrap();
    fixture.job.reclaim(&mut world).unwrap();
    assert_eq!(world.read::<Dispute>(&dispute).unpaid, 0b001);
    assert_backed(&world);
}

#[test]
fn a_bond_that_was_slashed_to_nothing_still_takes_a_challengers_stake_by_what_waits() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let fixture = Verifiable::committed(&mut world, &provider);
    // As an outage that took all of it would leave it.
    let keys = fixture.job.keys;
    let mut job = world.svm.get_account(&keys.job).unwrap();
    let state = Job { bond: 0, ..fixture.job.read(&world) };
    job.data[8..].copy_from_slice(bytemuck::bytes_of(&state));
    world.svm.set_account(keys.job, job).unwrap();
    let dispute = fixture.open(&mut world, 1, &own).unwrap();
    // 2 USD are a token, for which the terms would ask a tenth, of which the challenger puts down half.
    let bond = 50_000_000;
    assert_eq!(world.read::<Dispute>(&dispute).bond, bond);
    fixture.play(&mut world, &dispute, &provider, &own);
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
    }
    let sent = fixture.execute(&mut world, &dispute).unwrap();
    let Event::DisputeResolved(resolved) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((resolved.slashed, resolved.fee, resolved.void, resolved.refund), (0, 0, 2_000_000, bond));
    fixture.pay(&mut world, &dispute, CHALLENGER, &fixture.job.wallet()).unwrap();
    fixture.release(&mut world, &dispute);
    world.must(&[world.network.close_dispute(&dispute, &world.bank.pubkey())], &[]);
}

#[test]
fn a_dispute_lost_while_closing_or_held_ends_receipts_and_keeps_why_it_closed() {
    for held in [false, true] {
        let mut world = World::new();
        let (fixture, dispute) = Verifiable::ruled(&mut world, false);
        let job = &fixture.job;
        job.close(&mut world, &job.actors.provider).unwrap();
        let closing_at = world.now();
        world.until(closing_at + 60);
        if held {
            world.until(closing_at + 86_401);
            job.advance(&mut world);
        }
        fixture.execute(&mut world, &dispute).unwrap();
        let state = job.read(&world);
        assert_eq!((state.state(), state.closing_at), (Some(JobState::Held), closing_at));
        job.advance(&mut world);
        job.advance(&mut world);
        assert_eq!(job.read(&world).state(), Some(JobState::Closed));
        assert_backed(&world);
    }
}

#[test]
fn what_was_released_before_the_dispute_is_paid_all_the_same() {
    let mut world = World::new();
    let (provider, own) = (Trace::differing_from(9, 3), Trace::honest(9));
    let fixture = Verifiable::committed(&mut world, &Trace::honest(8));
    let first = world.now();
    world.until(first + 86_400);
    fixture.commit(&mut world, 7_200_000, &provider).unwrap();
    // The first receipt's window ends, nobody converts, and the second is disputed.
    world.until(first + 2 * 86_400);
    let dispute = fixture.open(&mut world, 2, &own).unwrap();
    fixture.play(&mut world, &dispute, &provider, &own);
    for arbiter in &fixture.arbiters[..2] {
        fixture.rule(&mut world, &dispute, arbiter, false).unwrap();
    }
    fixture.execute(&mut world, &dispute).unwrap();
    let state = fixture.job.read(&world);
    assert_eq!((state.accepted, state.outstanding()), (2_000_000, Some(2_000_000)));
    fixture.job.convert(&mut world).unwrap();
    assert_eq!(fixture.job.read(&world).settled, 2_000_000);
}

#[test]
fn a_dispute_is_resolved_with_its_own_job_and_provider() {
    let mut world = World::new();
    let (fixture, dispute) = Verifiable::ruled(&mut world, false);
    let (other, other_dispute) = Verifiable::ruled(&mut world, true);
    let good = fixture.resolving(&world, &dispute);
    let mut foreign = good.clone();
    foreign.accounts[1].pubkey = other.job.keys.job;
    world.refused(&[foreign], &[], E::WrongDispute);
    let mut foreign = good.clone();
    foreign.accounts[0].pubkey = other_dispute;
    world.refused(&[foreign], &[], E::WrongDispute);
    let mut foreign = good.clone();
    foreign.accounts[2].pubkey = other.job.keys.provider;
    world.refused(&[foreign], &[], E::WrongProvider);
    world.pass(3_600);
    world.must(&[good], &[]);
    assert_eq!(world.read::<Dispute>(&other_dispute).stage, 8);
}
