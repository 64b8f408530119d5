//! Standing offers: what a provider signs once, and all that others can bring about through it.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{JobState, Party, StandingOffer};
use settlement_interface::events::{BY_STANDING_OFFER, Event, StandingOfferSet, Touched};
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use settlement_interface::terms::Order;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, STAKE, World, order, touched};

const BOND: u64 = ESCROW / 10;

/// The usual job, offered to a provider whose standing offer was changed like this.
fn stated(world: &mut World, edit: impl FnOnce(&mut StandingOffer)) -> JobFixture {
    let job = JobFixture::offered(world);
    let mut offer = world.standing();
    edit(&mut offer);
    job.set_standing(world, &offer).unwrap();
    job
}

/// The usual standing offer, and a job whose order was changed like this.
fn ordered(world: &mut World, edit: impl FnOnce(&mut Order), amount: u64) -> JobFixture {
    let actors = Actors::new(world);
    let set = world.network.set_standing_offer(&actors.provider.pubkey(), &world.standing());
    world.must(&[set], &[&actors.provider]);
    let mut order = order(world.now(), &actors.session.pubkey());
    edit(&mut order);
    JobFixture::offered_as(world, actors, &order, amount)
}

#[track_caller]
fn refused(world: &mut World, job: &JobFixture, why: E) {
    let accept = job.accepting_standing(world);
    world.refused(&[accept], &[], why);
}

#[track_caller]
fn taken(world: &mut World, job: &JobFixture) {
    let accept = job.accepting_standing(world);
    world.must(&[accept], &[]);
    assert_eq!(job.read(world).state(), Some(JobState::Assigned));
}

#[test]
fn a_standing_offer_is_set_replaced_and_taken_back_by_the_authority_alone() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let offer = world.standing();
    let sent = job.set_standing(&mut world, &offer).unwrap();
    let expected = StandingOfferSet {
        entities: [touched(&job.keys.provider, 3)],
        at: world.now(),
        provider: job.keys.provider,
        offer,
    };
    assert_eq!(sent.events, [Event::StandingOfferSet(Box::new(expected))]);
    assert_eq!(job.provider(&world).standing, offer);
    let stranger = world.wallet();
    let mut theirs = world.network.set_standing_offer(&job.authority(), &StandingOffer::NONE);
    theirs.accounts[0].pubkey = stranger.pubkey();
    world.refused(&[theirs], &[&stranger], E::WrongParty);
    job.set_standing(&mut world, &StandingOffer::NONE).unwrap();
    assert_eq!(job.provider(&world).standing, StandingOffer::NONE);
    refused(&mut world, &job, E::NoStandingOffer);
}

#[test]
fn a_standing_offer_states_every_limit() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let edits: [fn(&mut StandingOffer); 6] = [
        |offer| offer.floor_rate = 0,
        |offer| offer.max_budget = 0,
        |offer| offer.max_bond = 0,
        |offer| offer.max_jobs = 0,
        |offer| offer.rails = 4,
        |offer| offer.reserved[4] = 1,
    ];
    for edit in edits {
        let mut offer = world.standing();
        edit(&mut offer);
        let set = world.network.set_standing_offer(&job.authority(), &offer);
        world.refused(&[set], &[&job.actors.provider], E::StandingOfferForm);
    }
    let now = world.now();
    for (until, good) in [(now, false), (now + 1, true)] {
        let set =
            world.network.set_standing_offer(&job.authority(), &StandingOffer { until, ..world.standing() });
        assert_eq!(world.trial(&[set], &[&job.actors.provider]).is_ok(), good);
    }
}

#[test]
fn a_job_that_fits_is_assigned_at_once_and_told_in_full() {
    let mut world = World::new();
    let job = stated(&mut world, |_| {});
    let accept = job.accepting_standing(&world);
    let sent = world.must(&[accept], &[]);
    let Event::JobAccepted(event) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((event.by, event.bid), (BY_STANDING_OFFER, Default::default()));
    assert_eq!((event.rate, event.unit, event.hardware), (2_000_000, 3_600_000, 1));
    assert_eq!((event.bond, event.locked, event.provider_locked), (BOND, BOND, BOND));
    assert_eq!(event.entities[2], touched(&pda::totals(), 2));
    assert_eq!(event.entities[4], Touched::NOTHING);
    let after = job.read(&world);
    assert_eq!(event.terms_hash, after.terms_hash);
    assert_eq!((after.state(), after.bond, after.bonded_escrow), (Some(JobState::Assigned), BOND, ESCROW));
    let provider = job.provider(&world);
    assert_eq!((provider.locked, provider.jobs_open, world.totals().locked), (BOND, 1, BOND));
    refused(&mut world, &job, E::WrongState);
}

#[test]
fn a_job_is_opened_and_taken_in_one_transaction() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let set = world.network.set_standing_offer(&actors.provider.pubkey(), &world.standing());
    world.must(&[set], &[&actors.provider]);
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, keys, nonce) = actors.open(&world, &usual, ESCROW);
    let accept = world.network.accept_standing_offer(&keys.job, &keys.provider);
    world.must(&[open, accept], &[&actors.consumer]);
    let job = JobFixture { actors, keys, nonce };
    job.start(&mut world).unwrap();
    assert_eq!(job.read(&world).state(), Some(JobState::Running));
}

#[test]
fn terms_one_step_outside_of_what_was_stated_are_refused() {
    let edits: [fn(&mut StandingOffer); 8] = [
        |offer| offer.floor_rate += 1,
        |offer| offer.max_budget -= 1,
        |offer| offer.max_unit_cap -= 1,
        |offer| offer.min_lead += 1,
        |offer| offer.max_duration -= 1,
        |offer| offer.hardware += 1,
        |offer| offer.min_cover_bps += 1,
        |offer| offer.rails = 2,
    ];
    for edit in edits {
        let mut world = World::new();
        let job = stated(&mut world, |offer| {
            offer.min_budget = 1;
            edit(offer);
        });
        refused(&mut world, &job, E::OutsideStandingOffer);
    }
    // The same limits, not moved, are met by the very same job.
    let mut world = World::new();
    let job = stated(&mut world, |_| {});
    taken(&mut world, &job);
}

#[test]
fn orders_that_would_hurt_beyond_what_was_stated_are_refused() {
    let mut world = World::new();
    let outside = E::OutsideStandingOffer;
    // A rate for a larger unit is the lower rate that it is.
    let job = ordered(&mut world, |order| order.unit = 7_200_000, ESCROW);
    refused(&mut world, &job, outside);
    let job = ordered(&mut world, |order| (order.rate, order.unit) = (4_000_000, 7_200_000), ESCROW);
    taken(&mut world, &job);
    // A minimum price would delay what the provider is paid.
    let job = ordered(&mut world, |order| order.min_price = 1, ESCROW);
    refused(&mut world, &job, outside);
    // Dust in escrow, which would stain the record of an absent provider for nothing.
    let job = ordered(&mut world, |_| {}, 1);
    refused(&mut world, &job, outside);
    let job = ordered(&mut world, |order| order.budget -= 1, ESCROW);
    refused(&mut world, &job, outside);
    // The bond that a larger escrow asks for.
    let job = ordered(&mut world, |_| {}, ESCROW + 1);
    refused(&mut world, &job, E::BondTooHigh);
    // The network's own lead is kept as well.
    let job = ordered(&mut world, |_| {}, ESCROW);
    world.until(job.read(&world).terms.order.offer_by + 1);
    refused(&mut world, &job, E::OfferExpired);
}

#[test]
fn a_standing_offer_holds_until_its_time_and_not_a_second_longer() {
    let mut world = World::new();
    let until = world.now() + 60;
    let job = stated(&mut world, |offer| (offer.until, offer.min_lead) = (until, 0));
    world.until(until + 1);
    refused(&mut world, &job, E::NoStandingOffer);
    world.set_clock(until, world.slot());
    world.refresh();
    taken(&mut world, &job);
}

#[test]
fn a_consumer_that_floods_takes_no_more_than_the_places_that_were_stated() {
    let mut world = World::new();
    let first = stated(&mut world, |offer| offer.max_jobs = 2);
    let (set, usual) = (first.provider(&world).standing, first.read(&world).terms.order);
    taken(&mut world, &first);
    let second = first.again(&mut world, &usual, ESCROW);
    taken(&mut world, &second);
    let third = second.again(&mut world, &usual, ESCROW);
    refused(&mut world, &third, E::StandingOfferFull);
    assert_eq!(third.provider(&world).locked, 2 * u64::from(set.max_jobs) * BOND / 2);
    // It may still be accepted by hand.
    third.accept(&mut world).unwrap();
}

#[test]
fn who_opens_and_cancels_at_once_pays_the_provider_for_it() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let set = world.network.set_standing_offer(&actors.provider.pubkey(), &world.standing());
    world.must(&[set], &[&actors.provider]);
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, keys, nonce) = actors.open(&world, &usual, ESCROW);
    let accept = world.network.accept_standing_offer(&keys.job, &keys.provider);
    let cancel = world.network.cancel_job(&actors.consumer.pubkey(), &keys);
    world.must(&[open, accept, cancel], &[&actors.consumer]);
    let job = JobFixture { actors, keys, nonce };
    assert_eq!(job.read(&world).dues[Party::Provider as usize].escrow, ESCROW / 50);
    let provider = job.provider(&world);
    assert_eq!((provider.stake, provider.locked, provider.jobs_open, provider.bad), (STAKE, 0, 0, 0));
}

#[test]
fn a_change_of_parameters_ends_the_offer_until_it_is_signed_anew() {
    let edits: [fn(&mut Parameters); 4] = [
        |parameters| parameters.no_show_bps += 1,
        |parameters| parameters.grace -= 1,
        |parameters| parameters.take_bps += 1,
        |parameters| parameters.receipt_grace -= 1,
    ];
    for edit in edits {
        let mut world = World::new();
        let before = stated(&mut world, |_| {});
        let usual = before.read(&world).terms.order;
        let mut parameters = world.config().parameters;
        edit(&mut parameters);
        world.set_parameters(parameters);
        // What was opened before the change has the parameters that the provider agreed to.
        let accept = before.accepting_standing(&world);
        world.trial(&[accept], &[]).unwrap();
        let stale = before.provider(&world).standing;
        let after = before.again(&mut world, &usual, ESCROW);
        refused(&mut world, &after, E::ParametersChanged);
        let set = world.network.set_standing_offer(&after.authority(), &stale);
        world.refused(&[set], &[&after.actors.provider], E::ParametersChanged);
        let offer = world.standing();
        after.set_standing(&mut world, &offer).unwrap();
        taken(&mut world, &after);
    }
}

#[test]
fn stake_that_is_unbonding_backs_no_standing_offer() {
    let mut world = World::new();
    let job = stated(&mut world, |_| {});
    let unstake = world.network.request_unstake(&job.authority(), STAKE - BOND + 1);
    world.must(&[unstake], &[&job.actors.provider]);
    refused(&mut world, &job, E::InsufficientStake);
    let source = world.associated(&job.authority());
    let stake = world.network.stake(&job.authority(), &source, &job.keys.provider, 1);
    world.must(&[stake], &[&job.actors.provider]);
    taken(&mut world, &job);
}

#[test]
fn nothing_is_taken_during_a_pause_or_without_a_price() {
    let mut world = World::new();
    let job = stated(&mut world, |offer| offer.min_lead = 0);
    let admin = world.admin.insecure_clone();
    world.must(&[world.network.pause(&admin.pubkey(), 60)], &[&admin]);
    refused(&mut world, &job, E::Paused);
    // Taking an offer back is not refused.
    let none = world.network.set_standing_offer(&job.authority(), &StandingOffer::NONE);
    world.trial(&[none], &[&job.actors.provider]).unwrap();
    world.pass(121);
    refused(&mut world, &job, E::NoPrice);
    world.refresh();
    taken(&mut world, &job);
}

#[test]
fn one_providers_standing_offer_takes_no_job_of_anothers() {
    let mut world = World::new();
    let (job, other) = (stated(&mut world, |_| {}), JobFixture::offered(&mut world));
    let theirs = world.network.accept_standing_offer(&other.keys.job, &job.keys.provider);
    world.refused(&[theirs], &[], E::WrongProvider);
    refused(&mut world, &other, E::NoStandingOffer);
}

#[test]
fn a_bond_of_a_bid_counts_against_the_same_stake() {
    let mut world = World::new();
    let job = stated(&mut world, |_| {});
    let provider = job.actors.provider.insecure_clone();
    let unstake = world.network.request_unstake(&job.authority(), STAKE - 2 * BOND + 1);
    world.must(&[unstake], &[&provider]);
    let auction = JobFixture::open(&mut world);
    auction.bid(&mut world, &provider, 1_000_000).unwrap();
    refused(&mut world, &job, E::InsufficientStake);
}
