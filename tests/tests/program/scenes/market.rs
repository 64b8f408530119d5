//! Auctions, bids, standing offers and bonds.

use super::{Scene, anybody, crowded};
use settlement_interface::Address;
use settlement_interface::accounts::Party;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, World, auction};

pub fn open_an_auction() -> Scene {
    let (mut world, _) = crowded();
    let actors = Actors::new(&mut world);
    let (payer, wallet) = (world.wallet(), actors.consumer.pubkey());
    let usual = auction(world.now(), &actors.session.pubkey());
    let (source, nobody) = (world.associated(&wallet), Address::default());
    let open = world.network.open_job(&payer.pubkey(), &wallet, &source, &nobody, 0, &usual, ESCROW);
    Scene::new("open_job", world, open, &[&payer, &actors.consumer]).meant(0, anybody()).without_provider()
}

/// An auction with a bid, and another one with a bid of the same provider's.
pub(super) fn bid_for() -> (World, JobFixture, Keypair) {
    let (mut world, _) = crowded();
    let (job, other) = (JobFixture::open(&mut world), JobFixture::open(&mut world));
    let (bidder, rival) = (world.bidder(), world.bidder());
    other.bid(&mut world, &bidder, 1_000_000).unwrap();
    job.bid(&mut world, &rival, 1_500_000).unwrap();
    job.bid(&mut world, &bidder, 1_000_000).unwrap();
    (world, job, bidder)
}

/// Where `place_bid` reads the feed: on the stable rail alone.
const FEED_OF_A_BID: usize = 7;

pub fn place_bid() -> Scene {
    let (mut world, job, _) = bid_for();
    let (bidder, payer) = (world.bidder(), world.wallet());
    let mut bid = job.bidding(&world, &bidder, 900_000);
    bid.accounts[0].pubkey = payer.pubkey();
    Scene::new("place_bid", world, bid, &[&payer, &bidder]).meant(0, anybody()).unread(&[FEED_OF_A_BID])
}

pub fn place_a_lower_bid() -> Scene {
    let (mut world, job, bidder) = bid_for();
    let payer = world.wallet();
    let mut bid = job.bidding(&world, &bidder, 900_000);
    bid.accounts[0].pubkey = payer.pubkey();
    Scene::new("place_bid", world, bid, &[&payer, &bidder]).meant(0, anybody()).unread(&[FEED_OF_A_BID])
}

pub fn withdraw_bid() -> Scene {
    let (mut world, job, _) = bid_for();
    let late = world.bidder();
    job.bid(&mut world, &late, 1_000_000).unwrap();
    job.end_bidding(&mut world);
    let withdraw = job.withdrawing(&world, &late, &late);
    world.bank = world.wallet(); // so that the rent's payer is not also the fee's
    Scene::new("withdraw_bid", world, withdraw, &[&late])
}

pub fn withdraw_a_bid_whose_job_is_gone() -> Scene {
    let (mut world, job, bidder) = bid_for();
    job.cancel(&mut world).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    job.reclaim(&mut world).unwrap();
    let by = world.wallet();
    let withdraw = job.withdrawing(&world, &by, &bidder);
    world.bank = world.wallet();
    Scene::new("withdraw_bid", world, withdraw, &[&by]).meant(0, anybody())
}

pub fn accept_bid() -> Scene {
    let (mut world, job, bidder) = bid_for();
    job.end_bidding(&mut world);
    let accept = job.accepting_bid(&world, &job.actors.consumer, &bidder);
    world.bank = world.wallet();
    Scene::new("accept_bid", world, accept, &[&job.actors.consumer])
}

pub fn accept_the_best_bid() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::open_as(&mut world, |order| order.open_acceptance = 1);
    let (bidder, rival, by) = (world.bidder(), world.bidder(), world.wallet());
    job.bid(&mut world, &rival, 1_500_000).unwrap();
    job.bid(&mut world, &bidder, 1_000_000).unwrap();
    job.end_bidding(&mut world);
    let accept = job.accepting_bid(&world, &by, &bidder);
    world.bank = world.wallet();
    Scene::new("accept_bid", world, accept, &[&by]).meant(0, anybody())
}

pub fn set_standing_offer() -> Scene {
    let (mut world, _) = crowded();
    let actors = Actors::new(&mut world);
    let set = world.network.set_standing_offer(&actors.provider.pubkey(), &world.standing());
    Scene::new("set_standing_offer", world, set, &[&actors.provider])
}

pub fn accept_standing_offer() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::offered(&mut world);
    let offer = world.standing();
    job.set_standing(&mut world, &offer).unwrap();
    let accept = job.accepting_standing(&world);
    Scene::new("accept_standing_offer", world, accept, &[])
}

pub fn top_up_bond() -> Scene {
    let (mut world, _) = crowded();
    let job = JobFixture::running(&mut world);
    job.penalise(&mut world, 5);
    let top_up = job.topping_up_bond(&world, 5);
    Scene::new("top_up_bond", world, top_up, &[&job.actors.provider])
}
