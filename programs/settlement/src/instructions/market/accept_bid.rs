use crate::emit::{emit, touch};
use crate::guards::{self, in_state, oracle, same};
use crate::instructions::job::accepted::Acceptance;
use crate::instructions::job::assigning::in_time;
use crate::instructions::job::terms_hash;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Bid, Config, Job, JobState, Price, Provider, Totals};
use settlement_interface::events::BY_BID;

/// Assigns a job to a bidder at the rate that it bid; the bond moves from the bid to the job. After
/// `bid_end`, signed by the consumer for any bid that stands. By anyone for the best one if the order
/// allows it: then the order and the end of bidding stand in for the consumer's signature.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptBid {
    /// Whoever accepts: the consumer's wallet, or anyone if the order allows it.
    pub by: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The bid.
    #[account(mut)]
    pub bid: Account<Bid>,
    /// The provider that bid.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// Sums over all jobs.
    #[account(mut)]
    pub totals: Account<Totals>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// Who paid the bid's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

pub(crate) fn handler(ctx: &mut Context<AcceptBid>) -> Result<()> {
    let (now, slot) = guards::now()?;
    let AcceptBid {
        by, job, bid, provider, config, price, totals, feed, rent_payer, event_authority, ..
    } = &mut ctx.accounts;
    guards::not_paused(config, now)?;
    let (job_address, bid_address) = (*job.address(), *bid.address());
    same(&bid.job, &job_address, SettlementError::WrongBid)?;
    same(&bid.provider, provider.address(), SettlementError::WrongBid)?;
    same(rent_payer.address(), &bid.rent_payer, SettlementError::WrongRentPayer)?;
    in_state(job, JobState::Open)?;
    require!(bid.rate > 0, SettlementError::BidWithdrawn);
    let open = job.terms.order.open_acceptance == 1 && job.best_bid == bid_address;
    require!(open || *by.address() == job.terms.consumer, SettlementError::WrongParty);
    require!(now >= job.terms.order.bid_end, SettlementError::BiddingRuns);
    in_time(job, now)?;
    let quote = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?;
    let quote = quote.map_err(|_| SettlementError::NoPrice)?;

    job.terms.provider = *provider.address();
    job.terms.order.rate = bid.rate;
    job.terms_hash = terms_hash(&job_address, job.opened_at, &job.terms);
    let closing = touch(&bid_address, &mut bid.sequence)?;
    let acceptance = Acceptance {
        job,
        provider,
        totals,
        price,
        by: BY_BID,
        bid: closing,
        bond: bid.bond,
        locked: 0,
        bonded_escrow: bid.escrow,
    };
    let event = acceptance.conclude(&quote, now, slot)?;
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    bid.close(*rent_payer.account())
}
