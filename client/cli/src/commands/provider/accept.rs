//! Accepting an offer.

use crate::arguments::{Amount, Digest, JobRef, local};
use crate::commands::checks::{free_stake, not_paused, whole};
use crate::context::{Context, in_state};
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, rate};
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal, usd_per_token};
use tally_client::interface::accounts::JobState;
use tally_client::interface::math::share_ceil;
use tally_client::interface::rules;
use tally_client::interface::terms::METER_REGISTERED;
use tally_client::jobs::last_acceptance;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Accept {
    /// The job
    job: JobRef,
    /// Most tokens that may be locked as bond [default: what the job's escrow asks for now]
    #[arg(long, value_name = "TOKENS")]
    max_bond: Option<Amount>,
}

impl Doing for Accept {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let provider = context.provider_of(&job).await?;
        context.must_be(&provider.authority, "the authority of the provider that the offer names")?;
        in_state(&job, &[JobState::Offered], "an offer can be accepted")?;
        not_paused(&facts)?;
        let (order, parameters, decimals) = (&job.terms.order, &job.terms.parameters, facts.decimals());
        let last = last_acceptance(&job);
        if facts.now > last {
            return refused(format!(
                "it is too late: the offer could be accepted until {}",
                local(last, facts.now)
            ));
        }
        let quote = facts.quote_for(&job).or_else(|halt| {
            refused(format!(
                "no price of the token qualifies at the moment ({}); try again when one does",
                halt.name()
            ))
        })?;
        let bond = facts.bond_asked(&job, Some(&quote))?;
        let most = self.max_bond.as_ref().map(|most| most.units("max-bond", decimals)).transpose()?;
        if most.is_some_and(|most| bond > most) {
            return refused(format!(
                "the bond would be {} tokens, more than your max-bond",
                decimal(bond, decimals)
            ));
        }
        free_stake(&provider, bond, decimals)?;
        let free = provider.free_stake().unwrap_or(0);
        let lost = whole(share_ceil(bond, parameters.no_show_bps))?;
        let worth = whole(rules::escrow_worth(order.rail, job.escrow, quote.burn, quote.scale))?;
        let accept = facts.network().accept_offer(
            &provider.authority,
            &address,
            &job.terms_hash,
            most.unwrap_or(bond),
        );
        let record = Record::new()
            .text("job", address)
            .text("consumer", job.terms.consumer)
            .usd("budget", order.budget)
            .rate("rate", order.rate, order.unit)
            .escrowed("escrow", job.escrow, order.rail, decimals)
            .usd("escrow_worth", u64::try_from(worth).unwrap_or(u64::MAX))
            .tokens("bond", bond, decimals)
            .tokens("free_stake_then", free.saturating_sub(bond), decimals)
            .text("meter", job.meter)
            .text("spec_hash", Digest(order.spec_hash))
            .text("terms_hash", Digest(job.terms_hash))
            .time("start_by", order.start_by, facts.now)
            .time("end_by", order.end_by, facts.now)
            .span("silence_max", order.silence_max)
            .flag("registered_meter", order.meter_kind == METER_REGISTERED)
            .percent("service_level", order.sla_bps)
            .flag("verifiable", order.verifiable != 0)
            .percent("take", parameters.take_bps);
        let mut plan = Plan::new(vec![accept])
            .say(format!(
                "Accepts to work for {} at {}, up to {} USD, for receipts that {} signs.",
                job.terms.consumer,
                rate(order.rate, order.unit),
                decimal(order.budget, USD_DECIMALS),
                job.meter
            ))
            .say(format!(
                "Locks {} tokens of your stake as bond; {} of them are lost if you do not start by {} and it is marked.",
                decimal(bond, decimals),
                decimal(lost, decimals),
                local(order.start_by, facts.now)
            ))
            .figures(record);
        if worth < u128::from(order.budget) {
            plan = plan.say(format!(
                "The escrow is worth less than the budget at {} USD per token: what exceeds it is not paid.",
                usd_per_token(&quote)
            ));
        }
        Ok(plan)
    }
}
