//! While no price qualifies: how far work is accepted, and how a job ends in kind.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Epoch, JobState, MARK_HALT, Party};
use settlement_interface::events::{Event, JobClosed, JobMarked, Touched};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::pda;
use settlement_interface::receipt::Receipt;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, keypair, touched, units};

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
fn a_halt_is_marked_only_while_settling_with_something_owed_and_no_price_for_halt_max() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::halted(&mut world, 2_000_000);
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    let ripe = world.last_price().seen_at + world.config().parameters.halt_max;
    world.pass(ripe - 1 - world.now());
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    world.until(ripe);
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    world.publish(PriceMessage { publish_time: ripe - 121, ..world.price });
    let sent = world.must(std::slice::from_ref(&mark), &[&by]);
    let expected = JobMarked {
        entities: [touched(&job.keys.job, 7), Touched::NOTHING], // opened, accepted, started, receipt, closing, settling
        at: ripe,
        job: job.keys.job,
        by: by.pubkey(),
        slot: world.slot(),
        mark: u64::from(MARK_HALT),
        weighed: 0,
    };
    assert_eq!(sent.events, [Event::JobMarked(Box::new(expected))]);
    world.refused(&[mark], &[&by], E::AlreadyMarked);
}

#[test]
fn a_halt_is_not_marked_where_nothing_waits_for_a_price() {
    let mut world = World::new();
    let by = world.wallet();
    let settled = JobFixture::settling(&mut world);
    let running = long_run(&mut world);
    world.pass(8 * 86_400);
    world.refused(&[world.network.mark(&by.pubkey(), &settled.keys)], &[&by], E::NothingToMark);
    world.refused(&[world.network.mark(&by.pubkey(), &running.keys)], &[&by], E::WrongState);
}

#[test]
fn past_halt_max_a_job_ends_in_kind_and_nobody_mints() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.wallet();
    job.mark(&mut world, &by);
    let advance = world.network.advance_job(&job.keys);
    world.pass(world.config().parameters.grace);
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
fn ending_in_kind_needs_a_mark_and_its_grace_in_seconds_and_in_slots() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let advance = world.network.advance_job(&job.keys);
    let due = |world: &mut World, now: i64, slot: u64, fine: bool| {
        world.set_clock(now, slot);
        match fine {
            true => drop(world.must(std::slice::from_ref(&advance), &[])),
            false => world.refused(std::slice::from_ref(&advance), &[], E::NothingDue),
        }
    };
    let (now, slot) = (world.now(), world.slot());
    due(&mut world, now, slot, false);
    let by = world.wallet();
    job.mark(&mut world, &by);
    due(&mut world, now + 3_599, slot + 1_000_000, false);
    due(&mut world, now + 100_000, slot + 3_599, false);
    due(&mut world, now + 3_600, slot + 3_600, true);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
}

#[test]
fn a_price_that_qualifies_again_starts_the_whole_wait_over() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.wallet();
    job.mark(&mut world, &by);
    world.pass(3_600);
    let advance = world.network.advance_job(&job.keys);
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    // It qualifies at this moment.
    world.refresh();
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    // It was seen, and is stale again.
    world.must(&[world.network.observe()], &[]);
    let ripe = world.now() + 7 * 86_400;
    world.pass(ripe - 1 - world.now());
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.refused(std::slice::from_ref(&mark), &[&by], E::NothingToMark);
    world.pass(1);
    // The old mark warned nobody of this end; a new one does.
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.must(&[mark], &[&by]);
    world.pass(3_599);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.pass(1);
    world.must(&[advance], &[]);
}

#[test]
fn a_conversion_clears_the_mark_of_a_halt() {
    let mut world = World::new();
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.wallet();
    job.mark(&mut world, &by);
    world.refresh();
    job.convert(&mut world).unwrap();
    assert_eq!(job.read(&world).mark, 0);
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
    world.pass(7 * 86_400);
    let by = world.wallet();
    job.mark(&mut world, &by);
    world.pass(3_600);
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
    // Prices qualify for a week and nobody records one, but for a stale minute at either end.
    world.until(world.now() + 7 * 86_400);
    world.pass(121);
    job.mark(&mut world, &by);
    // There is the grace in which anyone shows that prices do qualify.
    world.refresh();
    world.must(&[world.network.observe()], &[]);
    world.pass(3_600);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
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

#[test]
fn a_halt_is_judged_by_the_pinned_feed_and_the_jobs_provider() {
    let mut world = World::new();
    let other = JobFixture::running(&mut world);
    let job = JobFixture::stranded(&mut world, 2_000_000);
    let by = world.wallet();
    let mark = world.network.mark(&by.pubkey(), &job.keys);
    for (position, account, error) in
        [(2, other.keys.provider, E::WrongProvider), (6, pda::event_authority(), E::WrongFeed)]
    {
        let mut bad = mark.clone();
        bad.accounts[position].pubkey = account;
        world.refused(&[bad], &[&by], error);
    }
    world.must(&[mark], &[&by]);
    world.pass(3_600);
    let mut advance = world.network.advance_job(&job.keys);
    advance.accounts[5].pubkey = pda::event_authority();
    world.refused(&[advance], &[], E::WrongFeed);
}
