use crate::emit::{emit, touch};
use crate::guards::{self, add, in_state, meter, oracle, same, whole};
use crate::instructions::job::assigning::lock;
use crate::instructions::job::bonding;
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Bid, Config, Job, JobState, Layout, Price, Provider};
use settlement_interface::events::BidPlaced;
use settlement_interface::rules::beats;
use settlement_interface::terms::RAIL_TOKEN;

/// Bids for a job in an auction by naming the hash of its terms; locks a bond of the provider's free
/// stake. Signed by the provider's authority, until `bid_end`.
///
/// A provider has one bid for a job and can only lower it. The first bid is the best; another replaces it
/// if it is lower by 1%. Bids that do not lead are kept: the consumer may choose any, so a consumer
/// that bids itself, to lead at a rate that nobody beats, keeps nobody out.
#[event_cpi]
#[derive(Accounts)]
pub struct PlaceBid {
    /// Pays the bid's rent, and gets it back at the end.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// The provider's authority.
    pub authority: Signer,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The provider's bid for it.
    #[account(init_if_needed, payer = payer, space = Bid::LEN, seeds = [b"bid", job.address().as_ref(), provider.address().as_ref()], bump)]
    pub bid: Account<Bid>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    pub price: Account<Price>,
    /// The pinned feed; read on the stable rail, whose bond depends on the price.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(
    ctx: &mut Context<PlaceBid>,
    terms_hash: [u8; 32],
    rate: u64,
    max_bond: u64,
) -> Result<()> {
    let (now, _) = guards::now()?;
    let bump = ctx.bumps.bid;
    let PlaceBid { payer, authority, provider, job, bid, config, price, feed, event_authority, .. } =
        &mut ctx.accounts;
    guards::not_paused(config, now)?;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    in_state(job, JobState::Open)?;
    require!(now < job.terms.order.bid_end, SettlementError::BiddingEnded);
    require!(job.terms_hash == terms_hash, SettlementError::TermsChanged);
    // As its acceptance would: a bid that can lead and never be accepted would end an auction without a winner.
    meter::is_not(&provider.authority, &job.terms.order, &job.meter_authority)?;
    let standing = if bid.rate > 0 { bid.rate.saturating_sub(1) } else { job.terms.order.rate };
    require!(rate >= 1 && rate <= standing, SettlementError::BidRate);

    let (job_address, bid_address) = (*job.address(), *bid.address());
    if bid.rent_payer == Address::default() {
        bid.job = job_address;
        bid.provider = *provider.address();
        bid.rent_payer = *payer.address();
        bid.index = job.bids;
        bid.bump = bump;
        add(&mut job.bids, 1)?;
    }
    let asked = if job.terms.order.rail == RAIL_TOKEN {
        bonding::asked(job, job.escrow, 0, 0)?
    } else {
        let quote = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?;
        let quote = quote.map_err(|_| SettlementError::NoPrice)?;
        bonding::asked(job, job.escrow, quote.burn, quote.scale)?
    };
    // A lower bid keeps what is locked and adds what a larger escrow asks for.
    let bond = asked.max(bid.bond);
    require!(bond <= max_bond, SettlementError::BondTooHigh);
    let locked = whole(bond.checked_sub(bid.bond))?;
    lock(provider, locked)?;
    bid.rate = rate;
    bid.bond = bond;
    bid.escrow = job.escrow;
    bid.placed_at = now;
    let leads = job.best_bid == Address::default()
        || job.best_bid == bid_address // its own bid, which it can only lower
        || beats(rate, job.best_rate);
    if leads {
        job.best_bid = bid_address;
        job.best_rate = rate;
    }
    require!(job.invariant() && provider.invariant(), SettlementError::InvariantViolated);

    let provider_address = *provider.address();
    let event = BidPlaced {
        entities: [
            touch(&job_address, &mut job.sequence)?,
            touch(&bid_address, &mut bid.sequence)?,
            touch(&provider_address, &mut provider.sequence)?,
        ],
        at: now,
        job: job_address,
        bid: bid_address,
        provider: provider_address,
        rent_payer: bid.rent_payer,
        terms_hash,
        index: bid.index,
        rate,
        escrow: bid.escrow,
        bond,
        locked,
        provider_locked: provider.locked,
        best_bid: job.best_bid,
        best_rate: job.best_rate,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
