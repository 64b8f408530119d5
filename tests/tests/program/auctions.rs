//! Reverse auctions: how they are opened, who wins them, how they end without a winner.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Consumer, Due, JobState, Party, REASON_BY_CONSUMER, REASON_LAPSED};
use settlement_interface::events::{BY_BID, Event, JobAccepted, JobCancelled, JobOpened, Quoted, Touched};
use settlement_interface::parameters::{HOUR, Parameters};
use settlement_interface::terms::Order;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use solana_signer::Signer;
use tests::{Actors, BIDDING, ESCROW, JobFixture, STAKE, World, auction, touched};

const BOND: u64 = ESCROW / 10;

/// `open_job` that names this provider account.
fn opening(world: &World, actors: &Actors, provider: &Address, order: &Order) -> Instruction {
    let wallet = actors.consumer.pubkey();
    let nonce = world.read::<Consumer>(&pda::consumer(&wallet)).next_nonce;
    let (bank, source) = (world.bank.pubkey(), world.associated(&wallet));
    world.network.open_job(&bank, &wallet, &source, provider, nonce, order, ESCROW)
}

/// The usual auction, changed, opened or refused.
#[track_caller]
fn judged(world: &mut World, actors: &Actors, edit: impl FnOnce(&mut Order), why: Option<E>) {
    let mut order = auction(world.now(), &actors.session.pubkey());
    edit(&mut order);
    let open = opening(world, actors, &Address::default(), &order);
    match why {
        Some(error) => world.refused(&[open], &[&actors.consumer], error),
        None => assert!(world.trial(&[open], &[&actors.consumer]).is_ok()),
    }
}

#[test]
fn an_auction_is_opened_without_a_provider_and_told_in_full() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let wallet = actors.consumer.pubkey();
    let order = auction(world.now(), &actors.session.pubkey());
    let open = opening(&world, &actors, &Address::default(), &order);
    let sent = world.must(&[open], &[&actors.consumer]);
    let Event::JobOpened(event) = sent.only() else { panic!("{:?}", sent.events) };
    let key = pda::job(&wallet, 0);
    let expected = JobOpened {
        entities: [touched(&pda::consumer(&wallet), 2), touched(&key, 1)],
        state: JobState::Open as u64,
        escrow: ESCROW,
        ..**event
    };
    assert_eq!(**event, expected);
    assert_eq!(event.terms.provider, Address::default());
    assert_eq!(event.terms.order, order);
    let job: settlement_interface::accounts::Job = world.read(&key);
    assert_eq!((job.state(), job.best_bid, job.best_rate), (Some(JobState::Open), Address::default(), 0));
    assert_eq!((job.bids, job.bond, job.escrow), (0, 0, ESCROW));
    assert_eq!(job.terms_hash, job.terms.hash(&key, job.opened_at));
}

#[test]
fn an_auction_names_no_provider_and_an_offer_names_one() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let order = auction(world.now(), &actors.session.pubkey());
    let named = opening(&world, &actors, &actors.provider_address(), &order);
    world.refused(&[named], &[&actors.consumer], E::WrongProvider);
    let offer = Order { bid_end: 0, ..order };
    let nobody = opening(&world, &actors, &Address::default(), &offer);
    world.refused(&[nobody], &[&actors.consumer], E::WrongProvider);
    let open_acceptance = Order { open_acceptance: 1, ..offer };
    let named = opening(&world, &actors, &actors.provider_address(), &open_acceptance);
    world.refused(&[named], &[&actors.consumer], E::UnsupportedTerms);
}

#[test]
fn the_times_of_an_auction_hold_on_both_sides_of_each_bound() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let (now, window) = (world.now(), Parameters::DEFAULT.accept_window);
    let wrong = Some(E::AuctionTimes);
    judged(&mut world, &actors, |order| order.bid_end = now, wrong);
    judged(&mut world, &actors, |order| order.bid_end = now + 1, None);
    judged(&mut world, &actors, |order| order.bid_end = -1, wrong);
    judged(&mut world, &actors, |order| order.bid_end = i64::MAX, wrong);
    judged(&mut world, &actors, |order| order.bid_end = order.offer_by, wrong);
    judged(&mut world, &actors, |order| order.bid_end = order.offer_by - 1, None);
    // What is bid for can be accepted for one accept_window at most: no bond is kept longer.
    let long = |order: &mut Order, seconds: i64| {
        order.offer_by = order.bid_end + seconds;
        (order.start_by, order.end_by) = (order.offer_by, order.offer_by + HOUR);
    };
    judged(&mut world, &actors, |order| long(order, window), None);
    judged(&mut world, &actors, |order| long(order, window + 1), wrong);
    // Nobody can start in time after bidding that ends later than this.
    let lead = Parameters::DEFAULT.min_lead;
    let late = |order: &mut Order, seconds: i64| {
        order.start_by = order.offer_by;
        order.bid_end = order.start_by - seconds;
    };
    judged(&mut world, &actors, |order| late(order, lead), None);
    judged(&mut world, &actors, |order| late(order, lead - 1), wrong);
    judged(&mut world, &actors, |order| order.open_acceptance = 1, None);
    judged(&mut world, &actors, |order| order.open_acceptance = 2, Some(E::UnsupportedTerms));
}

#[test]
fn the_consumer_accepts_the_best_bid_and_all_is_told() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let before = job.read(&world);
    job.end_bidding(&mut world);
    let lamports = world.lamports(&world.bank.pubkey());
    let rent = world.lamports(&job.bid_address(&bidder));
    let sent = job.accept_bid(&mut world, &job.actors.consumer, &bidder).unwrap();
    let provider = pda::provider(&bidder.pubkey());
    let mut terms = before.terms;
    (terms.provider, terms.order.rate) = (provider, 1_500_000);
    let expected = JobAccepted {
        entities: [
            touched(&job.keys.job, 3),
            touched(&provider, 4),
            touched(&pda::totals(), 2),
            touched(&pda::price(), 2),
            touched(&job.bid_address(&bidder), 2),
        ],
        at: world.now(),
        job: job.keys.job,
        provider,
        terms_hash: terms.hash(&job.keys.job, before.opened_at),
        escrow: ESCROW,
        budget: 100_000_000,
        by: BY_BID,
        bid: job.bid_address(&bidder),
        rate: 1_500_000,
        unit: 3_600_000,
        hardware: 1,
        bond: BOND,
        locked: 0,
        provider_locked: BOND,
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
    assert_eq!(sent.events, [Event::JobAccepted(Box::new(expected))]);
    let after = job.read(&world);
    assert_eq!((after.terms, after.terms_hash), (terms, expected.terms_hash));
    assert_eq!((after.state(), after.bond, after.bonded_escrow), (Some(JobState::Assigned), BOND, ESCROW));
    assert_eq!((after.accepted_budget, after.accepted_at), (100_000_000, world.now()));
    // The bond moved from the bid to the job: it is locked once.
    let account = world.provider_of(&bidder);
    assert_eq!((account.locked, account.jobs_open, world.totals().locked), (BOND, 1, BOND));
    assert!(world.svm.get_account(&job.bid_address(&bidder)).is_none_or(|account| account.lamports == 0));
    assert_eq!(world.lamports(&world.bank.pubkey()), lamports + rent - 10_000);
}

#[test]
fn the_winner_works_and_is_paid_at_the_rate_that_it_bid() {
    let mut world = World::new();
    let mut job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_000_000).unwrap();
    job.end_bidding(&mut world);
    job.accept_bid(&mut world, &job.actors.consumer, &bidder).unwrap();
    job.keys = job.named(&world);
    job.actors.provider = bidder;
    job.start(&mut world).unwrap();
    world.until(world.now() + HOUR);
    // Two hours of one GPU at 1 USD, where up to 2 USD was offered.
    job.settle(&mut world, 7_200_000).unwrap();
    assert_eq!(job.read(&world).settled, 2_000_000);
    job.close(&mut world, &job.actors.provider).unwrap();
    world.until(world.now() + Parameters::DEFAULT.receipt_grace + 1);
    job.advance(&mut world);
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Closed));
    assert_eq!((job.provider(&world).locked, world.totals().locked), (0, 0));
}

#[test]
fn a_bid_is_accepted_from_bid_end_on_and_not_a_second_earlier() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let accept = job.accepting_bid(&world, &job.actors.consumer, &bidder);
    let bid_end = job.read(&world).terms.order.bid_end;
    world.until(bid_end - 1);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.consumer], E::BiddingRuns);
    world.until(bid_end);
    world.must(&[accept], &[&job.actors.consumer]);
}

#[test]
fn a_bid_is_accepted_until_offer_by_and_not_a_second_later() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let accept = job.accepting_bid(&world, &job.actors.consumer, &bidder);
    let offer_by = job.read(&world).terms.order.offer_by;
    world.until(offer_by + 1);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.consumer], E::OfferExpired);
    world.set_clock(offer_by, world.slot());
    world.refresh();
    world.must(&[accept], &[&job.actors.consumer]);
}

#[test]
fn a_bid_is_not_accepted_without_a_price_or_during_a_pause() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    world.pass(BIDDING);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &bidder);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.consumer], E::NoPrice);
    world.refresh();
    let admin = world.admin.insecure_clone();
    world.must(&[world.network.pause(&admin.pubkey(), 60)], &[&admin]);
    world.refused(std::slice::from_ref(&accept), &[&job.actors.consumer], E::Paused);
    world.until(world.now() + 60);
    world.must(&[accept], &[&job.actors.consumer]);
}

#[test]
fn the_consumer_may_prefer_any_bid_that_stands() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (cheap, known) = (world.bidder(), world.bidder());
    job.bid(&mut world, &cheap, 1_000_000).unwrap();
    job.bid(&mut world, &known, 2_000_000).unwrap();
    job.end_bidding(&mut world);
    job.accept_bid(&mut world, &job.actors.consumer, &known).unwrap();
    let after = job.read(&world);
    assert_eq!((after.terms.provider, after.terms.order.rate), (pda::provider(&known.pubkey()), 2_000_000));
    // The other one has its bond back as soon as anybody asks, its rent too.
    let stranger = world.wallet();
    job.withdraw_bid(&mut world, &stranger, &cheap).unwrap();
    assert_eq!((world.provider_of(&cheap).locked, world.totals().locked), (0, BOND));
}

#[test]
fn only_the_consumer_accepts_unless_the_order_allows_anyone_the_best_bid() {
    let mut world = World::new();
    let closed = JobFixture::open(&mut world);
    let open = JobFixture::open_as(&mut world, |order| order.open_acceptance = 1);
    let (best, other, stranger) = (world.bidder(), world.bidder(), world.wallet());
    for job in [&closed, &open] {
        job.bid(&mut world, &other, 2_000_000).unwrap();
        job.bid(&mut world, &best, 1_000_000).unwrap();
    }
    let early = open.accepting_bid(&world, &stranger, &best);
    world.refused(&[early], &[&stranger], E::BiddingRuns);
    open.end_bidding(&mut world);
    for by in [&stranger, &best] {
        let accept = closed.accepting_bid(&world, by, &best);
        world.refused(&[accept], &[by], E::WrongParty);
        let second = open.accepting_bid(&world, by, &other);
        world.refused(&[second], &[by], E::WrongParty);
    }
    open.accept_bid(&mut world, &stranger, &best).unwrap();
    // Somebody else's consent is not the consumer's choice of another bid either.
    closed.accept_bid(&mut world, &closed.actors.consumer, &other).unwrap();
}

#[test]
fn a_bid_is_accepted_once_and_only_one_of_a_job() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (bidder, other) = (world.bidder(), world.bidder());
    job.bid(&mut world, &other, 2_000_000).unwrap();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    job.end_bidding(&mut world);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &bidder);
    // Not twice in one transaction either.
    world.rejected(&[accept.clone(), accept.clone()], &[&job.actors.consumer]);
    world.must(std::slice::from_ref(&accept), &[&job.actors.consumer]);
    world.rejected(&[accept], &[&job.actors.consumer]);
    let second = job.accepting_bid(&world, &job.actors.consumer, &other);
    world.refused(&[second], &[&job.actors.consumer], E::WrongState);
}

#[test]
fn a_bid_for_another_job_or_of_another_provider_is_not_accepted() {
    let mut world = World::new();
    let (job, other) = (JobFixture::open(&mut world), JobFixture::open(&mut world));
    let (bidder, rival) = (world.bidder(), world.bidder());
    for job in [&job, &other] {
        job.bid(&mut world, &bidder, 1_500_000).unwrap();
        job.bid(&mut world, &rival, 1_000_000).unwrap();
    }
    job.end_bidding(&mut world);
    let good = job.accepting_bid(&world, &job.actors.consumer, &bidder);
    let mut foreign = good.clone();
    foreign.accounts[2].pubkey = other.bid_address(&bidder);
    world.refused(&[foreign], &[&job.actors.consumer], E::WrongBid);
    let mut mixed = good.clone();
    mixed.accounts[3].pubkey = pda::provider(&rival.pubkey());
    world.refused(&[mixed], &[&job.actors.consumer], E::WrongBid);
    let mut rent = good.clone();
    rent.accounts[8].pubkey = job.wallet();
    world.refused(&[rent], &[&job.actors.consumer], E::WrongRentPayer);
    world.must(&[good], &[&job.actors.consumer]);
}

#[test]
fn an_auction_is_cancelled_free_of_charge_and_its_escrow_and_rent_return() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let sent = job.cancel(&mut world).unwrap();
    let Event::JobCancelled(event) = sent.only() else { panic!("{:?}", sent.events) };
    let expected = JobCancelled {
        entities: [touched(&job.keys.job, 3), Touched::NOTHING, Touched::NOTHING],
        at: world.now(),
        job: job.keys.job,
        refund: ESCROW,
        fee: 0,
        bond: 0,
        reason: u64::from(REASON_BY_CONSUMER),
    };
    assert_eq!(**event, expected);
    let before = world.balance(&job.wallet());
    for party in [Party::Provider, Party::Reporter] {
        let nothing = world.network.withdraw(&job.keys, party as u8, &job.wallet());
        world.refused(&[nothing], &[], E::NothingOwed);
    }
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    assert_eq!(world.balance(&job.wallet()), before + ESCROW);
    // Bids do not hold up the job's end, nor does its end hold up theirs.
    job.reclaim(&mut world).unwrap();
    assert!(world.svm.get_account(&job.keys.job).is_none_or(|account| account.lamports == 0));
    job.withdraw_bid(&mut world, &bidder, &bidder).unwrap();
    assert_eq!((world.provider_of(&bidder).locked, world.totals().locked), (0, 0));
}

#[test]
fn an_auction_lapses_once_no_bid_can_be_accepted_in_time() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let advance = world.network.advance_job(&job.keys);
    world.until(job.read(&world).terms.order.offer_by);
    world.refused(std::slice::from_ref(&advance), &[], E::NothingDue);
    world.until(world.now() + 1);
    let sent = world.must(std::slice::from_ref(&advance), &[]);
    let Event::JobCancelled(event) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((event.refund, event.fee, event.bond), (ESCROW, 0, 0));
    assert_eq!(event.reason, u64::from(REASON_LAPSED));
    assert_eq!(job.read(&world).dues[Party::Consumer as usize], Due { escrow: ESCROW, stake: 0 });
    world.refused(&[advance], &[], E::NothingDue);
}

#[test]
fn no_provider_stands_in_for_the_one_that_an_auction_does_not_have() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let named =
        settlement_interface::instructions::JobKeys { provider: pda::provider(&bidder.pubkey()), ..job.keys };
    let cancel = world.network.cancel_job(&job.wallet(), &named);
    world.refused(&[cancel], &[&job.actors.consumer], E::WrongProvider);
    world.until(job.read(&world).terms.order.offer_by + 1);
    world.refused(&[world.network.advance_job(&named)], &[], E::WrongProvider);
    // And where there is one it cannot be left out.
    let assigned = JobFixture::assigned(&mut world);
    let nobody =
        settlement_interface::instructions::JobKeys { provider: Address::default(), ..assigned.keys };
    let cancel = world.network.cancel_job(&assigned.wallet(), &nobody);
    world.refused(&[cancel], &[&assigned.actors.consumer], E::WrongProvider);
    world.until(world.now() + 2 * HOUR);
    world.refused(&[world.network.advance_job(&nobody)], &[], E::WrongProvider);
    let closed = JobFixture::closed(&mut world);
    let nobody = settlement_interface::instructions::JobKeys { provider: Address::default(), ..closed.keys };
    let withdraw = world.network.withdraw(&nobody, Party::Consumer as u8, &closed.wallet());
    world.refused(&[withdraw], &[], E::WrongProvider);
}

#[test]
fn an_open_job_takes_no_step_that_belongs_to_a_provider() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let bidder = world.bidder();
    job.bid(&mut world, &bidder, 1_500_000).unwrap();
    let (authority, hash) = (bidder.pubkey(), job.read(&world).terms_hash);
    let accept = world.network.accept_offer(&authority, &job.keys.job, &hash, u64::MAX);
    world.refused(&[accept], &[&bidder], E::WrongProvider);
    world.refused(&[world.network.start_job(&authority, &job.keys.job)], &[&bidder], E::WrongProvider);
    let standing = world.network.accept_standing_offer(&job.keys.job, &pda::provider(&authority));
    world.refused(&[standing], &[], E::WrongProvider);
    let top_up = world.network.top_up_bond(&authority, &job.keys.job, 1);
    world.refused(&[top_up], &[&bidder], E::WrongProvider);
}

#[test]
fn tokens_are_added_to_an_auction_and_hurt_no_bidder() {
    let mut world = World::new();
    let job = JobFixture::open(&mut world);
    let (early, late) = (world.bidder(), world.bidder());
    job.bid(&mut world, &early, 1_500_000).unwrap();
    let hash = job.read(&world).terms_hash;
    let budget = job.topping_up(&world, 5, 1);
    world.refused(&[budget], &[&job.actors.consumer], E::BudgetFixed);
    job.top_up(&mut world, 2 * ESCROW, 0).unwrap();
    assert_eq!((job.read(&world).terms_hash, job.read(&world).escrow), (hash, 3 * ESCROW));
    job.bid(&mut world, &late, 2_000_000).unwrap();
    assert_eq!(job.bid_of(&world, &early).bond, BOND);
    assert_eq!(job.bid_of(&world, &late).bond, 3 * BOND);
    job.end_bidding(&mut world);
    job.accept_bid(&mut world, &job.actors.consumer, &early).unwrap();
    let after = job.read(&world);
    assert_eq!((after.bond, after.bonded_escrow, after.escrow), (BOND, ESCROW, 3 * ESCROW));
    // The bond is all that was asked of it, so that the fee for cancelling is owed in full; it can be more, by
    // the bidder's own signature, up to what the terms ask for all that was deposited.
    let more = world.network.top_up_bond(&early.pubkey(), &job.keys.job, 2 * BOND + 1);
    world.refused(&[more], &[&early], E::BondFull);
    let cancel = world.network.cancel_job(&job.wallet(), &job.named(&world));
    world.must(&[cancel], &[&job.actors.consumer]);
    assert_eq!(job.read(&world).dues[Party::Provider as usize].escrow, 3 * ESCROW / 50);
    assert_eq!(world.provider_of(&early).stake, STAKE);
}

#[test]
fn a_winner_that_does_not_start_loses_what_it_signed_for() {
    let mut world = World::new();
    let mut job = JobFixture::open(&mut world);
    let (bidder, by) = (world.bidder(), world.wallet());
    job.bid(&mut world, &bidder, 1).unwrap();
    job.end_bidding(&mut world);
    job.accept_bid(&mut world, &job.actors.consumer, &bidder).unwrap();
    job.keys = job.named(&world);
    world.until(job.read(&world).terms.order.start_by + 1);
    job.mark(&mut world, &by);
    world.until(world.now() + Parameters::DEFAULT.grace);
    job.advance(&mut world);
    assert_eq!(job.read(&world).state(), Some(JobState::Failed));
    assert_eq!(world.provider_of(&bidder).stake, STAKE - BOND / 2);
    assert_eq!(world.totals().locked, 0);
}
