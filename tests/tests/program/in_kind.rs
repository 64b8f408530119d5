//! A halt is a job's own: when it is marked, who takes the mark off, and how a job ends in kind.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Epoch, JobState, MARK_HALT, MARK_NONE, Party};
use settlement_interface::events::{Event, JobClosed, JobMarked};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::Parameters;
use settlement_interface::{Address, pda};
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, keypair, touched, units};

#[test]
fn a_halt_is_marked_while_work_waits_and_no_price_qualifies() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    // The last second in which the price is fresh enough, and the first in which it is not.
    world.publish(PriceMessage { publish_time: world.now() - 120, ..world.price });
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    world.pass(1);
    let sent = world.must(std::slice::from_ref(&mark), &[&by]);
    let expected = JobMarked {
        entities: [touched(&job.keys.job, 7)], // opened, accepted, started, receipt, closing, settling
        at: world.now(),
        job: job.keys.job,
        by: by.pubkey(),
        slot: world.slot(),
        mark: u64::from(MARK_HALT),
    };
    assert_eq!(sent.events, [Event::JobMarked(Box::new(expected))]);
    world.refused(&[mark], &[&by], E::AlreadyMarked);
}

#[test]
fn a_halt_is_marked_while_running_closing_or_settling_and_stops_nothing() {
    let mut world = World::new();
    let bank = world.bank.insecure_clone();
    let job = JobFixture::running(&mut world);
    world.pass(3_600);
    job.settle(&mut world, units(1_000_000)).unwrap();
    job.mark(&mut world, &bank);
    let marked_at = world.now();
    // Work goes on, the key is rotated, the job is topped up and closed, and its last receipt counts.
    world.pass(3_600);
    job.settle(&mut world, units(2_000_000)).unwrap();
    job.top_up(&mut world, 1, 1).unwrap();
    world.pass(3_600);
    let last = job.receipt(&world, units(3_000_000));
    job.rotate(&mut world, &keypair(88).pubkey()).unwrap();
    job.close(&mut world, &job.actors.provider).unwrap();
    job.settle_as(&mut world, &last, &job.actors.session).unwrap();
    world.pass(86_401);
    job.advance(&mut world);
    let state = job.read(&world);
    assert_eq!((state.mark, state.marked_at, state.accepted), (MARK_HALT, marked_at, 3_000_000));
    // The wait counts from the mark, not from the end of receipts.
    let advance = world.network.advance_job(&job.keys);
    world.pass(marked_at + 7 * 86_400 - 1 - world.now());
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.pass(1);
    world.must(&[advance], &[]);

    world.refresh();
    let closing = JobFixture::running(&mut world);
    world.pass(3_600);
    closing.close(&mut world, &closing.actors.provider).unwrap();
    closing.settle(&mut world, units(1_000_000)).unwrap();
    closing.mark(&mut world, &bank);
    assert_eq!(closing.read(&world).mark, MARK_HALT);
}

#[test]
fn a_halt_is_not_marked_where_nothing_waits_for_a_price() {
    let mut world = World::new();
    let by = world.wallet();
    let settled = JobFixture::settling(&mut world);
    let running = JobFixture::running(&mut world);
    world.refresh();
    let closed = JobFixture::closed(&mut world);
    let offered = JobFixture::offered(&mut world);
    world.pass(8 * 86_400);
    world.refused(&[world.network.mark(&by.pubkey(), &settled.keys)], &[&by], E::NothingToMark);
    world.refused(&[world.network.mark(&by.pubkey(), &running.keys)], &[&by], E::NothingToMark);
    world.refused(&[world.network.mark(&by.pubkey(), &closed.keys)], &[&by], E::WrongState);
    world.refused(&[world.network.mark(&by.pubkey(), &offered.keys)], &[&by], E::WrongState);
}

#[test]
fn a_halts_mark_earns_nobody_a_reporters_share() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let by = world.wallet();
    job.mark(&mut world, &by);
    assert_eq!(job.read(&world).reporter, Address::default());
}

#[test]
fn whoever_sees_a_price_that_qualifies_takes_the_mark_of_a_halt_off() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    world.refused(std::slice::from_ref(&mark), &[&by], E::AlreadyMarked);
    world.refresh();
    let sent = world.must(std::slice::from_ref(&mark), &[&by]);
    let expected = JobMarked {
        entities: [touched(&job.keys.job, 8)],
        at: world.now(),
        job: job.keys.job,
        by: by.pubkey(),
        slot: world.slot(),
        mark: u64::from(MARK_NONE),
    };
    assert_eq!(sent.events, [Event::JobMarked(Box::new(expected))]);
    assert_eq!(job.read(&world).mark, MARK_NONE);
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    // The whole wait starts over with the next mark.
    world.pass(121);
    let advance = world.network.advance_job(&job.keys);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.must(&[mark], &[&by]);
    world.pass(7 * 86_400 - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.pass(1);
    world.must(&[advance], &[]);
}

#[test]
fn a_price_below_the_consumers_minimum_is_no_halt() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::running_as(
        &mut world,
        |order| (order.min_price, order.convert_by) = (u64::MAX, order.end_by + 7 * 86_400),
        ESCROW,
    );
    world.until(world.now() + 3_600);
    job.settle(&mut world, units(2_000_000)).unwrap();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    // A mark from a stale minute is taken off although nothing can be converted.
    world.pass(121);
    world.must(std::slice::from_ref(&mark), &[&by]);
    world.refresh();
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::BelowMinimumPrice);
    world.must(&[mark], &[&by]);
    assert_eq!(job.read(&world).mark, MARK_NONE);
}

#[test]
fn past_halt_max_a_job_ends_in_kind_and_nobody_mints() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let advance = world.network.advance_job(&job.keys);
    let (supply, provider) = (world.supply(), job.provider(&world));
    let sent = world.must(&[advance], &[]);
    // 2 USD at the last price are one token, 5% of it the take.
    let expected = JobClosed {
        entities: [touched(&job.keys.job, 8), touched(&job.keys.provider, 4), touched(&pda::totals(), 3)],
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        refund: ESCROW - 1_000_000_000,
        bond: ESCROW / 10,
        void: 0,
        in_kind_usd: 2_000_000,
        in_kind_paid: 950_000_000,
        in_kind_burned: 50_000_000,
        recorded: 2_000_000,
    };
    assert_eq!(sent.events, [Event::JobClosed(Box::new(expected))]);
    assert_eq!(world.supply(), supply - 50_000_000);
    assert!(world.all::<Epoch>().is_empty(), "what burns in kind is in no epoch's take");
    let after = job.provider(&world);
    assert_eq!((after.claimable, after.minted, after.burned), (0, 0, provider.burned));
    assert_eq!((after.settled, after.good, job.read(&world).settled), (2_000_000, 2_000_000, 2_000_000));
    assert_eq!((after.locked, after.jobs_open), (0, 0));
    world.refused(&[world.network.claim(&job.authority())], &[], E::NothingToClaim);

    let held = world.balance(&job.authority());
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    assert_eq!(world.balance(&job.authority()), held + 950_000_000);
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    assert_eq!(world.tokens(&job.vault()), 0);
    job.reclaim(&mut world).unwrap();
}

#[test]
fn ending_in_kind_needs_a_mark_and_its_wait_in_seconds_and_in_slots() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let advance = world.network.advance_job(&job.keys);
    let due = |world: &mut World, now: i64, slot: u64, fine: bool| {
        world.set_clock(now, slot);
        match fine {
            true => drop(world.must(std::slice::from_ref(&advance), &[])),
            false => world.refused(std::slice::from_ref(&advance), &[], E::NothingDue),
        }
    };
    // However long the halt: nobody was warned.
    world.pass(30 * 86_400);
    let (now, slot) = (world.now(), world.slot());
    due(&mut world, now, slot, false);
    let by = world.wallet();
    job.mark(&mut world, &by);
    let wait = 7 * 86_400;
    due(&mut world, now + wait - 1, slot + 1_000_000, false);
    due(&mut world, now + wait, slot + 3_599, false);
    due(&mut world, now + wait, slot + 3_600, true);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
}

#[test]
fn a_price_that_qualifies_again_starts_the_whole_wait_over() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.wallet();
    let advance = world.network.advance_job(&job.keys);
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    // It qualifies at this moment.
    world.refresh();
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // Somebody who knows nothing of this job records it; it is stale again.
    world.must(&[world.network.observe()], &[]);
    world.pass(7 * 86_400);
    // The old mark is refuted; it is renewed, once.
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.must(std::slice::from_ref(&mark), &[&by]);
    world.refused(&[mark], &[&by], E::AlreadyMarked);
    world.pass(7 * 86_400 - 1);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.pass(1);
    world.must(&[advance], &[]);
}

#[test]
fn a_job_stricter_than_the_network_ends_in_kind_while_prices_are_seen_that_it_does_not_admit() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::halted(&mut world, 2_000_000);
    world.set_parameters(Parameters { max_conf_bps: 500, ..Parameters::DEFAULT });
    // 3% is certain enough for the network, and not for the job, whose limit is 2%.
    let uncertain = |world: &mut World| {
        let price = PriceMessage { confidence: 6_000_000, publish_time: world.now(), ..world.price };
        world.publish(price);
        world.must(&[world.network.observe()], &[]);
    };
    uncertain(&mut world);
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::NoPrice);
    job.mark(&mut world, &by);
    for _ in 0..7 {
        world.pass(86_400);
        uncertain(&mut world);
    }
    let sent = job.advance(&mut world);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((closed.in_kind_usd, closed.in_kind_paid), (2_000_000, 950_000_000));
}

#[test]
fn a_job_laxer_than_the_network_converts_at_its_own_limits_and_is_not_halted() {
    let mut world = World::with(Parameters { max_conf_bps: 500, ..Parameters::DEFAULT });
    let by = world.wallet();
    let job = JobFixture::halted(&mut world, 2_000_000);
    world.set_parameters(Parameters { max_conf_bps: 200, ..Parameters::DEFAULT });
    world.publish(PriceMessage { confidence: 6_000_000, publish_time: world.now(), ..world.price });
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    world.refused(&[world.network.observe()], &[], E::NoPrice);
    world.refused(&[mark], &[&by], E::NothingToMark);
    job.convert(&mut world).unwrap();
}

#[test]
fn a_conversion_clears_the_mark_of_a_halt() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    world.refresh();
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).mark, MARK_NONE);
}

#[test]
fn an_end_in_kind_pays_no_more_than_the_escrow() {
    let mut world = World::new();
    let job = JobFixture::running_as(&mut world, |_| (), 1_000_000_001);
    world.pass(7_200);
    job.close(&mut world, &job.actors.provider).unwrap();
    job.settle(&mut world, units(4_000_000)).unwrap();
    world.pass(86_401);
    job.advance(&mut world);
    let by = world.wallet();
    job.mark(&mut world, &by);
    world.pass(7 * 86_400);
    let sent = job.advance(&mut world);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    // The take is rounded up, the provider's part is the rest.
    assert_eq!((closed.in_kind_burned, closed.in_kind_paid, closed.refund), (50_000_001, 950_000_000, 0));
    assert_eq!((closed.in_kind_usd, closed.void), (2_000_000, 2_000_000));
}

#[test]
fn a_stale_minute_is_no_way_to_end_in_kind_at_an_old_price() {
    let mut world = World::new();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let by = world.wallet();
    // A mark from one stale minute; then prices qualify for a week, and another minute is stale.
    job.mark(&mut world, &by);
    world.until(world.now() + 7 * 86_400 - 121);
    // One instruction within that week undoes it: anybody's who records a price,
    world.must(&[world.network.observe()], &[]);
    world.pass(121);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    // or a mark that finds a price,
    job.mark(&mut world, &by);
    world.until(world.now() + 7 * 86_400 - 121);
    job.mark(&mut world, &by);
    world.pass(121);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    // or converting, after which nothing waits for a price.
    job.mark(&mut world, &by);
    world.refresh();
    job.convert(&mut world).unwrap();
    let sent = job.advance(&mut world);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((closed.in_kind_usd, closed.void), (0, 0));
}

#[test]
fn a_halt_is_judged_by_the_pinned_feed_and_the_jobs_provider() {
    let mut world = World::new();
    let other = JobFixture::running(&mut world);
    let job = JobFixture::halted(&mut world, 2_000_000);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    for (position, account, error) in
        [(2, other.keys.provider, E::WrongProvider), (5, pda::event_authority(), E::WrongFeed)]
    {
        let mut bad = mark.clone();
        bad.accounts[position].pubkey = account;
        world.refused(&[bad], &[&by], error);
    }
    world.must(&[mark], &[&by]);
    world.pass(7 * 86_400);
    let mut advance = world.network.advance_job(&job.keys);
    advance.accounts[5].pubkey = pda::event_authority();
    world.refused(&[advance], &[], E::WrongFeed);
}
