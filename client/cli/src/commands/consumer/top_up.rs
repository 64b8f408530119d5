//! Adding tokens or budget to a job.

use crate::arguments::{Amount, JobRef};
use crate::commands::checks::payable_in;
use crate::context::{Context, in_state};
use crate::failure::{Failure, Result};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::accounts::JobState;
use tally_client::interface::terms::RAIL_STABLE;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct TopUp {
    /// The job
    job: JobRef,
    /// Tokens, or on the stable rail dollars, to add to its escrow
    #[arg(long)]
    tokens: Option<Amount>,
    /// Dollars to add to its budget
    #[arg(long, value_name = "USD")]
    budget: Option<Amount>,
}

impl Doing for TopUp {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        if self.tokens.is_none() && self.budget.is_none() {
            return Err(Failure::Usage("nothing would be added: name --tokens, --budget or both".into()));
        }
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        context.must_be(&job.terms.consumer, "the job's consumer")?;
        in_state(
            &job,
            &[JobState::Offered, JobState::Open, JobState::Assigned, JobState::Running],
            "a job can be topped up",
        )?;
        let currency = facts.currency(job.terms.order.rail)?;
        let decimals = currency.decimals;
        let amount = self.tokens.as_ref().map(|it| it.positive("tokens", decimals)).transpose()?.unwrap_or(0);
        let budget = self.budget.as_ref().map(|it| it.usd("budget")).transpose()?.unwrap_or(0);
        let wallet = job.terms.consumer;
        let source = if amount > 0 {
            payable_in(context, &currency, &wallet, amount).await?
        } else {
            currency.account(&wallet)
        };
        let top_up = match job.terms.order.rail {
            RAIL_STABLE => facts.stable()?.top_up(&wallet, &source, &address, amount, budget),
            _ => facts.network().top_up(&wallet, &source, &address, amount, budget),
        };
        let mut plan = Plan::new(vec![top_up]);
        if amount > 0 {
            plan = plan.say(format!(
                "You pay {} into the job's escrow; what is not needed for work comes back.",
                currency.say(amount)
            ));
        }
        if budget > 0 {
            plan = plan.say(format!("The work may cost {} USD more.", decimal(budget, USD_DECIMALS)));
        }
        if budget > 0 && matches!(job.state(), Some(JobState::Offered | JobState::Open)) {
            plan =
                plan.say("The terms' hash changes: a provider that read them before must read them again.");
        }
        let record = Record::new()
            .text("job", address)
            .money("escrow_then", job.escrow.saturating_add(amount), &currency)
            .usd("budget_then", job.terms.order.budget.saturating_add(budget));
        Ok(plan.figures(record))
    }
}
