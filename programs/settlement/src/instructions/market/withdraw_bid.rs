use crate::emit::{emit, touch};
use crate::guards::{self, same, take};
use crate::instructions::job::assigning::in_time;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Bid, Job, JobState, Provider};
use settlement_interface::events::BidWithdrawn;

/// Releases a bid's bond and, once bidding has ended, closes its account, whose rent returns to who
/// paid it. Signed by the provider's authority, unless its bid is the best; by anyone once the bid can
/// no longer be accepted: that the job is assigned, cancelled, gone or out of time stands in for a signer.
///
/// It needs nothing of a job that is gone. Job addresses never come back, so an address without a
/// job is that of a job that has ended.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawBid {
    /// Whoever withdraws.
    pub by: Signer,
    /// The job, or where it was.
    /// CHECK: its address is the bid's; without a job of ours there, the job has ended.
    pub job: UncheckedAccount,
    /// The bid.
    #[account(mut)]
    pub bid: Account<Bid>,
    /// The provider that bid.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// Who paid the bid's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

/// What the job still means to a bid for it.
#[derive(Default)]
struct Auction {
    /// Bids can be placed.
    bidding: bool,
    /// Bids can be accepted, now or later.
    acceptable: bool,
    best_bid: Address,
}

fn auction(view: &UncheckedAccount, now: i64) -> Result<Auction> {
    if !view.account().owned_by(&crate::ID) {
        return Ok(Auction::default());
    }
    let job = Account::<Job>::load(*view.account())?;
    if job.state != JobState::Open as u8 {
        return Ok(Auction::default());
    }
    Ok(Auction {
        bidding: now < job.terms.order.bid_end,
        acceptable: in_time(&job, now).is_ok(),
        best_bid: job.best_bid,
    })
}

pub(crate) fn handler(ctx: &mut Context<WithdrawBid>) -> Result<()> {
    let (now, _) = guards::now()?;
    let WithdrawBid { by, job, bid, provider, rent_payer, event_authority, .. } = &mut ctx.accounts;
    same(job.address(), &bid.job, SettlementError::WrongBid)?;
    same(provider.address(), &bid.provider, SettlementError::WrongBid)?;
    same(rent_payer.address(), &bid.rent_payer, SettlementError::WrongRentPayer)?;
    let auction = auction(job, now)?;
    let bid_address = *bid.address();
    if bid.rate == 0 {
        // Withdrawn before: only its account is left, for which anyone may come.
        require!(!auction.bidding, SettlementError::BidWithdrawn);
    } else if auction.acceptable {
        same(by.address(), &provider.authority, SettlementError::WrongParty)?;
        require!(auction.best_bid != bid_address, SettlementError::BestBid);
    }
    let bond = core::mem::take(&mut bid.bond);
    bid.rate = 0;
    take(&mut provider.locked, bond)?;
    require!(provider.invariant(), SettlementError::InvariantViolated);

    let closed = !auction.bidding;
    let provider_address = *provider.address();
    let event = BidWithdrawn {
        entities: [
            touch(&bid_address, &mut bid.sequence)?,
            touch(&provider_address, &mut provider.sequence)?,
        ],
        at: now,
        job: bid.job,
        bid: bid_address,
        provider: provider_address,
        bond,
        provider_locked: provider.locked,
        closed: u64::from(closed),
        lamports: if closed { bid.account().lamports() } else { 0 },
        rent_payer: bid.rent_payer,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    if closed { bid.close(*rent_payer.account()) } else { Ok(()) }
}
