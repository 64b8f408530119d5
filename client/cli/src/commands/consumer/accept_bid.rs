//! Accepting a bid once bidding has ended: any by the consumer, the best by anyone if the order allows it.

use crate::arguments::{JobRef, Key, local};
use crate::commands::checks::not_paused;
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, rate};
use serde::Serialize;
use tally_client::interface::accounts::{Bid, JobState};
use tally_client::interface::{Address, SettlementError, pda};
use tally_client::jobs::last_acceptance;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct AcceptBid {
    /// The job
    job: JobRef,
    /// Whose bid: the provider's account or its authority [default: the best bid's]
    provider: Option<Key>,
}

impl Doing for AcceptBid {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        in_state(&job, &[JobState::Open], "a bid can be accepted")?;
        not_paused(&facts)?;
        let (order, now, owner) = (&job.terms.order, facts.now, context.owner()?);
        if now < order.bid_end {
            return refused(format!(
                "bids can be accepted once bidding has ended, {}",
                local(order.bid_end, now)
            ));
        }
        if now > last_acceptance(&job) {
            return refused(format!("a bid could be accepted until {}", local(last_acceptance(&job), now)));
        }
        let bid_address = match self.provider {
            Some(named) => pda::bid(&address, &context.provider(Some(named)).await?.0),
            None if job.best_bid == Address::default() => return refused("nobody has bid for this job"),
            None => job.best_bid,
        };
        let Some(bid) = context.read::<Bid>(&bid_address).await? else {
            return refused("that provider has not bid for this job; \"tally job bids\" lists who has");
        };
        if bid.rate == 0 {
            return Err(program_refuses(SettlementError::BidWithdrawn));
        }
        if owner != job.terms.consumer && !(order.open_acceptance == 1 && bid_address == job.best_bid) {
            return refused(format!(
                "only the consumer {} accepts this bid, but the key is {owner}; anyone accepts only the best bid, and only \
                 if the job was opened so",
                job.terms.consumer
            ));
        }
        if facts.quote_for(&job).is_err() {
            return Err(program_refuses(SettlementError::NoPrice));
        }
        let decimals = facts.decimals();
        let record = Record::new()
            .text("job", address)
            .text("provider", bid.provider)
            .rate("rate", bid.rate, order.unit)
            .rate("best_bid", job.best_rate, order.unit)
            .tokens("bond", bid.bond, decimals)
            .time("start_by", order.start_by, now);
        let mut plan =
            Plan::new(vec![facts.network().accept_bid(&owner, &address, &bid.provider, &bid.rent_payer)])
                .say(format!(
                    "Assigns the job to provider {} at {}; {} of its stake are locked as bond.",
                    bid.provider,
                    rate(bid.rate, order.unit),
                    facts.compute().say(bid.bond)
                ))
                .say(format!(
                    "It may start until {}. If you cancel before that, part of the escrow is its fee.",
                    local(order.start_by, now)
                ))
                .figures(record);
        if bid_address != job.best_bid {
            plan =
                plan.say(format!("That is not the best bid, which is {}.", rate(job.best_rate, order.unit)));
        }
        Ok(plan)
    }
}
