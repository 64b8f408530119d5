//! Converting what a job has outstanding. Anyone may.

use crate::arguments::JobRef;
use crate::commands::checks::whole;
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::accounts::{Credit, Epoch, JobState, Layout};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::terms::RAIL_STABLE;
use tally_client::interface::{SettlementError, oracle, pda, rules};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Convert {
    /// The job
    job: JobRef,
}

impl Doing for Convert {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let states = [JobState::Running, JobState::Closing, JobState::Held, JobState::Settling];
        in_state(&job, &states, "work can be converted")?;
        let outstanding = job.outstanding().unwrap_or(0);
        if outstanding == 0 || job.escrow == 0 {
            return Err(program_refuses(SettlementError::NothingToConvert));
        }
        if job.terms.order.rail == RAIL_STABLE {
            let usd = outstanding.min(job.escrow);
            return Ok(Plan::new(vec![facts.stable()?.convert(&address)])
                .say(format!(
                    "Books {} USD of work out of the escrow: due to the provider, less the take.",
                    decimal(usd, USD_DECIMALS)
                ))
                .figures(
                    Record::new().text("job", address).usd("outstanding", outstanding).usd("settled", usd),
                ));
        }
        let quote = facts.quote_for(&job).or_else(|halt| {
            refused(format!("no price qualifies at the moment ({}); nothing could be converted", halt.name()))
        })?;
        let order = &job.terms.order;
        let reached = oracle::reaches_minimum(quote.burn, quote.message.exponent, order.min_price);
        if facts.now < order.convert_by && !reached {
            return Err(program_refuses(SettlementError::BelowMinimumPrice));
        }
        let (decimals, epoch) = (facts.decimals(), facts.epoch()?);
        let it = whole(rules::convert(outstanding, job.escrow, job.terms.parameters.take_bps, &quote))?;
        let payer = context.payer()?;
        let mut plan = Plan::new(vec![facts.network().convert(&payer, &JobKeys::of(&job), epoch)])
            .say(format!(
                "Burns about {} tokens of the escrow for {} USD of work; the provider earns about {} tokens.",
                decimal(it.burned, decimals),
                decimal(it.usd, USD_DECIMALS),
                decimal(it.earned, decimals)
            ))
            .figures(
                Record::new()
                    .text("job", address)
                    .usd("outstanding", outstanding)
                    .tokens("burned", it.burned, decimals)
                    .tokens("earned", it.earned, decimals)
                    .price("price", quote.spot, quote.message.exponent)
                    .count("epoch", epoch),
            );
        let addresses = [pda::epoch(epoch), pda::credit(epoch, &job.terms.provider)];
        let found = context.rpc.accounts(&addresses).await?;
        for (account, (what, bytes)) in found
            .iter()
            .zip([("this epoch's account", Epoch::LEN), ("the provider's credit in it", Credit::LEN)])
        {
            if account.is_none() {
                plan = plan.creates(what, bytes);
            }
        }
        Ok(plan)
    }
}
