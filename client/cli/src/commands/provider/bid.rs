//! Bidding for a job in an auction.

use crate::arguments::{Amount, JobRef, local};
use crate::commands::checks::{free_stake, not_paused};
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, rate};
use serde::Serialize;
use tally_client::interface::accounts::{Bid, JobState, Layout};
use tally_client::interface::rules::beats;
use tally_client::interface::terms::RAIL_TOKEN;
use tally_client::interface::{Address, SettlementError, pda};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct PlaceBid {
    /// The job
    job: JobRef,
    /// Dollars per GPU hour; a bid can only be lowered
    #[arg(long, value_name = "USD")]
    rate: Amount,
    /// Most tokens that may be locked as bond [default: what the job asks for now]
    #[arg(long, value_name = "TOKENS")]
    max_bond: Option<Amount>,
}

impl Doing for PlaceBid {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let (provider_address, provider) = context.provider(None).await?;
        in_state(&job, &[JobState::Open], "providers can bid")?;
        not_paused(&facts)?;
        let (order, now, decimals) = (&job.terms.order, facts.now, facts.decimals());
        if now >= order.bid_end {
            return refused(format!("bidding ended {}", local(order.bid_end, now)));
        }
        if order.meter == provider.authority || job.meter_authority == provider.authority {
            return Err(program_refuses(SettlementError::MeterIsParty));
        }
        let offered = self.rate.usd("rate")?;
        let bid = context.read::<Bid>(&pda::bid(&address, &provider_address)).await?;
        let standing = bid.as_ref().filter(|bid| bid.rate > 0);
        let most = standing.map_or(order.rate, |bid| bid.rate.saturating_sub(1));
        if offered > most {
            return refused(match standing {
                Some(bid) => format!(
                    "your bid of {} stands, and a bid can only be lowered",
                    rate(bid.rate, order.unit)
                ),
                None => format!("the consumer pays {} at most", rate(order.rate, order.unit)),
            });
        }
        let quote = facts.quote_for(&job).ok();
        if quote.is_none() && order.rail != RAIL_TOKEN {
            return Err(program_refuses(SettlementError::NoPrice));
        }
        let locked = standing.map_or(0, |bid| bid.bond);
        let bond = facts.bond_asked(&job, quote.as_ref())?.max(locked);
        let max_bond = match &self.max_bond {
            Some(most) => most.units("max-bond", decimals)?,
            None => bond,
        };
        if bond > max_bond {
            return refused(format!(
                "the bond would be {}, more than your max-bond",
                facts.compute().say(bond)
            ));
        }
        free_stake(&provider, bond.saturating_sub(locked), decimals)?;
        let own = job.best_bid == pda::bid(&address, &provider_address);
        let leads = job.best_bid == Address::default() || own || beats(offered, job.best_rate);
        let (payer, authority) = (context.payer()?, &provider.authority);
        let place =
            facts.network().place_bid(&payer, authority, &address, &job.terms_hash, offered, max_bond);
        let mut plan = Plan::new(vec![place])
            .say(format!(
                "Bids {} for up to {} of work; if it is accepted you are bound to start by {}.",
                rate(offered, order.unit),
                tally_client::amounts::decimal(order.budget, tally_client::amounts::USD_DECIMALS) + " USD",
                local(order.start_by, now)
            ))
            .say(format!(
                "Locks {} of your stake as bond until the auction is over.",
                facts.compute().say(bond)
            ));
        if !leads {
            plan = plan.say(format!(
                "It would not lead: the best bid is {}, and one that replaces it is lower by at least 1%.",
                rate(job.best_rate, order.unit)
            ));
        }
        if bid.is_none() {
            plan = plan.creates("bid", Bid::LEN);
        }
        let record = Record::new()
            .text("job", address)
            .rate("rate", offered, order.unit)
            .rate("best_bid_now", job.best_rate, order.unit)
            .flag("leads", leads)
            .tokens("bond", bond, decimals)
            .time("bid_until", order.bid_end, now);
        Ok(plan.figures(record))
    }
}
