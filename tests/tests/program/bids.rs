//! Bids: which are placed, and which leads.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Bid, RATES, RateEntry};
use settlement_interface::events::{BidPlaced, Event};
use settlement_interface::terms::METER_REGISTERED;
use settlement_interface::{Address, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, MeterFixture, STAKE, World, touched};

const BOND: u64 = ESCROW / 10;

/// An auction and two bidders, the second of which leads.
pub fn contested(world: &mut World) -> (JobFixture, Keypair, Keypair) {
    let job = JobFixture::open(world);
    let (second, best) = (world.bidder(), world.bidder());
    job.bid(world, &second, 2_000_000).unwrap();
    job.bid(world, &best, 1_000_000).unwrap();
    (job, second, best)
}

#[test]
fn a_bid_locks_its_bond_and_is_told_in_full() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    let sent = job.bid(&mut world, &bidder, 2_000_000).unwrap();
    let (provider, bid) = (pda::provider(&bidder.pubkey()), job.bid_address(&bidder));
    let expected = BidPlaced {
        entities: [touched(&job.keys.job, 2), touched(&bid, 1), touched(&provider, 3)],
        at: world.now(),
        job: job.keys.job,
        bid,
        provider,
        rent_payer: world.bank.pubkey(),
        terms_hash: job.read(&world).terms_hash,
        index: 0,
        rate: 2_000_000,
        escrow: ESCROW,
        bond: BOND,
        locked: BOND,
        provider_locked: BOND,
        best_bid: bid,
        best_rate: 2_000_000,
    };
    assert_eq!(sent.events, [Event::BidPlaced(Box::new(expected))]);
    let account = job.bid_of(&world, &bidder);
    let (_, bump) = Address::find_program_address(
        &[pda::BID, job.keys.job.as_ref(), provider.as_ref()],
        &settlement_interface::ID,
    );
    let stored = Bid {
        job: job.keys.job,
        provider,
        rent_payer: world.bank.pubkey(),
        rate: 2_000_000,
        bond: BOND,
        escrow: ESCROW,
        placed_at: world.now(),
        index: 0,
        sequence: 1,
        bump,
        reserved: [0; 31],
    };
    assert_eq!(account, stored);
    let state = job.read(&world);
    assert_eq!((state.bids, state.best_bid, state.best_rate), (1, bid, 2_000_000));
    let provider = world.provider_of(&bidder);
    assert_eq!((provider.stake, provider.locked, world.totals().locked), (STAKE, BOND, 0));
    assert_eq!((provider.jobs_open, provider.jobs_accepted), (0, 0));
}

#[test]
fn bids_are_placed_until_bid_end_and_not_at_it() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    let bid = job.bidding(&world, &bidder, 1_000_000);
    let bid_end = job.read(&world).terms.order.bid_end;
    world.until(bid_end);
    world.refused(std::slice::from_ref(&bid), &[&bidder], E::BiddingEnded);
    world.set_clock(bid_end - 1, world.slot());
    // No price is needed: nothing is converted by a bid.
    world.pass(0);
    world.must(&[bid], &[&bidder]);
}

#[test]
fn a_rate_is_at_least_one_and_at_most_the_orders() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    for rate in [0, 2_000_001, u64::MAX] {
        let bid = job.bidding(&world, &bidder, rate);
        world.refused(&[bid], &[&bidder], E::BidRate);
    }
    for rate in [1, 2_000_000] {
        let bid = job.bidding(&world, &bidder, rate);
        world.trial(&[bid], &[&bidder]).unwrap();
    }
}

#[test]
fn a_bid_names_the_terms_that_it_is_for() {
    let mut world = World::new();
    let (job, other) = (JobFixture::open(&mut world), JobFixture::open(&mut world));
    let (bidder, bank) = (world.bidder(), world.bank.pubkey());
    for hash in [[0; 32], other.read(&world).terms_hash] {
        let bid = world.network.place_bid(&bank, &bidder.pubkey(), &job.keys.job, &hash, 1, u64::MAX);
        world.refused(&[bid], &[&bidder], E::TermsChanged);
    }
}

#[test]
fn a_bond_is_at_most_what_the_bidder_allows_and_has_free() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (bidder, bank) = (world.bidder(), world.bank.pubkey());
    let hash = job.read(&world).terms_hash;
    let bid = |max_bond| {
        world.network.place_bid(&bank, &bidder.pubkey(), &job.keys.job, &hash, 1_000_000, max_bond)
    };
    let (low, enough) = (bid(BOND - 1), bid(BOND));
    world.refused(&[low], &[&bidder], E::BondTooHigh);
    let rest = world.network.request_unstake(&bidder.pubkey(), STAKE - BOND + 1);
    world.must(&[rest], &[&bidder]);
    world.refused(std::slice::from_ref(&enough), &[&bidder], E::InsufficientStake);
    let stake = world.network.stake(
        &bidder.pubkey(),
        &world.associated(&bidder.pubkey()),
        &pda::provider(&bidder.pubkey()),
        1,
    );
    world.must(&[stake, enough], &[&bidder]);
    assert_eq!(world.provider_of(&bidder).free_stake(), Some(0));
    // What a bid has locked is not asked back.
    let unstake = world.network.request_unstake(&bidder.pubkey(), 1);
    world.refused(&[unstake], &[&bidder], E::InsufficientStake);
}

#[test]
fn one_stake_does_not_back_two_bids() {
    let mut world = World::new();
    let (job, other) = (JobFixture::open(&mut world), JobFixture::open(&mut world));
    let bidder = world.bidder();
    let rest = world.network.request_unstake(&bidder.pubkey(), STAKE - 2 * BOND + 1);
    world.must(&[rest], &[&bidder]);
    job.bid(&mut world, &bidder, 1_000_000).unwrap();
    let second = other.bidding(&world, &bidder, 1_000_000);
    world.refused(&[second], &[&bidder], E::InsufficientStake);
}

#[test]
fn a_bid_leads_only_if_it_is_lower_by_a_hundredth() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (first, sniper, second) = (world.bidder(), world.bidder(), world.bidder());
    job.bid(&mut world, &first, 1_000_000).unwrap();
    job.bid(&mut world, &sniper, 990_001).unwrap();
    let state = job.read(&world);
    assert_eq!((state.best_bid, state.best_rate, state.bids), (job.bid_address(&first), 1_000_000, 2));
    // What does not lead is kept, and lowered to lead.
    assert_eq!(job.bid_of(&world, &sniper).rate, 990_001);
    job.bid(&mut world, &second, 990_000).unwrap();
    let state = job.read(&world);
    assert_eq!((state.best_bid, state.best_rate, state.bids), (job.bid_address(&second), 990_000, 3));
    job.bid(&mut world, &sniper, 980_100).unwrap();
    let state = job.read(&world);
    assert_eq!((state.best_bid, state.best_rate, state.bids), (job.bid_address(&sniper), 980_100, 3));
}

#[test]
fn a_provider_bids_again_only_lower_in_the_same_account() {
    let mut world = World::new();
    let (job, second, best) = contested(&mut world);
    for (bidder, rate) in [(&second, 2_000_000), (&best, 1_000_000), (&best, 1_000_001)] {
        let bid = job.bidding(&world, bidder, rate);
        world.refused(&[bid], &[bidder], E::BidRate);
    }
    // The best one lowers its own by however little, and leads at that.
    let sent = job.bid(&mut world, &best, 999_999).unwrap();
    let Event::BidPlaced(event) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((event.index, event.locked, event.bond, event.best_rate), (1, 0, BOND, 999_999));
    assert_eq!(event.entities[1], touched(&job.bid_address(&best), 2));
    let state = job.read(&world);
    assert_eq!((state.bids, state.best_rate), (2, 999_999));
    assert_eq!(world.provider_of(&best).locked, BOND);
    let bid = job.bidding(&world, &best, 1);
    world.must(&[bid], &[&best]);
    let none = job.bidding(&world, &best, 0);
    world.refused(&[none], &[&best], E::BidRate);
}

#[test]
fn a_lower_bid_locks_what_a_larger_escrow_asks_for() {
    let mut world = World::new();
    let (job, second, _) = contested(&mut world);
    job.top_up(&mut world, ESCROW, 0).unwrap();
    let sent = job.bid(&mut world, &second, 1_900_000).unwrap();
    let Event::BidPlaced(event) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((event.locked, event.bond, event.escrow), (BOND, 2 * BOND, 2 * ESCROW));
    assert_eq!((world.provider_of(&second).locked, world.totals().locked), (2 * BOND, 0));
}

#[test]
fn only_the_authority_bids_and_never_as_its_own_meter() {
    let mut world = World::new();
    let bidder = world.bidder();
    let job = JobFixture::open_as(&mut world, |order| order.meter = bidder.pubkey());
    let own = job.bidding(&world, &bidder, 1_000_000);
    world.refused(&[own], &[&bidder], E::MeterIsParty);
    // Nor the wallet behind a registered meter, whose bid could lead and never be accepted.
    let meter = MeterFixture::new(&mut world);
    let authority = meter.authority.pubkey();
    world.give(&authority, STAKE);
    let register =
        world.network.register_provider(&authority, &authority, &[7; 32], &[RateEntry::default(); RATES]);
    let source = world.associated(&authority);
    let stake = world.network.stake(&authority, &source, &pda::provider(&authority), STAKE);
    world.must(&[register, stake], &[&meter.authority]);
    let counted = JobFixture::open_as(&mut world, |order| {
        (order.meter, order.meter_kind) = (meter.key.pubkey(), METER_REGISTERED);
    });
    let own = counted.bidding(&world, &meter.authority, 1_000_000);
    world.refused(&[own], &[&meter.authority], E::MeterIsParty);
    let (other, stranger) = (JobFixture::open(&mut world), world.wallet());
    let mut forged = other.bidding(&world, &bidder, 1_000_000);
    forged.accounts[1].pubkey = stranger.pubkey();
    world.refused(&[forged], &[&stranger], E::WrongParty);
}

#[test]
fn nothing_is_bid_during_a_pause_and_everything_is_withdrawn() {
    let mut world = World::new();
    let (job, second, best) = contested(&mut world);
    let admin = world.admin.insecure_clone();
    world.must(&[world.network.pause(&admin.pubkey(), 3_600)], &[&admin]);
    let bid = job.bidding(&world, &second, 1);
    world.refused(&[bid], &[&second], E::Paused);
    job.withdraw_bid(&mut world, &second, &second).unwrap();
    job.cancel(&mut world).unwrap();
    job.withdraw_bid(&mut world, &admin, &best).unwrap();
    assert_eq!(world.totals().locked, 0);
}

#[test]
fn a_job_that_is_no_auction_or_no_longer_open_takes_no_bid() {
    let mut world = World::new();
    let offered = JobFixture::offered(&mut world);
    let (cancelled, bidder) = (JobFixture::open(&mut world), world.bidder());
    cancelled.cancel(&mut world).unwrap();
    for job in [&offered, &cancelled] {
        let bid = job.bidding(&world, &bidder, 1_000_000);
        world.refused(&[bid], &[&bidder], E::WrongState);
    }
}

#[test]
fn a_consumer_that_bids_itself_shuts_nobody_out() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (honest, bank) = (world.bidder(), world.bank.pubkey());
    // The consumer's own wallet is a provider as well, and bids what nobody beats.
    let consumer = job.actors.consumer.insecure_clone();
    let authority = consumer.pubkey();
    let rates = [Default::default(); settlement_interface::accounts::RATES];
    let register = world.network.register_provider(&bank, &authority, &[0; 32], &rates);
    let stake =
        world.network.stake(&authority, &world.associated(&authority), &pda::provider(&authority), BOND);
    world.must(&[register, stake], &[&consumer]);
    job.bid(&mut world, &consumer, 1).unwrap();
    job.bid(&mut world, &honest, 1_000_000).unwrap();
    // Whoever does not lead is free to leave, at any time.
    job.withdraw_bid(&mut world, &honest, &honest).unwrap();
    assert_eq!(world.provider_of(&honest).free_stake(), Some(STAKE));
    // And the consumer itself has locked what it risks.
    assert_eq!(world.provider_of(&consumer).free_stake(), Some(0));
}

#[test]
fn lamports_sent_to_the_address_of_a_bid_do_not_keep_it_from_being_placed() {
    for lamports in [1_000_000, 10_000_000_000] {
        let mut world = World::new();
        let (job, bidder) = (JobFixture::open(&mut world), world.bidder());
        world.svm.airdrop(&job.bid_address(&bidder), lamports).unwrap();
        job.bid(&mut world, &bidder, 1_000_000).unwrap();
        assert_eq!(job.bid_of(&world, &bidder).rate, 1_000_000);
    }
}

#[test]
fn no_other_account_stands_in_for_a_bid() {
    let mut world = World::new();
    let (job, second, best) = contested(&mut world);
    // A bid that belongs to a rival cannot be lowered, or raised, in its name.
    let mut theirs = job.bidding(&world, &second, 500_000);
    theirs.accounts[4].pubkey = job.bid_address(&best);
    world.rejected(&[theirs], &[&second]);
    // The same account twice in one instruction.
    let mut twice = job.withdrawing(&world, &second, &second);
    twice.accounts[5].pubkey = job.bid_address(&second);
    world.rejected(&[twice], &[&second]);
}
