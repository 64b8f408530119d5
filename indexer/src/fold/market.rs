//! Events of bids.

use super::effects::{Account, Effects};
use super::images::{BID_ACCEPTED, BID_STANDING, BID_WITHDRAWN, BidImage};
use super::network::{add, agree, sub};
use super::world::{Contradiction, World, singletons};
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::{Bid, Provider};
use settlement_interface::events::{BidPlaced, BidWithdrawn, JobAccepted};

pub(super) fn bid_placed(
    world: &mut World,
    event: &BidPlaced,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    if !world.has(&event.bid) {
        let job = &mut world.job(&event.job)?.account;
        agree(job.bids, event.index, "the bid's number")?;
        job.bids = add(job.bids, 1, "the number of bids")?;
        let account = Bid {
            job: event.job,
            provider: event.provider,
            rent_payer: event.rent_payer,
            index: event.index,
            ..Bid::zeroed()
        };
        world.create(event.bid, BidImage { account, ..BidImage::zeroed() })?;
    }
    let image = world.bid(&event.bid)?;
    image.state = BID_STANDING;
    let bid = &mut image.account;
    bid.bond = add(bid.bond, event.locked, "the bid's bond")?;
    agree(bid.bond, event.bond, "the bid's bond")?;
    (bid.rate, bid.escrow, bid.placed_at) = (event.rate, event.escrow, event.at);
    let job = &mut world.job(&event.job)?.account;
    (job.best_bid, job.best_rate) = (event.best_bid, event.best_rate);
    lock(world.provider(&event.provider)?, event.locked, event.provider_locked)?;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Stake.of(event.provider), Account::Locked.within(event.provider, event.job));
    effects.transfer(mint, event.locked, from, to);
    Ok(())
}

/// Counts a bond as locked; what the provider has locked then is stated.
pub(super) fn lock(provider: &mut Provider, bond: u64, stated: u64) -> Result<(), Contradiction> {
    provider.locked = add(provider.locked, bond, "the locked stake")?;
    agree(provider.locked, stated, "the locked stake")
}

/// Counts a bond as locked in a job.
pub(super) fn lock_in_job(world: &mut World, bond: u64) -> Result<(), Contradiction> {
    let totals = world.totals(&singletons().totals)?;
    totals.locked = add(totals.locked, bond, "all that jobs lock")?;
    Ok(())
}

pub(super) fn bid_withdrawn(
    world: &mut World,
    event: &BidWithdrawn,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let image = world.bid(&event.bid)?;
    agree(image.account.bond, event.bond, "the bid's bond")?;
    (image.account.bond, image.state) = (0, BID_WITHDRAWN);
    if event.closed != 0 {
        image.closed_at = event.at;
    }
    let provider = world.provider(&event.provider)?;
    provider.locked = sub(provider.locked, event.bond, "the locked stake")?;
    agree(provider.locked, event.provider_locked, "the locked stake")?;
    let mint = world.config()?.account.mint;
    let (from, to) = (Account::Locked.within(event.provider, event.job), Account::Stake.of(event.provider));
    effects.transfer(mint, event.bond, from, to);
    Ok(())
}

/// Closes the bid that an acceptance took, if it took one. The escrow that the job's bond is a share of.
pub(super) fn bid_accepted(world: &mut World, event: &JobAccepted) -> Result<u64, Contradiction> {
    let [.., bid] = event.entities;
    if bid.entity == Address::default() {
        return Ok(event.escrow);
    }
    let image = world.bid(&bid.entity)?;
    agree(image.account.rate, event.rate, "the rate that was bid")?;
    agree(image.account.bond, event.bond, "the bid's bond")?;
    (image.state, image.closed_at) = (BID_ACCEPTED, event.at);
    Ok(image.account.escrow)
}
