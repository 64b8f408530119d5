//! What a conversion burns, books and tells, to the base unit.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Credit, Epoch};
use settlement_interface::events::{Converted, Event, HALT_MINIMUM, Quoted};
use settlement_interface::math::Wide;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::{DAY, Parameters};
use settlement_interface::{Address, pda};
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, World, touched, units};

#[track_caller]
fn converted(events: &[Event]) -> &Converted {
    let found = events.iter().find_map(|event| match event {
        Event::Converted(converted) => Some(converted.as_ref()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no conversion in {events:?}"))
}

/// A job with 2 USD of work accepted and, for want of a price, not converted; then a price.
fn unconverted(world: &mut World) -> JobFixture {
    let job = JobFixture::running(world);
    world.pass(3_600);
    job.settle(world, 3_600_000).unwrap();
    world.refresh();
    job
}

#[test]
fn the_first_conversion_of_an_epoch_is_told_in_full() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 3_600);
    let supply = world.supply();
    let sent = job.settle(&mut world, 3_600_000).unwrap();
    let epoch = world.epoch();
    let expected = Converted {
        entities: [
            touched(&job.keys.job, 5),      // opened, accepted, started, receipt
            touched(&job.keys.provider, 4), // registered, staked, accepted
            touched(&pda::price(), 3),      // initialised, accepted
            touched(&pda::epoch(epoch), 1),
            touched(&pda::credit(epoch, &job.keys.provider), 1),
        ],
        at: world.now(),
        job: job.keys.job,
        provider: job.keys.provider,
        usd: 2_000_000,
        burned: 1_000_500_251,
        take: 50_025_013,
        earned: 949_525_237,
        escrow: ESCROW - 1_000_500_251,
        outstanding: 0,
        claimable: 949_525_237,
        epoch,
        weight: Wide::from(50_025_013 * 5_000),
        quality: 5_000,
        rebate_bps: 2_500,
        credit_payer: job.authority(),
        quoted: Quoted {
            spot: 200_000_000,
            confidence: 100_000,
            average: 200_000_000,
            burn: 199_900_000,
            mint: 200_100_000,
            publish_time: world.now(),
            slot: world.slot(),
            exponent: -8,
            scale: 11,
        },
    };
    assert_eq!(sent.events[1], Event::Converted(Box::new(expected)));
    assert_eq!(world.supply(), supply - expected.burned);
    assert_eq!(world.tokens(&job.vault()), expected.escrow);

    let state = job.read(&world);
    assert_eq!(
        (state.settled, state.burned, state.take, state.earned),
        (2_000_000, 1_000_500_251, 50_025_013, 949_525_237)
    );
    assert_eq!((state.escrow, state.funded), (expected.escrow, ESCROW));
    let provider = job.provider(&world);
    assert_eq!((provider.claimable, provider.earned, provider.minted), (949_525_237, 949_525_237, 0));
    assert_eq!((provider.burned, provider.take), (1_000_500_251, 50_025_013));
    assert_eq!((provider.settled, provider.good, provider.bad), (2_000_000, 2_000_000, 0));
    let books: Epoch = world.read(&pda::epoch(epoch));
    assert_eq!((books.index, books.take, books.rebate_bps), (epoch, 50_025_013, 2_500));
    assert_eq!((books.weight, books.credits, books.rebated), (expected.weight, 1, 0));
    let credit: Credit = world.read(&pda::credit(epoch, &job.keys.provider));
    assert_eq!((credit.provider, credit.rent_payer), (job.keys.provider, job.authority()));
    assert_eq!((credit.epoch, credit.take, credit.weight), (epoch, 50_025_013, expected.weight));
    let price = world.last_price();
    assert_eq!((price.spot, price.seen_at, price.slot), (200_000_000, world.now(), world.slot()));
}

#[test]
fn quality_counts_what_was_settled_before_and_the_credit_goes_on() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 3_600);
    job.settle(&mut world, 3_600_000).unwrap();
    world.until(world.now() + 3_600);
    let sent = job.settle(&mut world, 7_200_000).unwrap();
    let second = converted(&sent.events);
    // 5,000 + floor(5,000 * 2 USD / (2 USD + 100 USD))
    assert_eq!(second.quality, 5_098);
    assert_eq!(second.weight, Wide::from(50_025_013 * 5_098));
    assert_eq!(second.credit_payer, Address::default());
    assert_eq!(second.entities[3].sequence, 2);
    let books: Epoch = world.read(&pda::epoch(world.epoch()));
    assert_eq!((books.take, books.credits), (100_050_026, 1));
    assert_eq!(books.weight, Wide::from(50_025_013 * (5_000 + 5_098)));
}

#[test]
fn a_record_halves_after_thirty_days_to_the_second() {
    for (seconds, quality) in [(30 * DAY - 1, 5_098), (30 * DAY, 5_049), (60 * DAY, 5_024)] {
        let mut world = World::new();
        let registered = world.now();
        let job = JobFixture::running_as(
            &mut world,
            |order| (order.end_by, order.convert_by) = (order.end_by + 90 * DAY, order.end_by + 90 * DAY),
            ESCROW,
        );
        world.until(registered + 3_600);
        job.settle(&mut world, 3_600_000).unwrap();
        world.until(registered + seconds);
        let sent = job.settle(&mut world, 7_200_000).unwrap();
        assert_eq!(converted(&sent.events).quality, quality, "after {seconds} s");
    }
}

#[test]
fn a_stranger_converts_and_pays_and_owns_the_rent_of_what_it_opens() {
    let mut world = World::new();
    let job = unconverted(&mut world);
    let stranger = world.wallet();
    let before = world.lamports(&stranger.pubkey());
    let convert = world.network.convert(&stranger.pubkey(), &job.keys, world.epoch());
    let sent = world.must(&[convert], &[&stranger]);
    let event = converted(&sent.events);
    assert_eq!((event.usd, event.burned, event.credit_payer), (2_000_000, 1_000_500_251, stranger.pubkey()));
    let rent = world.lamports(&pda::epoch(event.epoch))
        + world.lamports(&pda::credit(event.epoch, &job.keys.provider));
    assert_eq!(world.lamports(&stranger.pubkey()), before - rent);
    assert_eq!(job.read(&world).settled, 2_000_000);
    let credit: Credit = world.read(&pda::credit(event.epoch, &job.keys.provider));
    assert_eq!(credit.rent_payer, stranger.pubkey());
}

#[test]
fn lamports_sent_to_an_epoch_or_credit_before_it_exists_change_nothing() {
    let mut world = World::new();
    let job = unconverted(&mut world);
    let epoch = world.epoch();
    for address in [pda::epoch(epoch), pda::credit(epoch, &job.keys.provider)] {
        world.svm.airdrop(&address, 1_000_000).unwrap();
    }
    job.convert(&mut world).unwrap();
    assert_eq!(world.read::<Epoch>(&pda::epoch(epoch)).credits, 1);
    // Even more than the rent.
    let mut world = World::new();
    let job = unconverted(&mut world);
    for address in [pda::epoch(epoch), pda::credit(epoch, &job.keys.provider)] {
        world.svm.airdrop(&address, 1_000_000_000).unwrap();
    }
    job.convert(&mut world).unwrap();
    assert_eq!(world.read::<Epoch>(&pda::epoch(epoch)).credits, 1);
}

#[test]
fn there_is_nothing_to_convert_twice() {
    let mut world = World::new();
    let job = unconverted(&mut world);
    job.convert(&mut world).unwrap();
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::NothingToConvert);
}

#[test]
fn without_a_qualifying_price_nothing_is_converted() {
    let mut world = World::new();
    let job = unconverted(&mut world);
    world.pass(121);
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::NoPrice);
}

#[test]
fn only_jobs_that_run_close_or_settle_are_converted() {
    let mut world = World::new();
    let offered = JobFixture::offered(&mut world);
    let assigned = JobFixture::assigned(&mut world);
    let cancelled = JobFixture::assigned(&mut world);
    cancelled.cancel(&mut world).unwrap();
    let closed = JobFixture::closed(&mut world);
    for job in [&offered, &assigned, &cancelled, &closed] {
        let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
        world.refused(&[convert], &[], E::WrongState);
    }
    let settling = JobFixture::halted(&mut world, 2_000_000);
    world.refresh();
    settling.convert(&mut world).unwrap();
}

#[test]
fn convert_names_the_jobs_own_accounts() {
    let mut world = World::new();
    let job = unconverted(&mut world);
    let other = unconverted(&mut world);
    let bank = world.bank.pubkey();
    let good = world.network.convert(&bank, &job.keys, world.epoch());
    for (position, account, error) in [
        (2, other.keys.provider, E::WrongProvider),
        (6, other.vault(), E::WrongVault),
        (8, pda::epoch(1), E::WrongEpoch),
        (9, pda::credit(world.epoch(), &other.keys.provider), E::WrongEpoch),
        (5, pda::totals(), E::WrongFeed),
    ] {
        let mut bad = good.clone();
        bad.accounts[position].pubkey = account;
        world.refused(&[bad], &[], error);
    }
    world.must(&[good], &[]);
}

#[test]
fn an_escrow_too_small_settles_what_it_is_worth_and_the_rest_is_void() {
    let mut world = World::new();
    let job = JobFixture::running_as(&mut world, |_| (), 1_000_000_000);
    world.until(world.now() + 7_200);
    // 4 USD of work against one token worth 1.999 USD.
    let sent = job.settle(&mut world, 7_200_000).unwrap();
    let event = converted(&sent.events);
    assert_eq!((event.usd, event.burned, event.escrow), (1_999_000, 1_000_000_000, 0));
    assert_eq!((event.take, event.outstanding), (50_000_000, 2_001_000));
    // 95% of 1.999 USD at 2.001 USD.
    assert_eq!(event.earned, 949_050_474);
    // With nothing left in escrow, no more is accepted while the job runs.
    world.until(world.now() + 60);
    let receipt = job.receipt(&world, 7_260_000);
    let instructions = job.settling_instructions(&world, &receipt, &job.actors.session, 0);
    world.refused(&instructions, &[&job.actors.provider], E::ReceiptUnsecured);
    job.close(&mut world, &job.actors.provider).unwrap();
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::NothingToConvert);
    world.until(world.now() + DAY + 1);
    job.advance(&mut world);
    let sent = job.advance(&mut world);
    let Event::JobClosed(closed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((closed.refund, closed.void, closed.in_kind_usd), (0, 2_001_000, 0));
}

#[test]
fn the_minimum_price_delays_converting_until_it_lapses() {
    let mut world = World::new();
    // The burn price is 1.999 USD.
    let job = JobFixture::running_as(&mut world, |order| order.min_price = 199_900_001, ESCROW);
    world.until(world.now() + 3_600);
    let sent = job.settle(&mut world, 3_600_000).unwrap();
    let Event::ReceiptAccepted(receipt) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((receipt.halt, receipt.outstanding), (HALT_MINIMUM, 2_000_000));
    let lapses = job.read(&world).terms.order.convert_by;
    world.until(lapses - 1);
    let convert = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[convert], &[], E::BelowMinimumPrice);
    world.until(lapses);
    let sent = job.convert(&mut world).unwrap();
    assert_eq!(converted(&sent.events).usd, 2_000_000);
}

#[test]
fn a_price_at_the_minimum_converts_at_once() {
    let mut world = World::new();
    let job = JobFixture::running_as(&mut world, |order| order.min_price = 199_900_000, ESCROW);
    world.until(world.now() + 3_600);
    let sent = job.settle(&mut world, 3_600_000).unwrap();
    assert_eq!(converted(&sent.events).usd, 2_000_000);
}

#[test]
fn a_minimum_price_holds_for_seven_days_after_the_end_at_most() {
    let mut world = World::new();
    let job = JobFixture::running_as(
        &mut world,
        |order| (order.min_price, order.convert_by) = (u64::MAX, order.end_by + 7 * DAY),
        ESCROW,
    );
    world.until(world.now() + 3_600);
    job.settle(&mut world, 3_600_000).unwrap();
    job.close(&mut world, &job.actors.consumer).unwrap();
    world.until(world.now() + DAY + 1);
    job.advance(&mut world);
    // It is no halt: the job cannot end in kind, nor be closed with the provider unpaid.
    let by = world.bank.pubkey();
    world.refused(&[world.network.mark(&by, &job.keys)], &[], E::NothingToMark);
    world.refused(&[world.network.advance_job(&job.keys)], &[], E::NothingDue);
    let lapses = job.read(&world).terms.order.convert_by;
    world.until(lapses - 1);
    let convert = world.network.convert(&by, &job.keys, world.epoch());
    world.refused(&[convert], &[], E::BelowMinimumPrice);
    world.until(lapses);
    job.convert(&mut world).unwrap();
    job.advance(&mut world);
}

#[test]
fn the_spread_between_burn_and_mint_price_stays_burned() {
    let mut parameters = Parameters::DEFAULT;
    (parameters.k, parameters.take_bps) = (4, 2_000);
    let mut world = World::with(parameters);
    let job = JobFixture::running(&mut world);
    world.until(world.now() + 3_600);
    // 2 USD give or take 1%, after an average of 2.1 USD.
    let price = PriceMessage { confidence: 2_000_000, average: 210_000_000, ..world.price };
    world.publish(price);
    let supply = world.supply();
    let sent = job.settle(&mut world, units(2_000_000)).unwrap();
    let event = converted(&sent.events);
    assert_eq!((event.quoted.burn, event.quoted.mint), (192_000_000, 218_000_000));
    // ceil(2 / 1.92), a fifth of it, floor(2 * 80% / 2.18)
    assert_eq!((event.burned, event.take, event.earned), (1_041_666_667, 208_333_334, 733_944_954));
    world.must(&[world.network.claim(&job.authority())], &[]);
    assert_eq!(world.supply(), supply - event.burned + event.earned);
}
